/** The ledger as the counter keeps it, by the same arithmetic: what was taken of each scope in each hour. */
import { usageOf, takenIn } from '../../../shared/adapters/storage/quotaUsage.ts';
import type { Calendar } from '../../../shared/core/calendarDay.ts';
import type { Charge } from '../../../shared/core/delivery.ts';
import type { QuotaRequest, ScopeLimits, TakenByHour } from '../../../shared/core/quotaLedger.ts';
import { addTaken, chargeOf, fit, scopesOf } from '../../../shared/core/quotaLedger.ts';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import type { QuotaWindow } from '../../../shared/core/window.ts';
import { HOUR_MS } from '../../../shared/core/window.ts';
import type { Clock, QuotaPort } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';

export interface Ledger {
  readonly taken: Map<QuotaScope, TakenByHour>;
  /** Called when a take or a give-back has landed. */
  watch: (what: 'taken' | 'given back', charge: Charge) => void;
}

export function makeLedger(): Ledger {
  return { taken: new Map(), watch: () => undefined };
}

export function makeMemoryQuota(
  ledger: Ledger,
  boundary: Boundary,
  deps: {
    readonly windows: (now: number) => QuotaWindow;
    readonly calendar: Calendar;
    readonly limits: () => ScopeLimits;
    readonly spendWithinMs: number;
    readonly clock: Pick<Clock, 'now'>;
  },
): QuotaPort {
  const { windows, calendar, limits, spendWithinMs, clock } = deps;
  const takenOf = (scope: QuotaScope): TakenByHour => ledger.taken.get(scope) ?? {};
  const add = (request: QuotaRequest, hour: number, sign: number): void => {
    for (const [scope, n] of scopesOf(request)) {
      ledger.taken.set(scope, addTaken(takenOf(scope), hour, sign * n));
    }
  };
  const rows = (): Map<QuotaScope, { taken: TakenByHour; etag: null; tokens: [] }> =>
    new Map([...ledger.taken].map(([scope, taken]) => [scope, { taken, etag: null, tokens: [] }]));

  return {
    async reserve(request) {
      // Decided when it lands, by the time of then: a conflict decides anew.
      return boundary('write', `reserve ${request.recipients}`, () => {
        const now = clock.now();
        const window = windows(now);
        const fits = fit(request, takenOf, limits(), window);
        if (!fits.fits) {
          return { ok: false, scope: fits.scope, tooLarge: fits.tooLarge, turnsAt: fits.turnsAt };
        }
        add(request, window.hour, 1);
        const charge = chargeOf(request, window.hour);
        ledger.watch('taken', charge);
        const endsAt = Math.min(now + spendWithinMs, window.hour + HOUR_MS, window.endsAt);
        return { ok: true, charge, endsAt };
      });
    },

    async giveBack(charge, app) {
      const { recipients, external, account, lease } = charge;
      if (recipients === 0 && external === 0) return;
      await boundary('write', `give back ${recipients}`, () => {
        add({ recipients, external, account, app, priority: 'critical' }, Number(lease), -1);
        ledger.watch('given back', charge);
      });
    },

    usage: (now) =>
      boundary('read', 'usage', () =>
        usageOf(rows(), ['tenant', 'external'], { limits: limits(), window: windows(now), calendar }),
      ),

    takenBetween: (from, to) =>
      boundary('read', 'taken', () =>
        Object.fromEntries([...ledger.taken].map(([scope, taken]) => [scope, takenIn(taken, from, to)])),
      ),
  };
}
