import { makeQuotaCounter } from '../../../../shared/adapters/storage/quotaCounter.ts';
import { makeCalendar } from '../../../../shared/core/calendarDay.ts';
import { makeWindows } from '../../../../shared/core/window.ts';
import type { Clock, QuotaPort } from '../../../../shared/ports.ts';
import type { QuotaWorld } from '../../../contracts/quotaPort.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';

export const SPEND_WITHIN_MS = 600_000;

/** Instances of the counter over one ledger, each with its own connection. */
export function openQuotaCounter(
  world: QuotaWorld,
  instances: number,
  { prefix = freshPrefix(), connectionString }: { prefix?: string; connectionString?: string } = {},
): QuotaPort[] {
  const calendar = makeCalendar(world.timeZone);
  return Array.from({ length: instances }, () => {
    const { storage, clock: storageClock } = openStorage(prefix, connectionString);
    const clock: Clock = { ...storageClock, now: () => world.now };
    return makeQuotaCounter({
      storage,
      windows: makeWindows(world.window, calendar),
      calendar,
      limits: () => world.limits,
      spendWithinMs: SPEND_WITHIN_MS,
      clock,
      chance,
    });
  });
}
