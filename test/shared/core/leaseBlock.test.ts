import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { Amounts } from '../../../shared/core/lease.ts';
import { addAmounts, amountsOf, isUrgentEnough, leastUrgent } from '../../../shared/core/lease.ts';
import type { BlockFacts } from '../../../shared/core/leaseBlock.ts';
import { blockFor, openTo } from '../../../shared/core/leaseBlock.ts';
import type { Priority } from '../../../shared/core/message.ts';
import type { QuotaRequest, ScopeLimits, TakenByHour } from '../../../shared/core/quotaLedger.ts';
import { addTaken, fit, limitOf, usableOf, usedIn } from '../../../shared/core/quotaLedger.ts';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import { makeWindows } from '../../../shared/core/window.ts';
import { NOON } from '../../contracts/sampleMessages.ts';

const window = makeWindows('calendar', makeCalendar('UTC'))(NOON);
const PRIORITIES: readonly Priority[] = ['critical', 'normal', 'bulk'];
const NO_LIMITS: ScopeLimits = {
  tenant: null,
  external: null,
  account: () => null,
  app: () => null,
  reserveCriticalPercent: 0,
  bulkPercent: 100,
};

function factsOf(changes: Partial<BlockFacts> = {}, used = 0): BlockFacts {
  return {
    limits: NO_LIMITS,
    window,
    takenOf: () => ({ [NOON]: used }),
    askedOf: () => 0,
    holders: 1,
    priority: 'normal',
    ...changes,
  };
}
const tenantBlock = (needed: number, facts: BlockFacts): number =>
  blockFor(new Map([['tenant', needed]]), [], facts).get('tenant') ?? 0;

describe('the block of a take', () => {
  it('is what is needed and a first stock, then as much again as was asked for in the last minute', () => {
    expect(tenantBlock(3, factsOf())).toBe(253);
    expect(tenantBlock(3, factsOf({ askedOf: () => 4000 }))).toBe(4003);
    expect(tenantBlock(3, factsOf({ askedOf: () => 1_000_000 }))).toBe(20_003);
  });

  it('leaves of what is left as much to every holder, and to whoever comes next', () => {
    const limits = { ...NO_LIMITS, tenant: 1000 };
    expect(tenantBlock(10, factsOf({ limits, askedOf: () => 4000 }, 190))).toBe(10 + 400);
    expect(tenantBlock(10, factsOf({ limits, askedOf: () => 4000, holders: 4 }, 190))).toBe(10 + 100);
  });

  it('is exactly what is needed near the limit', () => {
    const limits = { ...NO_LIMITS, tenant: 1000 };
    for (const holders of [1, 3, 20]) {
      expect(tenantBlock(5, factsOf({ limits, holders }, 995))).toBe(5);
      expect(tenantBlock(5, factsOf({ limits, holders }, 996 - 2 * holders))).toBe(5);
      expect(tenantBlock(5, factsOf({ limits, holders }, 995 - 2 * holders))).toBe(6);
    }
  });

  it('has a stock of what else is wanted, so that one lease serves all; of what is full it has nothing', () => {
    const limits: ScopeLimits = { ...NO_LIMITS, external: 10 };
    const takenOf = (scope: QuotaScope): TakenByHour => (scope === 'external' ? { [NOON]: 10 } : {});
    const needed: Amounts = new Map([['tenant', 1]]);
    const block = blockFor(needed, ['tenant', 'app:crm', 'external'], factsOf({ limits, takenOf }));
    expect(Object.fromEntries(block)).toEqual({ tenant: 251, 'app:crm': 250 });
  });

  it('keeps its stock to what the least urgent caller may use', () => {
    const limits = { ...NO_LIMITS, tenant: 100, reserveCriticalPercent: 20, bulkPercent: 50 };
    const stock = (priority: Priority): number => tenantBlock(0, factsOf({ limits, priority }));
    expect(PRIORITIES.map(stock)).toEqual([50, 40, 25]);
  });
});

const SCOPES: readonly QuotaScope[] = ['tenant', 'external', 'account:a@b', 'account:c@d', 'app:x', 'app:y'];
const cap = fc.option(fc.nat(600));
const anyLimits = fc
  .record({
    tenant: cap,
    external: cap,
    small: cap,
    reserveCriticalPercent: fc.nat(99),
    bulkPercent: fc.integer({ min: 1, max: 100 }),
  })
  .map(({ tenant, external, small, reserveCriticalPercent, bulkPercent }): ScopeLimits => {
    const of = (name: string): number | null => (name === 'a@b' || name === 'x' ? small : null);
    return { tenant, external, account: of, app: of, reserveCriticalPercent, bulkPercent };
  });
const request: fc.Arbitrary<QuotaRequest> = fc.record({
  recipients: fc.integer({ min: 1, max: 50 }),
  external: fc.nat(5),
  account: fc.constantFrom('a@b', 'c@d'),
  app: fc.constantFrom('x', 'y'),
  priority: fc.constantFrom(...PRIORITIES),
});

interface Taken {
  readonly block: Amounts;
  readonly needed: Amounts;
  readonly granted: readonly QuotaRequest[];
  readonly facts: BlockFacts;
}

/** A take as the flow makes it: who fits after those before, then the block. */
function take(batch: readonly QuotaRequest[], facts: Omit<BlockFacts, 'priority'>): Taken {
  const { limits, takenOf } = facts;
  let needed: Amounts = new Map();
  const granted = batch.filter((wish) => {
    const working = (scope: QuotaScope): TakenByHour =>
      addTaken(takenOf(scope), window.hour, needed.get(scope) ?? 0);
    if (!fit(wish, working, limits, window).ok) return false;
    needed = addAmounts(needed, amountsOf(wish, wish.app));
    return true;
  });
  const whole = { ...facts, priority: leastUrgent(granted.map(({ priority }) => priority)) };
  return { block: blockFor(needed, SCOPES, whole), needed, granted, facts: whole };
}

describe('takes from any ledger', () => {
  it('grant what fits, whole, and take no more than any limit leaves, however many hold leases', () => {
    const used = fc.array(fc.nat(300), { minLength: SCOPES.length, maxLength: SCOPES.length });
    fc.assert(
      fc.property(
        anyLimits,
        used,
        fc.array(request, { minLength: 1, maxLength: 8 }),
        fc.nat(5000),
        fc.integer({ min: 1, max: 30 }),
        (limits, counts, batch, asked, holders) => {
          // What a scope has no room for, was never taken of it.
          const before = (scope: QuotaScope): number =>
            Math.min(counts[SCOPES.indexOf(scope)]!, limitOf(limits, scope) ?? Infinity);
          const { block, needed, granted, facts } = take(batch, {
            ...factsOf({ limits, holders, askedOf: () => asked }),
            takenOf: (scope) => ({ [NOON]: before(scope) }),
          });
          for (const [scope, n] of needed) expect(block.get(scope)).toBeGreaterThanOrEqual(n);
          for (const [scope, n] of block) {
            expect(n).toBeGreaterThan(0);
            const stock = n - (needed.get(scope) ?? 0);
            expect(before(scope) + n).toBeLessThanOrEqual(limitOf(limits, scope) ?? Infinity);
            const usable = usableOf(limits, scope, facts.priority);
            if (usable === null || stock === 0) continue;
            // Every other holder, and one that holds none yet, could take as much.
            expect(before(scope) + n + stock * (2 * holders - 1)).toBeLessThanOrEqual(usable);
          }
          // Control: who was not granted would have broken a limit.
          const refused = batch.find((wish) => !granted.includes(wish));
          if (refused === undefined) return;
          const wished = addAmounts(needed, amountsOf(refused, refused.app));
          const isOver = [...wished].some(([scope, n]) => {
            const usable = usableOf(limits, scope, refused.priority);
            return usable !== null && before(scope) + n > usable;
          });
          expect(isOver).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('open a lease down to the least urgent mail that may use all of what is taken then, and no further', () => {
    const block = fc.array(fc.tuple(fc.constantFrom(...SCOPES), fc.integer({ min: 1, max: 200 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(anyLimits, fc.nat(300), block, (limits, used, entries) => {
        const facts = factsOf({ limits }, used);
        const lease = new Map(entries);
        const may = (priority: Priority): boolean =>
          [...lease].every(([scope, n]) => used + n <= (usableOf(limits, scope, priority) ?? Infinity));
        const allowed = PRIORITIES.filter((priority) => isUrgentEnough(priority, openTo(lease, facts)));
        // Whoever is granted something critical may spend it, though the limit was lowered since.
        expect(allowed).toEqual(['critical', ...PRIORITIES.slice(1).filter(may)]);
      }),
    );
  });

  it('never let normal and bulk mail have what the reserve or the share keeps from them', () => {
    const step = fc.record({
      batch: fc.array(request, { minLength: 1, maxLength: 4 }),
      holders: fc.integer({ min: 1, max: 4 }),
      // Of the lease before, as a share of a hundred.
      back: fc.nat(100),
    });
    fc.assert(
      fc.property(anyLimits, fc.array(step, { minLength: 5, maxLength: 25 }), (limits, steps) => {
        const leases: { amounts: Amounts; readonly opensTo: Priority; readonly own: Amounts }[] = [];
        const takenOf = (scope: QuotaScope): TakenByHour => ({
          [NOON]: leases.reduce((sum, { amounts }) => sum + (amounts.get(scope) ?? 0), 0),
        });
        for (const { batch, holders, back } of steps) {
          const last = leases.at(-1);
          if (last) {
            const left = ([scope, n]: readonly [QuotaScope, number]): [QuotaScope, number] => {
              const own = last.own.get(scope) ?? 0;
              return [scope, Math.max(own, n - Math.floor((n * back) / 100))];
            };
            last.amounts = new Map([...last.amounts].map(left));
          }
          const { block, needed, granted, facts } = take(batch, factsOf({ limits, holders, takenOf }));
          if (granted.length === 0) continue;
          leases.push({ amounts: block, opensTo: openTo(block, facts), own: needed });
          for (const scope of SCOPES) {
            const limit = limitOf(limits, scope) ?? Infinity;
            expect(usedIn(window, takenOf(scope))).toBeLessThanOrEqual(limit);
            for (const priority of ['normal', 'bulk'] as const) {
              const open = leases.filter(({ opensTo }) => isUrgentEnough(priority, opensTo));
              const theirs = open.reduce((sum, { amounts }) => sum + (amounts.get(scope) ?? 0), 0);
              expect(theirs).toBeLessThanOrEqual(usableOf(limits, scope, priority) ?? Infinity);
            }
          }
        }
      }),
    );
  });

  it('use a limit to its last recipient, whatever the stocks and holders', () => {
    const size = fc.integer({ min: 1, max: 50 });
    const holders = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.array(fc.tuple(size, holders)),
        fc.nat(2000),
        (tenant, sizes, asked) => {
          const limits = { ...NO_LIMITS, tenant };
          let used = 0;
          const takeOf = (recipients: number, many: number): boolean => {
            const wish = { recipients, external: 0, account: 'a@b', app: 'x', priority: 'normal' } as const;
            const { block, granted } = take([wish], {
              ...factsOf({ limits, holders: many, askedOf: () => asked }),
              takenOf: () => ({ [NOON]: used }),
            });
            if (granted.length > 0) used += block.get('tenant')!;
            return granted.length > 0;
          };
          for (const [recipients, many] of sizes) takeOf(recipients, many);
          // Each lease is used up before the next one is taken.
          while (takeOf(1, 3)) expect(used).toBeLessThanOrEqual(tenant);
          expect(used).toBe(tenant);
        },
      ),
    );
  });
});
