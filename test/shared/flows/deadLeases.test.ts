/** Leases whose owner did not close them: the sweep closes them by what the rows charge. */
import { describe, expect, it } from 'vitest';
import type { Claim, Delivery } from '../../../shared/core/delivery.ts';
import { makeMessageId, utcDay } from '../../../shared/core/messageId.ts';
import type { Fates } from '../../../shared/core/outcome.ts';
import { makeCloseDeadLeases } from '../../../shared/flows/deadLeases.ts';
import { makeOutcomeRecorder } from '../../../shared/flows/recordOutcome.ts';
import { makeReplacer } from '../../../shared/flows/rowWriter.ts';
import { makeTakeOver } from '../../../shared/flows/takeOver.ts';
import { NewerVersion, Unavailable } from '../../../shared/ports.ts';
import type { MessageStore } from '../../../shared/ports.ts';
import { DAY, NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { hold, makeWatchedFlows, spend } from './watchedLedger.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A lease that was taken at noon has ended with margin. */
const SETTLED = NOON + 15 * MINUTE;

function makeWorld({ wrapStore = (store: MessageStore) => store } = {}) {
  const scans: string[] = [];
  const flows = makeWatchedFlows(
    { tenant: 1000 },
    {
      wrapStore(store) {
        const wrapped = wrapStore(store);
        return {
          ...wrapped,
          scanDay(day, only) {
            scans.push(day);
            return wrapped.scanDay(day, only);
          },
        };
      },
    },
  );
  const recorder = makeOutcomeRecorder(flows);
  const takeOver = makeTakeOver({ ...flows, recorder });
  return {
    ...flows,
    recorder,
    scans,
    sweep: makeCloseDeadLeases({ ...flows, takeOver }),
    dying: flows.quotaOf('the dead'),

    /** A row that charges the lease with so many, as an attempt leaves it behind. */
    async charged(lease: string, recipients: number, changes: Partial<Delivery> = {}): Promise<Delivery> {
      await flows.days.touch(DAY, flows.time.now);
      const people = Array.from({ length: recipients }, (_, n) =>
        sampleRecipient(`r${n}@contoso.com`, { status: 'accepted' }),
      );
      const charge = { lease, account: 'hve@contoso.com', recipients, external: 0 };
      return flows.stored({ status: 'sent', due: null, recipients: people, charges: [charge], ...changes });
    },

    /** A row with a claim on the lease, of two recipients, one external. */
    async claimed(lease: string, changes: Partial<Claim> = {}): Promise<Delivery> {
      await flows.days.touch(DAY, flows.time.now);
      const claim: Claim = {
        token: 'a token',
        instance: 'the dead',
        account: 'hve@contoso.com',
        at: flows.time.now,
        endsAt: flows.time.now + flows.durations.claim,
        charge: { lease, account: 'hve@contoso.com', recipients: 2, external: 1 },
        recipients: [0, 1],
        ...changes,
      };
      const recipients = [sampleRecipient('a@contoso.com'), sampleRecipient('b@x.org', { kind: 'external' })];
      return flows.stored({ status: 'sending', claim, recipients });
    },
  };
}

describe('a lease of an instance that died', () => {
  it('is closed by what the rows charge to it, unknown spends included: the rest goes back', async () => {
    const { dying, charged, claimed, sweep, taken, leases, time, lines } = makeWorld();
    const { charge } = await hold(dying, { recipients: 9, external: 4 });
    await hold(dying, { recipients: 9 });
    await charged(charge.lease, 3, {
      charges: [
        { ...charge, recipients: 3, external: 1 },
        { ...charge, lease: `${NOON}-another`, recipients: 50, external: 0 },
      ],
    });
    await charged(charge.lease, 2, { status: 'held', unknownSpends: 2 });
    await claimed(`${NOON}-another`);
    time.now = SETTLED;
    expect(await sweep()).toBe(1);
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(5);
    expect(await taken('external')).toBe(1);
    expect(await taken('account:hve@contoso.com')).toBe(5);
    expect(await taken('app:payroll')).toBe(5);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
      `warn the lease ${charge.lease} of an instance that ended is closed: 5 of 259 recipients were used`,
    ]);
  });

  it('is closed though the claim on another one cannot be taken over, and the sweep says so', async () => {
    const failing = new Set<string>();
    const { dying, quotaOf, charged, claimed, sweep, leases, time } = makeWorld({
      wrapStore: (store) => ({
        ...store,
        async replace(next, etag) {
          if (failing.has(next.id)) throw new Unavailable('the row', new Error('refused'));
          return store.replace(next, etag);
        },
      }),
    });
    const { charge } = await hold(dying, { recipients: 9 });
    const other = await hold(quotaOf('another dead'), { recipients: 2, external: 1 });
    await charged(charge.lease, 3);
    const stuck = await claimed(other.charge.lease, { endsAt: NOON });
    failing.add(stuck.id);
    time.now = SETTLED + HOUR;
    await expect(sweep()).rejects.toThrow('1 claims that ended could not be taken over');
    expect((await leases()).map(({ id }) => id)).toEqual([other.charge.lease]);
    failing.clear();
    // Taken over by this sweep, closed by the next.
    expect(await sweep()).toBe(0);
    expect(await sweep()).toBe(1);
    expect(await leases()).toEqual([]);
  });

  it('of which no row says anything goes back whole, so that others can use it', async () => {
    const { dying, quota, sweep, taken, time } = makeWorld();
    await hold(dying, { recipients: 800 });
    time.now = SETTLED;
    expect((await quota.reserve({ ...REQUEST_OF_ALL })).ok).toBe(false);
    expect(await sweep()).toBe(1);
    expect(await taken()).toBe(0);
    expect((await quota.reserve({ ...REQUEST_OF_ALL })).ok).toBe(true);
  });

  it('whose take was done without an answer goes back whole', async () => {
    const { dying, failNext, sweep, taken, leases, time } = makeWorld();
    failNext('write', 'after');
    await expect(hold(dying)).rejects.toThrow(Unavailable);
    time.now = SETTLED;
    expect(await sweep()).toBe(1);
    expect([await taken(), await leases()]).toEqual([0, []]);
  });

  it('is not closed before five minutes after its end, and no day is scanned for it', async () => {
    const { dying, charged, sweep, leases, scans, time } = makeWorld();
    const { charge } = await hold(dying);
    await charged(charge.lease, 1);
    time.now = SETTLED - 1;
    expect(await sweep()).toBe(0);
    expect(await leases()).toHaveLength(1);
    expect(scans).toEqual([]);
    time.now = SETTLED;
    expect(await sweep()).toBe(1);
    expect(scans).toEqual([DAY]);
  });

  it('costs nothing but a look at the ledger when there is none', async () => {
    const { sweep, calls, scans } = makeWorld();
    expect(await sweep()).toBe(0);
    expect(calls()).toEqual(['read']);
    expect(scans).toEqual([]);
  });

  it('that took less than the rows charge is closed with nothing to give back, and said to be a defect', async () => {
    const { dying, charged, sweep, taken, time, lines } = makeWorld();
    const { charge } = await hold(dying);
    await charged(charge.lease, 400);
    time.now = SETTLED;
    await sweep();
    expect(await taken()).toBe(251);
    expect(lines.at(-1)).toBe(
      `error defect: the record charges 400 recipients of tenant to the lease ${charge.lease}, which took 251`,
    );
  });
});

describe('a claim on such a lease', () => {
  it('that has not ended leaves the lease, and no other one', async () => {
    const { dying, quotaOf, claimed, read, sweep, leases, taken, time } = makeWorld();
    const { charge } = await hold(dying, { recipients: 2, external: 1 });
    await hold(quotaOf('another dead'), { recipients: 5 });
    time.now = NOON + 9 * MINUTE;
    const before = await claimed(charge.lease);
    time.now = SETTLED;
    expect(await sweep()).toBe(1);
    expect((await leases()).map(({ id }) => id)).toEqual([charge.lease]);
    expect(await taken()).toBe(252);
    expect(await read(before.id)).toEqual(before);
  });

  it('that has ended with margin is taken over as unknown, and the next sweep closes the lease by it', async () => {
    const { dying, claimed, read, sweep, leases, taken, time, items } = makeWorld();
    const { charge } = await hold(dying, { recipients: 2, external: 1 });
    const { id } = await claimed(charge.lease);
    time.now = NOON + 17 * MINUTE - 1;
    expect(await sweep()).toBe(0);
    expect((await read(id)).status).toBe('sending');
    time.now = NOON + 17 * MINUTE;
    expect(await sweep()).toBe(0);
    expect(await read(id)).toMatchObject({
      status: 'queued',
      attempt: 2,
      unknownSpends: 2,
      charges: [{ lease: charge.lease, recipients: 2, external: 1 }],
    });
    expect(await leases()).toHaveLength(1);
    expect(await sweep()).toBe(1);
    expect(await leases()).toEqual([]);
    expect([await taken(), await taken('external')]).toEqual([2, 1]);
    // Its item comes by the schedule.
    expect(await items()).toEqual([]);
  });

  it('of a later attempt on another lease leaves neither: each counts what the row charges to it', async () => {
    const { dying, charged, sweep, leases, taken, time } = makeWorld();
    const first = await hold(dying, { recipients: 2 });
    time.now = NOON + 20 * MINUTE;
    const second = await hold(dying, { recipients: 2 });
    const again: Claim = {
      token: 'second',
      instance: 'the living',
      account: 'hve@contoso.com',
      at: time.now,
      endsAt: time.now + 15 * MINUTE,
      charge: second.charge,
      recipients: [0, 1],
    };
    await charged(first.charge.lease, 2, { status: 'sending', claim: again, attempt: 2 });
    expect(await sweep()).toBe(1);
    expect((await leases()).map(({ id }) => id)).toEqual([second.charge.lease]);
    expect(await taken()).toBe(2 + 252);
  });
});

describe('the days that are counted', () => {
  it('have those of older messages, whose day was touched when they were claimed', async () => {
    const { dying, charged, sweep, taken, time, days } = makeWorld();
    const { charge } = await hold(dying, { recipients: 4 });
    const old = NOON - 72 * HOUR;
    const id = makeMessageId(old, new Uint8Array(10));
    await days.touch(utcDay(old), time.now);
    await charged(charge.lease, 3, { id, createdAt: old });
    time.now = SETTLED;
    await sweep();
    expect(await taken()).toBe(3);
  });

  it('have none that was last touched more than 12 minutes before the lease was taken', async () => {
    const { dying, sweep, scans, time, days } = makeWorld();
    await days.touch('2026-11-20', NOON - 12 * MINUTE - 1);
    await days.touch('2026-11-21', NOON - 12 * MINUTE);
    await days.touch('2026-11-22', NOON + 14 * MINUTE);
    await hold(dying);
    time.now = SETTLED;
    await sweep();
    expect(scans.toSorted()).toEqual(['2026-11-21', '2026-11-22']);
  });

  it('are those since the oldest of several leases, each scanned once', async () => {
    const { dying, sweep, scans, time, days, taken } = makeWorld();
    await days.touch('2026-11-21', NOON + MINUTE);
    await hold(dying);
    time.now = NOON + 9.5 * MINUTE;
    await days.touch('2026-11-22', time.now);
    await hold(dying);
    time.now = NOON + 30 * MINUTE;
    expect(await sweep()).toBe(2);
    expect(scans.toSorted()).toEqual(['2026-11-21', '2026-11-22']);
    expect(await taken()).toBe(0);
  });

  it('tell nothing where a newer version wrote some of the rows: the lease stays', async () => {
    const { dying, charged, sweep, leases, time } = makeWorld({
      wrapStore: (store) => ({
        ...store,
        async *scanDay(day, only) {
          yield* store.scanDay(day, only);
          throw new NewerVersion('a row');
        },
      }),
    });
    const { charge } = await hold(dying);
    await charged(charge.lease, 1);
    time.now = SETTLED;
    await expect(sweep()).rejects.toThrow(NewerVersion);
    expect(await leases()).toHaveLength(1);
  });
});

describe('at the same time as others', () => {
  it('two sweeps give back what each lease has left once, and take a claim over once', async () => {
    const { dying, quotaOf, charged, claimed, read, sweep, leases, taken, time } = makeWorld();
    for (const recipients of [3, 4]) {
      const { charge } = await hold(quotaOf(`dead ${recipients}`), { recipients });
      await charged(charge.lease, recipients - 1);
    }
    const { charge } = await hold(dying, { recipients: 2, external: 1 });
    const { id } = await claimed(charge.lease);
    time.now = NOON + 17 * MINUTE;
    const [one, other] = await Promise.all([sweep(), sweep()]);
    // Each may think that it did it: what is gone tells not who closed it.
    expect(one + other).toBeGreaterThanOrEqual(2);
    expect((await leases()).map((lease) => lease.id)).toEqual([charge.lease]);
    expect((await read(id)).unknownSpends).toBe(2);
    await Promise.all([sweep(), sweep()]);
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(2 + 3 + 2);
  });

  it('the sweep goes on after conflicts, and leaves what is left to the next sweep', async () => {
    const { dying, sweep, leases, failNext, time } = makeWorld();
    await hold(dying);
    time.now = SETTLED;
    for (let n = 0; n < 6; n++) failNext('write', 'conflict');
    expect(await sweep()).toBe(0);
    expect(await leases()).toHaveLength(1);
    expect(await sweep()).toBe(1);
  });

  it('and its owner, who is only late, the lease is closed once', async () => {
    const { dying, charged, sweep, leases, taken, tend, time } = makeWorld();
    const { charge } = await spend(dying, { recipients: 6 });
    await charged(charge.lease, 6);
    time.now = SETTLED;
    await Promise.all([sweep(), tend(), dying.close()]);
    expect(await leases()).toEqual([]);
    expect(await taken()).toBe(6);
  });
});

describe('an owner that lives after all', () => {
  it('does no harm with an outcome that comes late: it merges what was accepted, and gives nothing back', async () => {
    const world = makeWorld();
    const { dying, claimed, read, store, recorder, sweep, taken, tend, time } = world;
    const reservation = await hold(dying, { recipients: 2, external: 1 });
    const row = await claimed(reservation.charge.lease);
    const writer = makeReplacer(store, row, (await store.readDelivery(row.id, 0))!.etag);
    time.now = NOON + 17 * MINUTE;
    await sweep();
    expect(await sweep()).toBe(1);
    expect(await taken()).toBe(2);
    const note = { text: '250 2.1.5', cause: null, remedy: null };
    const retry = { text: '451 4.7.500', cause: 'busy', remedy: 'wait' };
    const fates: Fates = new Map([
      [0, { kind: 'accepted', note }],
      [1, { kind: 'retry', note: retry }],
    ]);
    const spent = await recorder.record(row, row.claim!, fates, writer);
    expect(spent).toEqual({ recipients: 2, external: 1 });
    reservation.settle(spent!);
    await tend();
    await dying.close();
    expect([await taken(), await taken('external')]).toEqual([2, 1]);
    expect((await read(row.id)).recipients.map(({ status }) => status)).toEqual(['accepted', 'unknown']);
    // What it takes from now on is its own again.
    await spend(dying, { recipients: 3 });
    await dying.close();
    expect(await taken()).toBe(5);
  });

  it('does no harm with a reservation that it gives back when the lease is gone', async () => {
    const { dying, sweep, taken, tend, time } = makeWorld();
    const reservation = await hold(dying, { recipients: 2 });
    time.now = SETTLED;
    expect(await sweep()).toBe(1);
    reservation.settle({ recipients: 0, external: 0 });
    await tend();
    await dying.close();
    expect(await taken()).toBe(0);
  });
});

const REQUEST_OF_ALL = {
  recipients: 900,
  external: 0,
  account: 'hve@contoso.com',
  app: 'payroll',
  priority: 'normal',
} as const;
