/**
 * A lease (pure): a block of quota that one instance took from the ledger, and spends by itself.
 *
 * Invariant, for every scope: spent ≤ taken. The id begins with the hour that it was taken in, so that a charge on a row
 * names its hour too, for ever.
 */
import type { Charge } from './delivery.ts';
import type { Priority } from './message.ts';
import type { QuotaRequest } from './quotaLedger.ts';
import { scopesOf } from './quotaLedger.ts';
import type { QuotaScope } from './rooms.ts';

/** Recipients by scope. */
export type Amounts = ReadonlyMap<QuotaScope, number>;

export interface Lease {
  readonly id: string;
  readonly instance: string;
  readonly takenAt: number;
  /** Nothing is sent on it from then on; never past its hour. */
  readonly endsAt: number;
  readonly taken: Amounts;
  /** As its owner wrote it last: what was reserved and not given back. */
  readonly spent: Amounts;
}

/** Random, so that the lease's own row tells whether a take whose answer was lost was done (R1). */
const ID_BYTES = 12;

/** `hour`: the start of the ledger's hour, milliseconds since the epoch. */
export function makeLeaseId(hour: number, bytes: (count: number) => Uint8Array): string {
  return `${hour}-${Buffer.from(bytes(ID_BYTES)).toString('base64url')}`;
}

/** Of a lease's id; the counter of the first version wrote the hour alone. */
export function hourOfLease(id: string): number {
  return Number(id.split('-', 1)[0]);
}

/** The start of the hour that a charge was taken in, milliseconds since the epoch. */
export function hourOfCharge(charge: Charge): number {
  return hourOfLease(charge.lease);
}

/** What a charge of an app's delivery takes of each scope. */
export function amountsOf(charge: Pick<Charge, 'recipients' | 'external' | 'account'>, app: string): Amounts {
  const { recipients, external, account } = charge;
  return new Map(scopesOf({ recipients, external, account, app, priority: 'critical' }));
}

export function chargeOn(lease: string, { account, recipients, external }: QuotaRequest): Charge {
  return { lease, account, recipients, external };
}

export function addAmounts(amounts: Amounts, more: Amounts, sign: 1 | -1 = 1): Amounts {
  const sum = new Map(amounts);
  for (const [scope, n] of more) sum.set(scope, Math.max(0, (sum.get(scope) ?? 0) + sign * n));
  return sum;
}

/** Whether `needed` is left of every scope. */
export function covers(taken: Amounts, spent: Amounts, needed: Amounts): boolean {
  for (const [scope, n] of needed) if ((taken.get(scope) ?? 0) - (spent.get(scope) ?? 0) < n) return false;
  return true;
}

/** What was taken and not spent. */
export function unspentOf({ taken, spent }: Pick<Lease, 'taken' | 'spent'>): Amounts {
  return new Map([...taken].map(([scope, n]) => [scope, Math.max(0, n - (spent.get(scope) ?? 0))]));
}

const BY_URGENCY: readonly Priority[] = ['critical', 'normal', 'bulk'];

/** Whether mail of a priority may spend what is open down to another one. */
export function isUrgentEnough(priority: Priority, openTo: Priority): boolean {
  return BY_URGENCY.indexOf(priority) <= BY_URGENCY.indexOf(openTo);
}

export function leastUrgent(priorities: readonly Priority[]): Priority {
  return BY_URGENCY.findLast((priority) => priorities.includes(priority)) ?? 'critical';
}
