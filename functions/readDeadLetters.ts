import type { HttpHandler } from '@azure/functions';
import type { DeadLetterReader } from '../shared/flows/readDeadLetters.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { FILTER_NAMES, isDeadLetterCursor, readDeadLetterFilter } from './deadLetterFilter.ts';
import { unknownFields, wrongParameter } from './jsonBody.ts';
import { json, notFound, problem } from './problem.ts';

const PAGE = 50;
const PAGE_AT_MOST = 500;
const NAMES = [...FILTER_NAMES, 'cursor', 'limit'];

/** `GET /api/dead-letters?day=&reason=&app=&cursor=&limit=`: those that count, the newest message first. */
export function makeListDeadLetters(
  useMailer: UseMailer<{ deadLetterReader: DeadLetterReader }>,
): HttpHandler {
  return answerHttp(async ({ query }) => {
    const { code: _key, ...fields } = Object.fromEntries(query);
    const { filter, problems } = readDeadLetterFilter(fields);
    const errors = [...unknownFields(fields, NAMES, []), ...problems];
    const { cursor } = fields;
    if (cursor !== undefined && !isDeadLetterCursor(cursor)) {
      errors.push(wrongParameter(['cursor'], 'expected the cursor of a page before'));
    }
    const limit = Number(fields['limit'] ?? PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) {
      const detail = `expected a whole number from 1 to ${PAGE_AT_MOST}`;
      errors.push(wrongParameter(['limit'], detail));
    }
    if (errors.length > 0) {
      const detail = 'each problem says which parameter it is about';
      return problem({ status: 400, code: 'invalid_query', title: 'The query is not valid', detail, errors });
    }
    return json(200, await (await useMailer()).deadLetterReader.list({ ...filter, cursor, limit }));
  });
}

/** `GET /api/dead-letters/{id}`: one, with its original where no record has it. */
export function makeGetDeadLetter(useMailer: UseMailer<{ deadLetterReader: DeadLetterReader }>): HttpHandler {
  return answerHttp(async (request) => {
    const id = request.params['id'] ?? '';
    const letter = await (await useMailer()).deadLetterReader.one(id);
    return letter ? json(200, letter) : notFound(`dead letter ${id}`);
  });
}
