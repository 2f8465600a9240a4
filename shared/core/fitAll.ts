import type { Amounts } from './lease.ts';
import { addAmounts, amountsOf } from './lease.ts';
import type { QuotaRequest, Refused, ScopeLimits, TakenByHour } from './quotaLedger.ts';
import { addTaken, fit } from './quotaLedger.ts';
import type { QuotaScope } from './rooms.ts';
import type { QuotaWindow } from './window.ts';

export interface Fitting {
  readonly granted: readonly QuotaRequest[];
  readonly refused: ReadonlyMap<QuotaRequest, Refused>;
  /** What those that are granted need together. */
  readonly needed: Amounts;
}

/** Which of the requests fit together, each decided in its turn on top of those before it. */
export function fitAll(
  requests: readonly QuotaRequest[],
  takenOf: (scope: QuotaScope) => TakenByHour,
  limits: ScopeLimits,
  window: QuotaWindow,
): Fitting {
  let needed: Amounts = new Map();
  const granted: QuotaRequest[] = [];
  const refused = new Map<QuotaRequest, Refused>();
  const takenThen = (scope: QuotaScope): TakenByHour =>
    addTaken(takenOf(scope), window.hour, needed.get(scope) ?? 0);
  for (const request of requests) {
    const answer = fit(request, takenThen, limits, window);
    if (answer.ok) {
      granted.push(request);
      needed = addAmounts(needed, amountsOf(request, request.app));
    } else {
      refused.set(request, answer);
    }
  }
  return { granted, refused, needed };
}
