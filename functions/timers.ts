import type { TimerHandler } from '@azure/functions';
import type { Backstop } from '../shared/flows/backstop.ts';
import type { CloseDay } from '../shared/flows/closeDay.ts';
import type { MailReports } from '../shared/flows/mailReports.ts';
import type { Prune } from '../shared/flows/prune.ts';
import type { Sweep } from '../shared/flows/sweep.ts';
import type { UseMailer } from './app.ts';

/** Every minute: releases what waits and may go, probes, sees to what is overdue. */
export function makeSweepTimer(useMailer: UseMailer<{ sweep: Sweep }>): TimerHandler {
  return async () => (await useMailer()).sweep();
}

/**
 * Every hour, one after the other: closes each day that has ended; mails the reports; removes what retention says; then the
 * backstop looks through two of the kept days. Each of them runs although one before has failed; the first failure is told at the end.
 */
export function makeCloseDayTimer(
  useMailer: UseMailer<{ closeDay: CloseDay; mailReports: MailReports; prune: Prune; backstop: Backstop }>,
): TimerHandler {
  return async () => {
    const { closeDay, mailReports, prune, backstop } = await useMailer();
    await runEach([closeDay, mailReports, prune, backstop]);
  };
}

async function runEach(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: { readonly error: unknown }[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push({ error });
    }
  }
  if (failures[0]) throw failures[0].error;
}
