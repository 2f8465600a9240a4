/** The flows over a ledger whose calls are counted, and can lose their answers. */
import type { QuotaRequest, ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import type { Lease } from '../../../shared/core/lease.ts';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import type { Spend } from '../../../shared/core/charges.ts';
import type { Granted } from '../../../shared/flows/heldLeases.ts';
import type { Quota } from '../../../shared/flows/quota.ts';
import type { Ledger } from '../../../shared/ports.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { NO_LIMITS, granted, makeStoredFlows } from './storedFlows.ts';
import type { StoredFlows, StoredFlowsOptions } from './storedFlows.ts';

export type LedgerCall = keyof Ledger;

/** `before`: it is not done, and nobody knows. `after`: it is done, and nobody knows. `conflict`: it is not done. */
export type LedgerFault = 'before' | 'after' | 'conflict';

export interface WatchedFlows extends StoredFlows {
  /** The calls of the ledger since the last time it was asked. */
  calls(): LedgerCall[];
  /** How many calls were under way at once, at the most. */
  atOnce(): number;
  failNext(call: LedgerCall, fault: LedgerFault): void;
  /** The leases that stand, by their ids. */
  leases(): Promise<readonly Lease[]>;
  /** What stands in the ledger as taken of a scope, what is leased included. */
  taken(scope?: QuotaScope): Promise<number>;
}

export function makeWatchedFlows(
  limits: Partial<ScopeLimits> = {},
  options: Omit<StoredFlowsOptions, 'limits' | 'wrapLedger'> = {},
): WatchedFlows {
  const calls: LedgerCall[] = [];
  const faults: { readonly call: LedgerCall; readonly fault: LedgerFault }[] = [];
  let underWay = 0;
  let atOnce = 0;
  let plain: Ledger | null = null;

  async function watch<T>(call: LedgerCall, run: () => Promise<T>): Promise<T | null> {
    calls.push(call);
    const index = faults.findIndex((one) => one.call === call);
    const [planned] = index < 0 ? [] : faults.splice(index, 1);
    atOnce = Math.max(atOnce, ++underWay);
    try {
      if (planned?.fault === 'conflict') return null;
      const result = planned?.fault === 'before' ? null : await run();
      if (planned) throw new Unavailable('the ledger', new Error('no answer'));
      return result;
    } finally {
      underWay--;
    }
  }

  const flows = makeStoredFlows({
    ...options,
    limits: { ...NO_LIMITS, ...limits },
    wrapLedger(ledger) {
      plain = ledger;
      return {
        read: async () => (await watch('read', () => ledger.read()))!,
        write: (change) => watch('write', () => ledger.write(change)),
        noteSpent: (lease, etag) => watch('noteSpent', () => ledger.noteSpent(lease, etag)),
        removeScope: (scope, etag) => ledger.removeScope(scope, etag),
      };
    },
  });

  return {
    ...flows,
    calls: () => calls.splice(0),
    atOnce: () => atOnce,
    failNext: (call, fault) => void faults.push({ call, fault }),
    leases: async () => (await plain!.read()).leases.map(({ lease }) => lease),
    async taken(scope = 'tenant') {
      const row = (await plain!.read()).scopes.get(scope);
      return Object.values(row?.taken ?? {}).reduce((sum, n) => sum + n, 0);
    },
  };
}

export const REQUEST: QuotaRequest = {
  recipients: 1,
  external: 0,
  account: 'hve@contoso.com',
  app: 'payroll',
  priority: 'normal',
};

/** Reserved, and not settled. */
export async function hold(quota: Quota, changes: Partial<QuotaRequest> = {}): Promise<Granted> {
  return granted(await quota.reserve({ ...REQUEST, ...changes }));
}

/** Reserved, and spent as far as told, all of it without. */
export async function spend(
  quota: Quota,
  changes: Partial<QuotaRequest> = {},
  spent?: Spend,
): Promise<Granted> {
  const reservation = await hold(quota, changes);
  reservation.settle(spent ?? reservation.charge);
  return reservation;
}

/** Whether it was granted; then it is spent. */
export async function tries(quota: Quota, changes: Partial<QuotaRequest> = {}): Promise<boolean> {
  const reservation = await quota.reserve({ ...REQUEST, ...changes });
  if (reservation.ok) reservation.settle(reservation.charge);
  return reservation.ok;
}
