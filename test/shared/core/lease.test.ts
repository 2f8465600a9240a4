import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amounts } from '../../../shared/core/lease.ts';
import {
  addAmounts,
  amountsOf,
  chargeOn,
  covers,
  hourOfCharge,
  hourOfLease,
  isUrgentEnough,
  leastUrgent,
  makeLeaseId,
  unspentOf,
} from '../../../shared/core/lease.ts';
import type { Priority } from '../../../shared/core/message.ts';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import { HOUR_MS } from '../../../shared/core/window.ts';
import { NOON } from '../../contracts/sampleMessages.ts';

const CHARGE = { account: 'hve@contoso.com', recipients: 5, external: 2 };
const PRIORITIES: readonly Priority[] = ['critical', 'normal', 'bulk'];
const SCOPES: readonly QuotaScope[] = ['tenant', 'external', 'account:a@b', 'app:x'];

const amounts = fc
  .array(fc.tuple(fc.constantFrom(...SCOPES), fc.nat(50)), { maxLength: 4 })
  .map((entries): Amounts => new Map(entries));
const bytesOf = (seed: Uint8Array) => (count: number) =>
  Uint8Array.from({ length: count }, (_, n) => seed[n % seed.length]!);

describe('the id of a lease', () => {
  it('begins with its hour, which a charge on a row can be asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_800_000 }),
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        (hour, seed) => {
          const id = makeLeaseId(hour, bytesOf(seed));
          expect(hourOfLease(id)).toBe(hour);
          expect(hourOfCharge({ ...CHARGE, lease: id })).toBe(hour);
          expect(id).toMatch(/^[\w-]+$/);
        },
      ),
    );
  });

  it('is another one with other bytes, and sorts by its hour', () => {
    const id = (hour: number, n: number): string => makeLeaseId(hour, bytesOf(Uint8Array.of(n)));
    const ids = [id(NOON + HOUR_MS, 0), id(NOON, 255), id(NOON, 1), id(NOON - HOUR_MS, 255)];
    expect(new Set(ids).size).toBe(4);
    expect(ids.toSorted().map(hourOfLease)).toEqual([NOON - HOUR_MS, NOON, NOON, NOON + HOUR_MS]);
  });

  it('was the hour alone in the charges of the first version', () => {
    expect(hourOfCharge({ ...CHARGE, lease: String(NOON) })).toBe(NOON);
  });
});

describe('what a charge takes of the scopes', () => {
  it('is what its reservation took', () => {
    const request = { ...CHARGE, app: 'payroll', priority: 'bulk' } as const;
    expect(chargeOn('1-x', request)).toEqual({ ...CHARGE, lease: '1-x' });
    expect(Object.fromEntries(amountsOf(CHARGE, 'payroll'))).toEqual({
      tenant: 5,
      'account:hve@contoso.com': 5,
      'app:payroll': 5,
      external: 2,
    });
    expect(amountsOf({ ...CHARGE, external: 0 }, 'payroll').has('external')).toBe(false);
  });
});

describe('amounts', () => {
  it('add up, and what is taken off again leaves what was there, never less than nothing', () => {
    fc.assert(
      fc.property(amounts, amounts, (some, more) => {
        const sum = addAmounts(some, more);
        for (const scope of SCOPES) {
          expect(sum.get(scope) ?? 0).toBe((some.get(scope) ?? 0) + (more.get(scope) ?? 0));
          expect(addAmounts(sum, more, -1).get(scope) ?? 0).toBe(some.get(scope) ?? 0);
          expect(addAmounts(some, more, -1).get(scope) ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('cover what is needed exactly where spending it leaves every scope within what was taken', () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, (taken, wish, needed) => {
        const spent = new Map([...taken].map(([scope, n]) => [scope, Math.min(n, wish.get(scope) ?? 0)]));
        const after = addAmounts(spent, needed);
        const isWithin = [...needed.keys()].every(
          (scope) => (after.get(scope) ?? 0) <= (taken.get(scope) ?? 0),
        );
        expect(covers(taken, spent, needed)).toBe(isWithin);
        // All that is not spent can be spent.
        expect(covers(taken, spent, unspentOf({ taken, spent }))).toBe(true);
      }),
    );
  });

  it('leave nothing, and not less, of a scope of which more was spent than taken', () => {
    const unspent = unspentOf({
      taken: new Map([
        ['tenant', 3],
        ['external', 2],
      ]),
      spent: new Map([['tenant', 5]]),
    });
    expect(Object.fromEntries(unspent)).toEqual({ tenant: 0, external: 2 });
  });
});

describe('urgency', () => {
  it('opens a lease to its priority and to whatever is more urgent', () => {
    const may = PRIORITIES.map((priority) => PRIORITIES.map((openTo) => isUrgentEnough(priority, openTo)));
    expect(may).toEqual([
      [true, true, true],
      [false, true, true],
      [false, false, true],
    ]);
  });

  it('of several is that of the least urgent', () => {
    expect(leastUrgent(['critical', 'bulk', 'normal'])).toBe('bulk');
    expect(leastUrgent(['normal', 'critical'])).toBe('normal');
    expect(leastUrgent([])).toBe('critical');
  });
});
