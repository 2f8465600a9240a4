/** How many recipients were asked for lately, by scope: what a lease's block follows. In memory only. */
import { scopesOf } from '../core/quotaLedger.ts';
import type { QuotaRequest } from '../core/quotaLedger.ts';
import type { QuotaScope } from '../core/rooms.ts';
import type { Durations } from '../core/durations.ts';
import type { Clock } from '../ports.ts';

export interface Demand {
  note(request: QuotaRequest): void;
  /** Recipients of the last minute or two. */
  of(scope: QuotaScope): number;
  /** The scopes that were asked for, the most wanted first. */
  lately(): readonly QuotaScope[];
}

export function makeDemand({ clock, durations }: { clock: Clock; durations: Durations }): Demand {
  let current = new Map<QuotaScope, number>();
  let previous = new Map<QuotaScope, number>();
  let since = -Infinity;

  function turn(): void {
    const now = clock.monotonic();
    if (now - since < durations.memory) return;
    previous = now - since < 2 * durations.memory ? current : new Map();
    current = new Map();
    since = now;
  }

  const of = (scope: QuotaScope): number => (current.get(scope) ?? 0) + (previous.get(scope) ?? 0);

  return {
    note(request) {
      turn();
      for (const [scope, n] of scopesOf(request)) current.set(scope, (current.get(scope) ?? 0) + n);
    },
    of(scope) {
      turn();
      return of(scope);
    },
    lately() {
      turn();
      return [...new Set([...current.keys(), ...previous.keys()])].toSorted((a, b) => of(b) - of(a));
    },
  };
}
