import type { HttpHandler } from '@azure/functions';
import type { ClosedDay } from '../shared/flows/closedDays.ts';
import type { UsageReader } from '../shared/flows/usage.ts';
import { isDay } from '../shared/core/calendarDay.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { json, problem } from './problem.ts';
import { unknownFields, wrongParameter } from './jsonBody.ts';

type WhyNot = Extract<ClosedDay, { isClosed: false }>;

/** `GET /api/usage`: the open window; `?day=` (in the window's time zone): the report of a day that was closed. */
export function makeGetUsage(useMailer: UseMailer<{ usage: UsageReader }>): HttpHandler {
  return answerHttp(async ({ query }) => {
    const { code: _key, ...fields } = Object.fromEntries(query);
    const errors = unknownFields(fields, ['day'], []);
    const asked = fields['day'];
    if (asked !== undefined && !isDay(asked)) {
      const detail = 'expected a day such as 2026-11-24, in the time zone of the window';
      errors.push(wrongParameter(['day'], detail));
    }
    if (errors.length > 0) {
      const detail = 'each problem says which parameter it is about';
      return problem({ status: 400, code: 'invalid_query', title: 'The query is not valid', detail, errors });
    }
    const { usage } = await useMailer();
    if (asked === undefined || asked === usage.day()) return json(200, await usage.today());
    const found = await usage.closedDay(asked);
    if (found.isClosed) return json(200, found.report);
    return problem({ status: 404, title: 'The day is not closed', ...explain(asked, found) });
  });
}

function explain(
  day: string,
  { why, closableFrom }: WhyNot,
): {
  code: 'day_not_ended' | 'claims_open' | 'leases_open' | 'day_not_closed' | 'no_record';
  detail: string;
} {
  const from = new Date(closableFrom).toISOString();
  switch (why) {
    case 'notEnded':
      return {
        code: 'day_not_ended',
        detail: `${day} has not ended; it is closed by the hour after ${from}`,
      };
    case 'claimsOpen':
      return {
        code: 'claims_open',
        detail: `${day} has ended, but its last mail may still be on its way; it is closed by the hour after ${from}`,
      };
    case 'leasesOpen':
      return {
        code: 'leases_open',
        detail:
          `${day} has ended, but leases of its hours are still open: the sweep closes those of instances that died, ` +
          'then the day is closed at the next hour; if that lasts, look at /api/health for the sweep',
      };
    case 'due':
      return { code: 'day_not_closed', detail: `${day} has ended; it is closed within the hour` };
    case 'noRecord':
      return {
        code: 'no_record',
        detail: `there is no report of ${day}: no mail had been accepted by then, or the report was pruned since`,
      };
  }
}
