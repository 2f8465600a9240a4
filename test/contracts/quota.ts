import { describe, expect, it } from 'vitest';
import { makeCalendar } from '../../shared/core/calendarDay.ts';
import { makeDurations } from '../../shared/core/durations.ts';
import type { QuotaRequest, ScopeLimits } from '../../shared/core/quotaLedger.ts';
import { HOUR_MS, makeWindows } from '../../shared/core/window.ts';
import type { Granted } from '../../shared/flows/heldLeases.ts';
import { NOTHING } from '../../shared/core/charges.ts';
import { makeQuota } from '../../shared/flows/quota.ts';
import type { Quota } from '../../shared/flows/quota.ts';
import type { Reservation } from '../../shared/flows/takeLease.ts';
import type { Chance, Ledger } from '../../shared/ports.ts';
import { NOON } from './sampleMessages.ts';

/** What instances of one organisation share; a test sets its time and limits. */
interface World {
  now: number;
  limits: ScopeLimits;
  readonly window: 'calendar' | 'rolling';
  readonly timeZone: string;
}

interface Instance extends Quota {
  /** What it does in the background, once. */
  tend(): Promise<void>;
}

const NO_LIMITS: ScopeLimits = {
  tenant: null,
  external: null,
  account: () => null,
  app: () => null,
  reserveCriticalPercent: 0,
  bulkPercent: 100,
};

const MINUTE = 60_000;
const ACCOUNT = "o'neil/sales#1?@contoso.com";
const REQUEST: QuotaRequest = {
  recipients: 1,
  external: 0,
  account: ACCOUNT,
  app: 'payroll',
  priority: 'normal',
};

/**
 * The contract of the quota over a ledger. `openLedgers`: so many instances' ways to one empty ledger. `chance` decides ids and
 * how long they back off.
 */
export function describeQuota(
  title: string,
  openLedgers: (instances: number) => Promise<readonly Ledger[]>,
  chance: Chance,
): void {
  async function open(
    limits: Partial<ScopeLimits>,
    { instances: count = 1, ...changes }: Partial<World> & { instances?: number } = {},
  ) {
    const world: World = {
      now: NOON,
      window: 'calendar',
      timeZone: 'UTC',
      ...changes,
      limits: { ...NO_LIMITS, ...limits },
    };
    const ledgers = await openLedgers(count);
    const instances = ledgers.map((ledger, n) => openInstance(world, ledger, `instance ${n}`, chance));
    return { world, instances, quota: instances[0]! };
  }

  describe(`Quota: ${title}`, () => {
    it('grants up to the limit and not one more, and says what is full and until when', async () => {
      const { quota } = await open({ tenant: 10 });
      const first = granted(await quota.reserve({ ...REQUEST, recipients: 7 }));
      expect(first).toMatchObject({
        charge: {
          lease: expect.stringMatching(`^${NOON}-`),
          account: ACCOUNT,
          recipients: 7,
          external: 0,
        },
        endsAt: NOON + 10 * MINUTE,
      });
      first.settle(first.charge);
      expect((await quota.reserve({ ...REQUEST, recipients: 3 })).ok).toBe(true);
      expect(await quota.reserve(REQUEST)).toEqual({
        ok: false,
        scope: 'tenant',
        tooLarge: false,
        turnsAt: NOON + 12 * HOUR_MS,
      });
    });

    it('ends a reservation with its hour', async () => {
      const { quota } = await open({ tenant: 10 }, { now: NOON + HOUR_MS - 1000 });
      expect(await quota.reserve(REQUEST)).toMatchObject({ endsAt: NOON + HOUR_MS });
    });

    it.each([
      [{ tenant: 2 }, 'tenant'],
      [{ external: 2 }, 'external'],
      [{ account: (address: string) => (address === ACCOUNT ? 2 : null) }, `account:${ACCOUNT}`],
      [{ app: (name: string) => (name === 'payroll' ? 2 : null) }, 'app:payroll'],
    ])('takes of all scopes or of none: %o', async (limits, scope) => {
      const { quota } = await open(limits);
      const request = { ...REQUEST, recipients: 2, external: 2 };
      await spend(quota, request);
      await quota.close();
      const before = await quota.usage();
      expect(await quota.reserve({ ...request, recipients: 1, external: 1 })).toMatchObject({
        ok: false,
        scope,
      });
      expect(await quota.usage()).toEqual(before);
      expect(before.map(({ used, leased }) => [used, leased])).toEqual([
        [2, 0],
        [2, 0],
        [2, 0],
        [2, 0],
      ]);
    });

    it('counts internal recipients not against external ones', async () => {
      const { world, quota } = await open({ external: 1 });
      await spend(quota, { ...REQUEST, recipients: 50, external: 1 });
      await spend(quota, { ...REQUEST, recipients: 50 });
      expect((await quota.reserve({ ...REQUEST, external: 1 })).ok).toBe(false);
      await quota.close();
      expect(await quota.takenBetween(world.now - 1, world.now + 1)).toEqual({
        tenant: 100,
        external: 1,
        [`account:${ACCOUNT}`]: 100,
        'app:payroll': 100,
      });
    });

    it('knows not what was taken in hours of which something is still leased', async () => {
      const { quota } = await open({});
      await spend(quota, REQUEST);
      expect(await quota.takenBetween(NOON, NOON + HOUR_MS)).toBeNull();
      expect(await quota.takenBetween(NOON - HOUR_MS, NOON)).toMatchObject({ tenant: 0 });
    });

    it('says of a request that could not even go into an empty window that it is too large', async () => {
      const { quota } = await open({ tenant: 10 });
      expect(await quota.reserve({ ...REQUEST, recipients: 11 })).toMatchObject({
        ok: false,
        tooLarge: true,
      });
    });

    it('keeps the reserve for what is critical', async () => {
      const { quota } = await open({ tenant: 10, reserveCriticalPercent: 20 });
      await spend(quota, { ...REQUEST, recipients: 8 });
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      expect((await quota.reserve({ ...REQUEST, recipients: 2, priority: 'critical' })).ok).toBe(true);
      expect((await quota.reserve({ ...REQUEST, priority: 'critical' })).ok).toBe(false);
    });

    it('keeps bulk mail to its share', async () => {
      const { quota } = await open({ tenant: 10, bulkPercent: 50 });
      const bulk: QuotaRequest = { ...REQUEST, priority: 'bulk' };
      expect(await quota.reserve({ ...bulk, recipients: 6 })).toMatchObject({ ok: false, tooLarge: true });
      await spend(quota, { ...bulk, recipients: 5 });
      expect(await quota.reserve(bulk)).toMatchObject({ ok: false, scope: 'tenant', tooLarge: false });
      expect((await quota.reserve({ ...REQUEST, recipients: 5 })).ok).toBe(true);
    });

    it('makes room again with what was not spent, for every instance, once the lease is closed', async () => {
      const { instances, quota } = await open({ tenant: 5 }, { instances: 2 });
      const other = instances[1]!;
      const { settle } = granted(await quota.reserve({ ...REQUEST, recipients: 5, external: 2 }));
      settle({ recipients: 3, external: 0 });
      expect((await other.reserve(REQUEST)).ok).toBe(false);
      await quota.close();
      expect((await other.reserve({ ...REQUEST, recipients: 3 })).ok).toBe(false);
      expect((await other.reserve({ ...REQUEST, recipients: 2 })).ok).toBe(true);
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      const [, external] = await other.usage();
      expect(external).toMatchObject({ scope: 'external', used: 0, leased: 0 });
    });

    it('gives back what was not spent once, however often it is told', async () => {
      const { quota } = await open({ tenant: 5 });
      const first = granted(await quota.reserve({ ...REQUEST, recipients: 2 }));
      await spend(quota, { ...REQUEST, recipients: 2 });
      for (let n = 0; n < 3; n++) first.settle(NOTHING);
      await quota.close();
      expect((await quota.usage())[0]).toMatchObject({ scope: 'tenant', used: 2, leased: 0 });
      expect((await quota.reserve({ ...REQUEST, recipients: 4 })).ok).toBe(false);
      expect((await quota.reserve({ ...REQUEST, recipients: 3 })).ok).toBe(true);
    });

    it('gives back to the hour that it was taken in', async () => {
      const { world, quota } = await open({ tenant: 10 });
      const first = granted(await quota.reserve({ ...REQUEST, recipients: 4 }));
      world.now += 2 * HOUR_MS;
      await spend(quota, { ...REQUEST, recipients: 3 });
      first.settle({ recipients: 3, external: 0 });
      await quota.close();
      const [tenant] = await quota.usage();
      expect(tenant).toMatchObject({ used: 6, byHour: [...Array<number>(12).fill(0), 3, 0, 3] });
    });

    it('starts the next day at zero without anybody resetting it', async () => {
      const { world, quota } = await open({ tenant: 10 }, { timeZone: 'Europe/Vienna' });
      await spend(quota, { ...REQUEST, recipients: 10 });
      const midnight = Date.parse('2026-11-25T00:00:00+01:00');
      expect(await quota.reserve(REQUEST)).toMatchObject({ ok: false, turnsAt: midnight });
      world.now = midnight - 1;
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      world.now = midnight;
      await spend(quota, { ...REQUEST, recipients: 10 });
      await quota.close();
      expect((await quota.usage())[0]).toMatchObject({ used: 10, byHour: [10] });
      expect(await quota.takenBetween(midnight, midnight + HOUR_MS)).toMatchObject({ tenant: 10 });
      expect(await quota.takenBetween(0, midnight)).toMatchObject({ tenant: 10 });
    });

    it('counts the last 26 hours in a rolling window', async () => {
      const { world, quota } = await open({ tenant: 10 }, { window: 'rolling' });
      await spend(quota, { ...REQUEST, recipients: 10 });
      expect(await quota.reserve(REQUEST)).toMatchObject({ ok: false, turnsAt: NOON + 26 * HOUR_MS });
      world.now = NOON + 26 * HOUR_MS - 1;
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      world.now = NOON + 26 * HOUR_MS;
      expect((await quota.reserve(REQUEST)).ok).toBe(true);
    });

    it('obeys a limit that was lowered as soon as what was leased before has ended', async () => {
      const { world, quota } = await open({ tenant: 10 });
      await spend(quota, { ...REQUEST, recipients: 5 });
      world.limits = { ...world.limits, tenant: 5 };
      expect((await quota.reserve(REQUEST)).ok).toBe(true);
      world.now += 10 * MINUTE;
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
    });

    it('obeys a limit that was raised at the next take', async () => {
      const { world, quota } = await open({ tenant: 5 });
      await spend(quota, { ...REQUEST, recipients: 5 });
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      world.limits = { ...world.limits, tenant: 6 };
      expect((await quota.reserve(REQUEST)).ok).toBe(true);
    });

    it('shows the tenant and external mail though nothing was taken yet', async () => {
      const { quota } = await open({ tenant: 10, external: 4 }, { now: NOON + 5 });
      const zeros = Array<number>(13).fill(0);
      expect(await quota.usage()).toEqual([
        { scope: 'tenant', limit: 10, used: 0, leased: 0, byHour: zeros },
        { scope: 'external', limit: 4, used: 0, leased: 0, byHour: zeros },
      ]);
    });

    it('tells apart what is spent and what is only leased; of other instances once they noted it', async () => {
      const { instances, quota } = await open({ tenant: 100 }, { instances: 2 });
      await spend(quota, { ...REQUEST, recipients: 10 });
      await spend(quota, { ...REQUEST, recipients: 5 });
      const [own] = await quota.usage();
      expect(own).toMatchObject({ used: 15 });
      expect(own!.leased).toBeGreaterThan(0);
      const taken = own!.used + own!.leased;
      expect((await instances[1]!.usage())[0]).toMatchObject({ used: 10, leased: taken - 10 });
      await quota.tend();
      expect((await instances[1]!.usage())[0]).toMatchObject({ used: 15, leased: taken - 15 });
    });

    it('says beforehand why a request would be refused, and takes nothing for it', async () => {
      const { instances, quota } = await open({ tenant: 10 }, { instances: 2 });
      expect(await quota.look({ ...REQUEST, recipients: 10 })).toBeNull();
      expect(await quota.look({ ...REQUEST, recipients: 11 })).toMatchObject({ tooLarge: true });
      await spend(quota, { ...REQUEST, recipients: 6 });
      const [tenant] = await quota.usage();
      // What is left of its own lease is there for it, for others it is not.
      expect(await quota.look({ ...REQUEST, recipients: 4 })).toBeNull();
      expect(await instances[1]!.look({ ...REQUEST, recipients: 4 })).toEqual({
        ok: false,
        scope: 'tenant',
        tooLarge: false,
        turnsAt: NOON + 12 * HOUR_MS,
      });
      expect(await quota.look({ ...REQUEST, recipients: 5 })).toMatchObject({ scope: 'tenant' });
      expect((await quota.usage())[0]).toEqual(tenant);
    });

    it('grants exactly the limit to many instances at once, whatever they leased', async () => {
      const { instances, quota } = await open({ tenant: 50 }, { instances: 4 });
      let count = 0;
      for (let round = 0; round < 10 && count < 50; round++) {
        const asked = await Promise.all(
          Array.from({ length: 40 }, async (_, n) => tryToSpend(instances[n % 4]!, REQUEST)),
        );
        count += asked.filter(Boolean).length;
        await Promise.all(instances.map((instance) => instance.close()));
      }
      expect(count).toBe(50);
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      expect((await quota.usage())[0]).toMatchObject({ used: 50, leased: 0 });
    });

    it('grants again exactly what many instances give back at once', async () => {
      const { world, instances, quota } = await open({}, { instances: 3 });
      const reserved: Granted[] = [];
      for (const [n, recipients] of [7, 7, 6].entries()) {
        reserved.push(granted(await instances[n]!.reserve({ ...REQUEST, recipients, account: `a${n}@b` })));
      }
      for (const { settle } of reserved) settle({ recipients: 4, external: 0 });
      await Promise.all(instances.map((instance) => instance.close()));
      world.limits = { ...world.limits, tenant: 20 };
      let again = 0;
      while (await tryToSpend(quota, REQUEST)) again++;
      expect(again).toBe(8);
      await quota.close();
      expect((await instances[2]!.usage())[0]).toMatchObject({ used: 20 });
    });

    it('serves callers who want the same in their order', async () => {
      const { quota } = await open({ tenant: 20 });
      const asked = await Promise.all(
        Array.from({ length: 10 }, async () => quota.reserve({ ...REQUEST, recipients: 3 })),
      );
      const order = asked.map(({ ok }) => ok);
      expect(order).toEqual(order.toSorted((a, b) => Number(b) - Number(a)));
      expect(new Set(order)).toEqual(new Set([true, false]));
    });

    it('answers each of two callers who ask with the same object', async () => {
      const { quota } = await open({ tenant: 2 });
      const request = { ...REQUEST, recipients: 2 };
      const asked = await Promise.all([
        quota.reserve(REQUEST),
        quota.reserve(request),
        quota.reserve(request),
      ]);
      expect(asked.map(({ ok }) => ok)).toEqual([true, false, false]);
    });

    it('takes of more scopes at once than one lease holds', async () => {
      const { quota } = await open({ tenant: 1000 });
      const asked = await Promise.all(
        Array.from({ length: 130 }, async (_, n) =>
          tryToSpend(quota, { ...REQUEST, account: `hve${n}@contoso.com`, app: `app${n}` }),
        ),
      );
      expect(asked.every(Boolean)).toBe(true);
      await quota.close();
      const usage = await quota.usage();
      expect(usage[0]).toMatchObject({ scope: 'tenant', used: 130, leased: 0 });
      // What was leased of other apps beside is back.
      expect(usage.slice(2).map(({ used }) => used)).toEqual(Array(2 * 130).fill(1));
    });
  });
}

function openInstance(world: World, ledger: Ledger, name: string, chance: Chance): Instance {
  const works = new Set<() => Promise<void>>();
  const quota = makeQuota({
    ledger,
    windows: makeWindows(world.window, makeCalendar(world.timeZone)),
    limits: { of: async () => world.limits },
    shownScopes: ['tenant', 'external'],
    instance: name,
    clock: { now: () => world.now, monotonic: () => world.now, sleep: async () => undefined },
    chance,
    background: {
      every(_ms, work) {
        works.add(work);
        return () => works.delete(work);
      },
    },
    durations: makeDurations(1),
    log: () => undefined,
  });
  return {
    ...quota,
    async tend() {
      for (const work of works) await work();
    },
  };
}

function granted(reservation: Reservation): Granted {
  if (!reservation.ok) throw new Error(`Refused: ${reservation.scope} is full.`);
  return reservation;
}

/** Reserves it, and spends all of it. */
async function spend(quota: Quota, request: QuotaRequest): Promise<void> {
  const { charge, settle } = granted(await quota.reserve(request));
  settle(charge);
}

async function tryToSpend(quota: Quota, request: QuotaRequest): Promise<boolean> {
  const reservation = await quota.reserve(request);
  if (reservation.ok) reservation.settle(reservation.charge);
  return reservation.ok;
}
