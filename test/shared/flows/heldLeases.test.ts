import { describe, expect, it } from 'vitest';
import { makeDurations } from '../../../shared/core/durations.ts';
import type { Lease } from '../../../shared/core/lease.ts';
import type { Priority } from '../../../shared/core/message.ts';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import { NOTHING } from '../../../shared/core/charges.ts';
import { makeHeldLeases } from '../../../shared/flows/heldLeases.ts';
import type { Granted, HeldLease } from '../../../shared/flows/heldLeases.ts';
import { NOON } from '../../contracts/sampleMessages.ts';
import { makeTestClock } from './storedFlows.ts';
import { REQUEST } from './watchedLedger.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const ACCOUNT: QuotaScope = 'account:hve@contoso.com';

function lease(name: string, tenant: number, changes: Partial<Lease> = {}): Lease {
  return {
    id: `${NOON}-${name}`,
    instance: 'the first',
    takenAt: NOON,
    endsAt: NOON + 10 * MINUTE,
    taken: new Map<QuotaScope, number>([
      ['tenant', tenant],
      [ACCOUNT, tenant],
      ['app:payroll', tenant],
      ['external', 2],
    ]),
    spent: new Map(),
    ...changes,
  };
}

function makeWorld() {
  const { clock, time } = makeTestClock();
  const held = makeHeldLeases({ clock, durations: makeDurations(1) });
  return {
    held,
    time,
    add: (one: Lease, openTo: Priority = 'bulk') => held.add(one, 'etag', openTo, []),
    /** As long as a lease taken now would live. */
    reserve: (changes: Partial<typeof REQUEST> = {}, newEndsAt = time.now + 10 * MINUTE): Granted | null =>
      held.reserve({ ...REQUEST, ...changes }, newEndsAt),
    left: (name: string) => held.stockOf(`${NOON}-${name}`, 'critical')?.get('tenant') ?? null,
  };
}

function only(found: readonly HeldLease[]): HeldLease {
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('a reservation from memory', () => {
  it('is charged to the first lease that has enough of every scope', () => {
    const { add, reserve, left } = makeWorld();
    add(lease('a', 3));
    add(lease('b', 10));
    expect(reserve({ recipients: 4 })!.charge).toEqual({
      lease: `${NOON}-b`,
      account: 'hve@contoso.com',
      recipients: 4,
      external: 0,
    });
    expect(reserve({ recipients: 3 })!.charge.lease).toBe(`${NOON}-a`);
    expect([left('a'), left('b')]).toEqual([0, 6]);
  });

  it.each<[string, Partial<typeof REQUEST>]>([
    ['of the tenant', { recipients: 6 }],
    ['of external mail', { recipients: 3, external: 3 }],
    ['of the account', { account: 'other@contoso.com' }],
    ['of the app', { app: 'crm' }],
  ])('is none where a lease has not enough %s, and takes nothing', (_scope, changes) => {
    const { add, reserve, left } = makeWorld();
    add(lease('a', 5));
    expect(reserve(changes)).toBeNull();
    expect(left('a')).toBe(5);
  });

  it('is never divided between two leases', () => {
    const { add, reserve } = makeWorld();
    add(lease('a', 3));
    add(lease('b', 3));
    expect(reserve({ recipients: 4 })).toBeNull();
  });

  it('ends with its lease', () => {
    const { add, reserve, time } = makeWorld();
    add(lease('a', 3));
    time.now += 5 * MINUTE;
    expect(reserve()!.endsAt).toBe(NOON + 10 * MINUTE);
  });

  it('is not made from a lease that ends within a minute, unless a new one would end no later', () => {
    const { add, reserve, time } = makeWorld();
    add(lease('a', 9));
    time.now = NOON + 9 * MINUTE;
    expect(reserve()).not.toBeNull();
    time.now++;
    expect(reserve()).toBeNull();
    // The hour ends then.
    expect(reserve({}, NOON + 10 * MINUTE)).not.toBeNull();
    expect(reserve({}, NOON + 10 * MINUTE + 1)).toBeNull();
  });

  it('is not made from a lease that has ended', () => {
    const { add, reserve, time } = makeWorld();
    add(lease('a', 9));
    time.now = NOON + 10 * MINUTE - 1;
    expect(reserve({}, NOON + 10 * MINUTE)).not.toBeNull();
    time.now++;
    expect(reserve({}, time.now + 1)).toBeNull();
    expect(reserve()).toBeNull();
  });

  it('is not made from a lease that is closing', () => {
    const { held, add, reserve, left } = makeWorld();
    add(lease('a', 9));
    only(held.closable(true)).isClosing = true;
    expect(reserve()).toBeNull();
    expect(left('a')).toBeNull();
  });

  it('may spend what is open to mail of its priority only', () => {
    const { held, add, reserve } = makeWorld();
    add(lease('a', 9), 'critical');
    expect(reserve({ priority: 'normal' })).toBeNull();
    expect(held.stockOf(`${NOON}-a`, 'normal')).toBeNull();
    expect(reserve({ priority: 'critical' })).not.toBeNull();
    add(lease('b', 9), 'normal');
    expect(reserve({ priority: 'bulk' })).toBeNull();
    expect(reserve({ priority: 'normal' })!.charge.lease).toBe(`${NOON}-b`);
  });

  it('is there at once for those whom the lease was taken for', () => {
    const { held, left } = makeWorld();
    const spent = new Map<QuotaScope, number>([['tenant', 5]]);
    const granted = held.add(lease('a', 9, { spent }), 'etag', 'bulk', [
      { ...REQUEST, recipients: 2 },
      { ...REQUEST, recipients: 3 },
    ]);
    expect(granted.map(({ charge }) => charge.recipients)).toEqual([2, 3]);
    expect(left('a')).toBe(4);
    // The row said so when it was inserted.
    expect(held.unnoted()).toEqual([]);
  });
});

describe('what is settled', () => {
  it('goes back as far as it was not spent, of every scope', () => {
    const { held, add, reserve } = makeWorld();
    add(lease('a', 9));
    reserve({ recipients: 5, external: 2 })!.settle({ recipients: 3, external: 1 });
    const stock = held.stockOf(`${NOON}-a`, 'bulk')!;
    expect(Object.fromEntries(stock)).toEqual({ tenant: 6, [ACCOUNT]: 6, 'app:payroll': 6, external: 1 });
  });

  it('is settled once, whatever is told later', () => {
    const { held, add, reserve, left } = makeWorld();
    add(lease('a', 9));
    const first = reserve({ recipients: 4 })!;
    reserve({ recipients: 4 });
    first.settle({ recipients: 4, external: 0 });
    first.settle(NOTHING);
    expect(left('a')).toBe(1);
    // The other one is unresolved still.
    expect(held.closable(true)).toEqual([]);
  });
});

describe('a lease can be closed', () => {
  it('when it is used up, and not before', () => {
    const { held, add, reserve } = makeWorld();
    add(lease('a', 2));
    reserve()!.settle({ recipients: 1, external: 0 });
    expect(held.closable(false)).toEqual([]);
    reserve()!.settle({ recipients: 1, external: 0 });
    expect(held.closable(false)).toHaveLength(1);
  });

  it('when nobody has reserved from it for half a minute', () => {
    const { held, add, reserve, time } = makeWorld();
    add(lease('a', 9));
    time.now += 20 * SECOND;
    reserve()!.settle(NOTHING);
    time.now += 30 * SECOND - 1;
    expect(held.closable(false)).toEqual([]);
    time.now++;
    expect(held.closable(false)).toHaveLength(1);
  });

  it('when it has ended, however lately it was used', () => {
    const { held, add, reserve, time } = makeWorld();
    add(lease('a', 9));
    time.now = NOON + 10 * MINUTE - 1;
    reserve({}, NOON + 10 * MINUTE)!.settle(NOTHING);
    expect(held.closable(false)).toEqual([]);
    time.now++;
    expect(held.closable(false)).toHaveLength(1);
  });

  it('at any time where it is wanted elsewhere, but never while something on it is unresolved', () => {
    const { held, add, reserve, time } = makeWorld();
    add(lease('a', 9));
    expect(held.closable(true)).toHaveLength(1);
    const pending = reserve()!;
    time.now += 20 * MINUTE;
    expect(held.closable(true)).toEqual([]);
    pending.settle(NOTHING);
    expect(held.closable(true)).toHaveLength(1);
  });

  it('again and again, until it is gone', () => {
    const { held, add } = makeWorld();
    add(lease('a', 9));
    const one = only(held.closable(true));
    one.isClosing = true;
    expect(held.closable(false)).toEqual([one]);
    held.drop(one);
    expect(held.closable(false)).toEqual([]);
    expect(held.isEmpty()).toBe(true);
  });

  it('by the sweep only, once whoever holds a reservation on it will never tell', () => {
    const { held, add, reserve, time } = makeWorld();
    add(lease('a', 9));
    reserve();
    time.now = NOON + 44 * MINUTE - 1;
    held.dropForgotten();
    expect(held.isEmpty()).toBe(false);
    time.now++;
    held.dropForgotten();
    expect(held.isEmpty()).toBe(true);
  });
});

describe('what the ledger does not know', () => {
  it('is what was reserved or settled since it was noted', () => {
    const { held, add, reserve } = makeWorld();
    add(lease('a', 9));
    const pending = reserve({ recipients: 2 })!;
    const one = only(held.unnoted());
    one.noted = one.lease.spent;
    expect(held.unnoted()).toEqual([]);
    pending.settle(NOTHING);
    expect(held.unnoted()).toEqual([one]);
    expect(held.current({ ...one.lease, spent: new Map([['tenant', 2]]) }).spent.get('tenant')).toBe(0);
    const foreign = lease('b', 1);
    expect(held.current(foreign)).toBe(foreign);
  });
});
