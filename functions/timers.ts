import type { TimerHandler } from '@azure/functions';
import type { Backstop } from '../shared/flows/backstop.ts';
import type { CloseDay } from '../shared/flows/closeDay.ts';
import type { Sweep } from '../shared/flows/sweep.ts';
import type { UseMailer } from './app.ts';

/** Every minute: releases what waits and may go, probes, sees to what is overdue. */
export function makeSweepTimer(useMailer: UseMailer<{ sweep: Sweep }>): TimerHandler {
  return async () => (await useMailer()).sweep();
}

/** Every hour: closes each day that has ended; then the backstop looks through two of the kept days. */
export function makeCloseDayTimer(
  useMailer: UseMailer<{ closeDay: CloseDay; backstop: Backstop }>,
): TimerHandler {
  return async () => {
    const { closeDay, backstop } = await useMailer();
    try {
      await closeDay();
    } finally {
      await backstop();
    }
  };
}
