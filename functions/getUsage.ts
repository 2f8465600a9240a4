import type { HttpHandler } from '@azure/functions';
import type { UsageReader } from '../shared/flows/usage.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { json, notFound } from './problem.ts';

/** `GET /api/usage`: the open window; `?day=` (in the window's time zone): the report of a day that was closed. */
export function makeGetUsage(useMailer: UseMailer<{ usage: UsageReader }>): HttpHandler {
  return answerHttp(async (request) => {
    const { usage } = await useMailer();
    const today = await usage.today();
    const day = request.query.get('day') ?? today.window.day;
    if (day === today.window.day) return json(200, today);
    const report = await usage.closedDay(day);
    return report
      ? json(200, report)
      : notFound(`report of ${day}: days are closed within an hour of their end`);
  });
}
