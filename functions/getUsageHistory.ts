import type { HttpHandler } from '@azure/functions';
import type { UsageReader } from '../shared/flows/usage.ts';
import { isDay } from '../shared/core/calendarDay.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { unknownFields, wrongParameter } from './jsonBody.ts';
import { json, problem } from './problem.ts';

const DAYS = 30;
/** Reports are kept for so long, unless a setting says otherwise. */
const DAYS_AT_MOST = 400;

/** `GET /api/usage/history?days=&cursor=`: the closed ones of the last days, the newest first. */
export function makeGetUsageHistory(useMailer: UseMailer<{ usage: UsageReader }>): HttpHandler {
  return answerHttp(async ({ query }) => {
    const { code: _key, ...fields } = Object.fromEntries(query);
    const errors = unknownFields(fields, ['days', 'cursor'], []);
    const { cursor } = fields;
    const days = Number(fields['days'] ?? DAYS);
    if (!Number.isInteger(days) || days < 1 || days > DAYS_AT_MOST) {
      errors.push(wrongParameter(['days'], `expected a whole number from 1 to ${DAYS_AT_MOST}`));
    }
    if (cursor !== undefined && !isDay(cursor)) {
      errors.push(wrongParameter(['cursor'], 'expected the cursor of a page before'));
    }
    if (errors.length > 0) {
      const detail = 'each problem says which parameter it is about';
      return problem({ status: 400, code: 'invalid_query', title: 'The query is not valid', detail, errors });
    }
    return json(200, await (await useMailer()).usage.history(days, cursor ?? null));
  });
}
