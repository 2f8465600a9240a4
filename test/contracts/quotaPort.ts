import { describe, expect, it } from 'vitest';
import type { Charge } from '../../shared/core/delivery.ts';
import type { QuotaRequest, ScopeLimits } from '../../shared/core/quotaLedger.ts';
import { HOUR_MS } from '../../shared/core/window.ts';
import type { QuotaPort, Reservation } from '../../shared/ports.ts';
import { NOON } from './sampleMessages.ts';

/** What instances of one organisation share; the suite sets its time and limits. */
export interface QuotaWorld {
  now: number;
  limits: ScopeLimits;
  readonly window: 'calendar' | 'rolling';
  readonly timeZone: string;
}

export interface QuotaSuite {
  /** That many instances over one empty ledger. */
  open(world: QuotaWorld, instances: number): Promise<readonly QuotaPort[]>;
  /** How long a reservation may be spent. */
  readonly spendWithinMs: number;
}

const NO_LIMITS: ScopeLimits = {
  tenant: null,
  external: null,
  account: () => null,
  app: () => null,
  reserveCriticalPercent: 0,
};
const ACCOUNT = "o'neil/sales#1?@contoso.com";
const REQUEST: QuotaRequest = {
  recipients: 1,
  external: 0,
  account: ACCOUNT,
  app: 'payroll',
  priority: 'normal',
};

/** The contract of the port QuotaPort. */
export function describeQuotaPort(title: string, suite: QuotaSuite): void {
  async function open(
    limits: Partial<ScopeLimits>,
    { instances = 1, ...changes }: Partial<QuotaWorld> & { instances?: number } = {},
  ) {
    const world: QuotaWorld = {
      now: NOON,
      window: 'calendar',
      timeZone: 'UTC',
      ...changes,
      limits: { ...NO_LIMITS, ...limits },
    };
    const ports = await suite.open(world, instances);
    return { world, ports, quota: ports[0]! };
  }

  describe(`QuotaPort: ${title}`, () => {
    it('grants up to the limit and not one more, and says what is full and until when', async () => {
      const { quota } = await open({ tenant: 10 });
      expect(await quota.reserve({ ...REQUEST, recipients: 7 })).toEqual({
        ok: true,
        charge: { lease: String(NOON), account: ACCOUNT, recipients: 7, external: 0 },
        endsAt: NOON + suite.spendWithinMs,
      });
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
      const { world, quota } = await open(limits);
      const request = { ...REQUEST, recipients: 2, external: 2 };
      expect((await quota.reserve(request)).ok).toBe(true);
      const before = await quota.usage(world.now);
      expect(await quota.reserve({ ...request, recipients: 1, external: 1 })).toMatchObject({
        ok: false,
        scope,
      });
      expect(await quota.usage(world.now)).toEqual(before);
      expect(before.map(({ used }) => used)).toEqual([2, 2, 2, 2]);
    });

    it('counts internal recipients not against external ones', async () => {
      const { world, quota } = await open({ external: 1 });
      expect((await quota.reserve({ ...REQUEST, recipients: 50, external: 1 })).ok).toBe(true);
      expect((await quota.reserve({ ...REQUEST, recipients: 50 })).ok).toBe(true);
      expect((await quota.reserve({ ...REQUEST, external: 1 })).ok).toBe(false);
      expect(await quota.takenBetween(world.now - 1, world.now + 1)).toEqual({
        tenant: 100,
        external: 1,
        [`account:${ACCOUNT}`]: 100,
        'app:payroll': 100,
      });
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
      expect((await quota.reserve({ ...REQUEST, recipients: 8 })).ok).toBe(true);
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      expect((await quota.reserve({ ...REQUEST, recipients: 2, priority: 'critical' })).ok).toBe(true);
      expect((await quota.reserve({ ...REQUEST, priority: 'critical' })).ok).toBe(false);
    });

    it('makes room again with what is given back, for every instance', async () => {
      const { ports, quota } = await open({ tenant: 5 }, { instances: 2 });
      const charge = chargeIn(await quota.reserve({ ...REQUEST, recipients: 5, external: 2 }));
      expect((await ports[1]!.reserve(REQUEST)).ok).toBe(false);
      await quota.giveBack({ ...charge, recipients: 2, external: 2 }, REQUEST.app);
      expect((await ports[1]!.reserve({ ...REQUEST, recipients: 3 })).ok).toBe(false);
      expect((await ports[1]!.reserve({ ...REQUEST, recipients: 2 })).ok).toBe(true);
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
    });

    it('never counts below zero', async () => {
      const { world, quota } = await open({ tenant: 5 });
      const charge = chargeIn(await quota.reserve({ ...REQUEST, recipients: 2 }));
      await quota.giveBack({ ...charge, recipients: 50 }, REQUEST.app);
      expect((await quota.usage(world.now))[0]).toMatchObject({ scope: 'tenant', used: 0 });
      expect((await quota.reserve({ ...REQUEST, recipients: 6 })).ok).toBe(false);
      expect((await quota.reserve({ ...REQUEST, recipients: 5 })).ok).toBe(true);
    });

    it('gives back to the hour that it was taken in', async () => {
      const { world, quota } = await open({ tenant: 10 });
      const charge = chargeIn(await quota.reserve({ ...REQUEST, recipients: 4 }));
      world.now += 2 * HOUR_MS;
      await quota.reserve({ ...REQUEST, recipients: 3 });
      await quota.giveBack({ ...charge, recipients: 1 }, REQUEST.app);
      const [tenant] = await quota.usage(world.now);
      expect(tenant).toMatchObject({ used: 6, byHour: [...Array<number>(12).fill(0), 3, 0, 3] });
    });

    it('starts the next day at zero without anybody resetting it', async () => {
      const { world, quota } = await open({ tenant: 10 }, { timeZone: 'Europe/Vienna' });
      await quota.reserve({ ...REQUEST, recipients: 10 });
      const refused = await quota.reserve(REQUEST);
      const midnight = Date.parse('2026-11-25T00:00:00+01:00');
      expect(refused).toMatchObject({ ok: false, turnsAt: midnight });
      world.now = midnight - 1;
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      world.now = midnight;
      expect((await quota.reserve({ ...REQUEST, recipients: 10 })).ok).toBe(true);
      expect((await quota.usage(world.now))[0]).toMatchObject({ used: 10, byHour: [10] });
      expect(await quota.takenBetween(midnight, midnight + HOUR_MS)).toMatchObject({ tenant: 10 });
      expect(await quota.takenBetween(0, midnight)).toMatchObject({ tenant: 10 });
    });

    it('counts the last 26 hours in a rolling window', async () => {
      const { world, quota } = await open({ tenant: 10 }, { window: 'rolling' });
      await quota.reserve({ ...REQUEST, recipients: 10 });
      expect(await quota.reserve(REQUEST)).toMatchObject({ ok: false, turnsAt: NOON + 26 * HOUR_MS });
      world.now = NOON + 26 * HOUR_MS - 1;
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      world.now = NOON + 26 * HOUR_MS;
      expect((await quota.reserve(REQUEST)).ok).toBe(true);
    });

    it('obeys a limit that was lowered, and one that was raised, at the next take', async () => {
      const { world, quota } = await open({ tenant: 10 });
      await quota.reserve({ ...REQUEST, recipients: 5 });
      world.limits = { ...world.limits, tenant: 5 };
      expect((await quota.reserve(REQUEST)).ok).toBe(false);
      world.limits = { ...world.limits, tenant: 6 };
      expect((await quota.reserve(REQUEST)).ok).toBe(true);
    });

    it('shows the tenant and external mail though nothing was taken yet', async () => {
      const { world, quota } = await open({ tenant: 10, external: 4 }, { now: NOON + 5 });
      const zeros = Array<number>(13).fill(0);
      expect(await quota.usage(world.now)).toEqual([
        { scope: 'tenant', limit: 10, used: 0, leased: 0, byHour: zeros },
        { scope: 'external', limit: 4, used: 0, leased: 0, byHour: zeros },
      ]);
    });

    it('grants exactly the limit to many instances at once', async () => {
      const { world, ports } = await open({ tenant: 50 }, { instances: 4 });
      const asked = await Promise.all(
        Array.from({ length: 80 }, async (_, n) => ports[n % ports.length]!.reserve(REQUEST)),
      );
      expect(asked.filter(({ ok }) => ok)).toHaveLength(50);
      expect((await ports[0]!.usage(world.now))[0]).toMatchObject({ used: 50 });
    });

    it('grants again exactly what many instances give back at once', async () => {
      const { world, ports } = await open({ tenant: 20 }, { instances: 3 });
      const taken = await Promise.all(
        Array.from({ length: 20 }, async (_, n) =>
          ports[n % 3]!.reserve({ ...REQUEST, account: `a${n % 2}@b` }),
        ),
      );
      const back = taken.slice(0, 8).map(async (reservation, n) => {
        await ports[(n + 1) % 3]!.giveBack(chargeIn(reservation), REQUEST.app);
      });
      await Promise.all(back);
      const again = await Promise.all(
        Array.from({ length: 12 }, async (_, n) => ports[n % 3]!.reserve(REQUEST)),
      );
      expect(again.filter(({ ok }) => ok)).toHaveLength(8);
      expect((await ports[2]!.usage(world.now))[0]).toMatchObject({ used: 20 });
    });

    it('serves callers in their order, whatever the instance does together', async () => {
      const { quota } = await open({ tenant: 10 });
      const sizes = [4, 4, 4, 2, 1];
      const asked = await Promise.all(
        sizes.map(async (recipients) => quota.reserve({ ...REQUEST, recipients })),
      );
      expect(asked.map(({ ok }) => ok)).toEqual([true, true, false, true, false]);
    });

    it('takes of more scopes at once than one transaction can change', async () => {
      const { world, quota } = await open({ tenant: 1000 });
      const asked = await Promise.all(
        Array.from({ length: 130 }, async (_, n) =>
          quota.reserve({ ...REQUEST, account: `hve${n}@contoso.com`, app: `app${n}` }),
        ),
      );
      expect(asked.every(({ ok }) => ok)).toBe(true);
      const usage = await quota.usage(world.now);
      expect(usage[0]).toMatchObject({ scope: 'tenant', used: 130 });
      expect(usage).toHaveLength(2 + 2 * 130);
    });
  });
}

function chargeIn(reservation: Reservation): Charge {
  if (!reservation.ok) throw new Error(`Refused: ${reservation.scope} is full.`);
  return reservation.charge;
}
