import { describe, expect, it } from 'vitest';
import { addCharge, chargedSince, chargesOf } from '../../../shared/core/charges.ts';
import type { Charge, Claim } from '../../../shared/core/delivery.ts';
import { NOON, sampleDelivery } from '../../contracts/sampleMessages.ts';

const charge = (lease: string, recipients: number, external = 0, account = 'a@b.c'): Charge => ({
  lease,
  account,
  recipients,
  external,
});
const claim = (taken: Charge): Claim => ({
  token: 't',
  instance: 'i',
  account: taken.account,
  at: NOON,
  endsAt: NOON,
  charge: taken,
  recipients: [],
});

describe('the charges of a row', () => {
  it('are those that stand on it and its claim’s', () => {
    expect(chargesOf(sampleDelivery())).toEqual([]);
    const charges = [charge('1', 2, 1)];
    const taken = charge('2', 3);
    expect(chargesOf(sampleDelivery({ charges, claim: claim(taken) }))).toEqual([...charges, taken]);
  });

  it('are one for each lease and account, and nothing where nothing was spent', () => {
    let charges: readonly Charge[] = [];
    for (const one of [
      charge('1', 2, 1),
      charge('2', 1),
      charge('1', 3, 1),
      charge('1', 4, 0, 'b@b.c'),
      charge('9', 0),
    ])
      charges = addCharge(charges, one);
    expect(charges).toEqual([charge('1', 5, 2), charge('2', 1), charge('1', 4, 0, 'b@b.c')]);
  });

  it('are the last hundred', () => {
    let charges: readonly Charge[] = [];
    for (let n = 0; n < 101; n++) charges = addCharge(charges, charge(String(n), 1));
    expect(charges).toHaveLength(100);
    expect(charges[0]).toEqual(charge('1', 1));
  });
});

describe('what a row charges since it had the claim', () => {
  const taken = charge('1', 3, 1);
  const claimed = sampleDelivery({ attempt: 4, charges: [charge('1', 2)], claim: claim(taken) });

  it('is what came to that lease and account', () => {
    const standing = sampleDelivery({ attempt: 5, charges: [charge('1', 4, 1), charge('2', 9)] });
    expect(chargedSince(claimed, standing, taken)).toEqual({ recipients: 2, external: 1 });
  });

  it('is not told by a row that was tried again since', () => {
    const standing = sampleDelivery({ attempt: 6, charges: [charge('1', 4, 1)] });
    expect(chargedSince(claimed, standing, taken)).toBeNull();
  });

  it('is not told, and never less than nothing, by a row that has dropped the charge', () => {
    const standing = sampleDelivery({ attempt: 5, charges: [charge('2', 9)] });
    expect(chargedSince(claimed, standing, taken)).toBeNull();
  });
});
