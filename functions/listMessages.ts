import type { HttpHandler } from '@azure/functions';
import type { Problem } from '../shared/core/message.ts';
import { isDay } from '../shared/core/calendarDay.ts';
import { SEARCH_CHARACTERS } from '../shared/core/messageSearch.ts';
import { isMessageId } from '../shared/core/messageId.ts';
import { STATUSES } from '../shared/core/status.ts';
import type { ListQuery, MessageReader } from '../shared/flows/readMessages.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { json, problem } from './problem.ts';

const PAGE = 50;
const PAGE_AT_MOST = 500;
const NAMES = [
  'search',
  'status',
  'app',
  'tag',
  'reference',
  'idempotencyKey',
  'day',
  'cursor',
  'limit',
] as const;

/** `GET /api/messages`: newest first, filtered; `cursor` goes on where a page ended. */
export function makeListMessages(useMailer: UseMailer<{ messages: MessageReader }>): HttpHandler {
  return answerHttp(async (request) => {
    const parsed = parseQuery(request.query);
    if (!parsed.ok) {
      return problem({
        status: 400,
        code: 'invalid_query',
        title: 'The query is not valid',
        detail: 'each problem says which parameter it is about',
        errors: parsed.problems,
      });
    }
    return json(200, await (await useMailer()).messages.list(parsed.query));
  });
}

function parseQuery(
  query: URLSearchParams,
):
  | { readonly ok: true; readonly query: ListQuery }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const wrong = (pointer: string, detail: string): void => {
    problems.push({ pointer, code: 'invalid_parameter', detail });
  };
  const known = new Set<string>([...NAMES, 'code']);
  for (const name of query.keys()) {
    if (!known.has(name)) wrong(`/${name}`, `no such parameter; there are ${NAMES.join(', ')}`);
  }
  const text = (name: (typeof NAMES)[number]): string | undefined => query.get(name) ?? undefined;
  const search = text('search')?.trim();
  if (search !== undefined && (search === '' || search.length > SEARCH_CHARACTERS)) {
    wrong('/search', `expected a text of 1 to ${SEARCH_CHARACTERS} characters`);
  }
  const day = text('day');
  if (day !== undefined && !isDay(day)) {
    wrong('/day', 'expected a UTC day such as 2026-11-24');
  }
  const status = text('status');
  if (status !== undefined && !STATUSES.some((known) => known === status)) {
    wrong('/status', `expected one of ${STATUSES.join(', ')}`);
  }
  const cursor = text('cursor');
  if (cursor !== undefined && !isMessageId(cursor)) wrong('/cursor', 'expected the cursor of a page before');
  const limit = Number(text('limit') ?? PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) {
    wrong('/limit', `expected a whole number from 1 to ${PAGE_AT_MOST}`);
  }
  if (problems.length > 0) return { ok: false, problems };
  const filters = {
    search,
    status,
    app: text('app'),
    tag: text('tag'),
    reference: text('reference'),
    idempotencyKey: text('idempotencyKey'),
  };
  return { ok: true, query: { ...filters, day, cursor, limit } };
}
