/** The charges on a delivery's row (pure): what it took of the quota, by lease and account, bounded in number (R8). */
import type { Charge, Delivery } from './delivery.ts';

/** What of a charge was spent in the end, in recipients. */
export type Spend = Pick<Charge, 'recipients' | 'external'>;

export const NOTHING: Spend = { recipients: 0, external: 0 };

const CHARGES_KEPT = 100;

/** All that counts as spent as long as it stands on the row, its claim's charge included. */
export function chargesOf({ charges, claim }: Pick<Delivery, 'charges' | 'claim'>): readonly Charge[] {
  return claim ? [...charges, claim.charge] : charges;
}

export function addCharge(charges: readonly Charge[], charge: Charge): readonly Charge[] {
  if (charge.recipients === 0) return charges;
  const same = charges.find((other) => isSame(other, charge));
  if (!same) return [...charges, charge].slice(-CHARGES_KEPT);
  const sum: Charge = {
    ...same,
    recipients: same.recipients + charge.recipients,
    external: same.external + charge.external,
  };
  return charges.map((other) => (other === same ? sum : other));
}

/**
 * What of a claim's charge the row charges, now that it no longer has the claim; `claimed` is the row that had it. Null: it does
 * not tell, since other attempts came after it, or its charge was dropped.
 */
export function chargedSince(claimed: Delivery, standing: Delivery, charge: Charge): Spend | null {
  if (standing.attempt !== claimed.attempt + 1) return null;
  const before = claimed.charges.find((other) => isSame(other, charge));
  const now = standing.charges.find((other) => isSame(other, charge));
  if (before && !now) return null;
  const since = (kind: keyof Spend): number =>
    Math.min(charge[kind], (now?.[kind] ?? 0) - (before?.[kind] ?? 0));
  return { recipients: since('recipients'), external: since('external') };
}

function isSame(one: Charge, other: Charge): boolean {
  return one.lease === other.lease && one.account === other.account;
}
