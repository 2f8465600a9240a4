import type { HttpHandler } from '@azure/functions';
import type { UsageReader } from '../shared/flows/usage.ts';
import { isDay } from '../shared/core/calendarDay.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { json, notFound, problem } from './problem.ts';

/** `GET /api/usage`: the open window; `?day=` (in the window's time zone): the report of a day that was closed. */
export function makeGetUsage(useMailer: UseMailer<{ usage: UsageReader }>): HttpHandler {
  return answerHttp(async (request) => {
    const { usage } = await useMailer();
    const today = await usage.today();
    const day = request.query.get('day') ?? today.window.day;
    if (!isDay(day)) {
      return problem({
        status: 400,
        code: 'invalid_query',
        title: 'The query is not valid',
        detail: 'day: expected a day such as 2026-11-24, in the time zone of the window',
      });
    }
    if (day === today.window.day) return json(200, today);
    const report = await usage.closedDay(day);
    return report
      ? json(200, report)
      : notFound(`report of ${day}: days are closed within an hour of their end`);
  });
}
