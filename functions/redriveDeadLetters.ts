import type { HttpHandler } from '@azure/functions';
import type { Problem } from '../shared/core/message.ts';
import { isRecord } from '../shared/core/messageRelations.ts';
import type { RedriveDeadLetters, RedriveRequest } from '../shared/flows/redriveDeadLetters.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { FILTER_NAMES, isDeadLetterCursor, readDeadLetterFilter } from './deadLetterFilter.ts';
import { readJsonBody, unknownFields, wrongParameter } from './jsonBody.ts';
import { json, problem } from './problem.ts';

/** Each is looked at by itself. */
const IDS_AT_MOST = 500;

/**
 * `POST /api/dead-letters/redrive` `{ ids }` or `{ filter: { day, reason, app } }`, with `dryRun?` and `cursor?`: 202 with how
 * many deliveries go on, and a `cursor` where there may be more.
 */
export function makeRedriveDeadLetters(
  useMailer: UseMailer<{ redriveDeadLetters: RedriveDeadLetters }>,
): HttpHandler {
  return answerHttp(async (request) => {
    const body = await readJsonBody(request, ['ids', 'filter', 'dryRun', 'cursor']);
    const parsed = body.ok ? parseRequest(body.fields) : body;
    if (!parsed.ok) {
      return problem({
        status: 400,
        code: 'invalid_request',
        title: 'The request is not valid',
        detail: 'each problem says where it is; nothing was redriven',
        errors: parsed.problems,
      });
    }
    return json(202, await (await useMailer()).redriveDeadLetters(parsed.request));
  });
}

function parseRequest(
  fields: Readonly<Record<string, unknown>>,
):
  | { readonly ok: true; readonly request: RedriveRequest }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const { ids = null, filter = null, dryRun = null, cursor = null } = fields;
  const problems: Problem[] = [];
  const wrong = (name: string, detail: string): void => {
    problems.push(wrongParameter([name], detail));
  };
  if ((ids === null) === (filter === null)) {
    problems.push(wrongParameter([], 'expected ids or a filter; { "filter": {} } means all of them'));
  }
  if (ids !== null && !isIdList(ids)) wrong('ids', `expected a list of at most ${IDS_AT_MOST} ids`);
  if (filter !== null && !isRecord(filter))
    wrong('filter', `expected an object with ${FILTER_NAMES.join(', ')}`);
  if (dryRun !== null && typeof dryRun !== 'boolean') wrong('dryRun', 'expected true or false');
  if (cursor !== null && (ids !== null || !isDeadLetterCursor(cursor))) {
    wrong('cursor', 'expected the cursor of an answer before, with the same filter');
  }
  const given = isRecord(filter) ? filter : {};
  const read = readDeadLetterFilter(given, ['filter']);
  problems.push(...unknownFields(given, FILTER_NAMES, ['filter']), ...read.problems);
  if (problems.length > 0) return { ok: false, problems };
  const isDry = dryRun === true;
  if (isIdList(ids)) return { ok: true, request: { ids, dryRun: isDry } };
  const query = { ...read.filter, cursor: isDeadLetterCursor(cursor) ? cursor : undefined };
  return { ok: true, request: { filter: query, dryRun: isDry } };
}

function isIdList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= IDS_AT_MOST && value.every((id) => typeof id === 'string');
}
