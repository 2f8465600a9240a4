import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextDay } from '../../../shared/core/calendarDay.ts';
import { makeMessageId, utcDay } from '../../../shared/core/messageId.ts';
import { makeCloseDay } from '../../../shared/flows/closeDay.ts';
import type { Ports } from '../../../shared/ports.ts';
import { sampleRecipient } from '../../contracts/sampleMessages.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { Crash, startNeighbours } from './mailerHarness.ts';
import { NO_LIMITS, granted, makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);
const REQUEST = {
  recipients: 1,
  external: 0,
  account: 'hve@contoso.com',
  app: 'payroll',
  priority: 'normal',
} as const;

/** Per million accepted. */
const PRICE_USD = 42;

/** A flow over stored rows; each charge is taken of the ledger too, as an attempt does. */
function makeWorld(timeZone = 'UTC') {
  const flows = makeStoredFlows({ limits: { ...NO_LIMITS, tenant: 1000 }, timeZone });
  const closeDay = makeCloseDay({ ...flows, pricePerMillionUsd: PRICE_USD });
  return {
    ...flows,
    closeDay,
    /** A message accepted then, to `count` recipients who accepted at once. */
    async sent(acceptedAt: number, count: number, spentAt = acceptedAt): Promise<void> {
      flows.time.now = spentAt;
      const charge = await flows.use({ recipients: count });
      const id = makeMessageId(acceptedAt, Uint8Array.from([count, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
      await flows.days.touch(utcDay(acceptedAt), spentAt);
      await flows.stored({
        id,
        status: 'sent',
        createdAt: acceptedAt,
        charges: [charge],
        recipients: Array.from({ length: count }, (_, n) =>
          sampleRecipient(`r${n}@x`, { status: 'accepted', at: spentAt }),
        ),
      });
    },
    /** The days that are closed then, with the tenant's part of their reports. */
    async close(now: number) {
      flows.time.now = now;
      const reports = await closeDay();
      return Object.fromEntries(
        reports.map((report) => [report.day, report.scopes.find(({ scope }) => scope === 'tenant')!]),
      );
    },
    warnings: () => flows.lines.filter((line) => line.startsWith('warn')),
  };
}

describe('a day', () => {
  it('is closed once every claim of it can have ended, and not before', async () => {
    const world = makeWorld();
    await world.sent(at('2026-11-24T23:59:00Z'), 3);
    const midnight = at('2026-11-25T00:00:00Z');
    expect(await world.close(midnight + 19 * MINUTE - 1)).toEqual({});
    expect(await world.close(midnight + 19 * MINUTE)).toMatchObject({
      '2026-11-24': { recipients: 3, ledger: 3 },
    });
    expect(world.warnings()).toEqual([]);
  });

  it('without mail is closed as zero, and each day that was missed is made up for', async () => {
    const world = makeWorld();
    await world.sent(at('2026-11-20T12:00:00Z'), 2);
    const closed = await world.close(at('2026-11-24T12:00:00Z'));
    expect(Object.keys(closed).toSorted()).toEqual(['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23']);
    expect(closed['2026-11-22']).toMatchObject({ recipients: 0, limit: 1000 });
    expect(closed['2026-11-20']).toMatchObject({ recipients: 2 });
    expect(await world.days.readReport('2026-11-22')).toMatchObject({
      messages: 0,
      accepted: 0,
      timeZone: 'UTC',
    });
    expect(await world.close(at('2026-11-24T13:00:00Z'))).toEqual({});
  });

  it('before the first message is none', async () => {
    const world = makeWorld();
    expect(await world.close(at('2026-11-24T12:00:00Z'))).toEqual({});
    await world.sent(at('2026-11-24T12:00:00Z'), 1);
    expect(await world.close(at('2026-11-24T13:00:00Z'))).toEqual({});
  });

  it('has what was spent in it of messages that were accepted long before', async () => {
    const world = makeWorld();
    await world.sent(at('2026-11-20T12:00:00Z'), 2, at('2026-11-23T12:00:00Z'));
    const closed = await world.close(at('2026-11-24T12:00:00Z'));
    expect(closed['2026-11-23']).toMatchObject({ recipients: 2, ledger: 2 });
    expect(closed['2026-11-20']).toMatchObject({ recipients: 0 });
    expect(await world.days.readReport('2026-11-23')).toMatchObject({ messages: 0, accepted: 2 });
    expect(world.warnings()).toEqual([]);
  });

  it('is that of the zone: from its midnight to its midnight', async () => {
    const world = makeWorld('Asia/Kolkata');
    // Midnight there is 18:30 here.
    await world.sent(at('2026-11-23T18:29:00Z'), 1);
    await world.sent(at('2026-11-23T18:31:00Z'), 2);
    await world.sent(at('2026-11-24T18:29:00Z'), 4);
    await world.sent(at('2026-11-24T18:31:00Z'), 8);
    const closed = await world.close(at('2026-11-24T18:30:00Z') + 19 * MINUTE);
    expect(closed['2026-11-24']).toMatchObject({ recipients: 6, ledger: 6 });
    expect(closed['2026-11-23']).toMatchObject({ recipients: 1, ledger: 1 });
    expect(closed['2026-11-25']).toBeUndefined();
    expect((await world.days.readReport('2026-11-24'))!.timeZone).toBe('Asia/Kolkata');
    expect(world.warnings()).toEqual([]);
  });

  it('has what was rejected in it, which touched no day, on either UTC day that it lies in', async () => {
    const world = makeWorld('Asia/Kolkata');
    await world.sent(at('2026-11-22T12:00:00Z'), 1);
    for (const instant of ['2026-11-23T19:00:00Z', '2026-11-24T10:00:00Z']) {
      const id = makeMessageId(at(instant), new Uint8Array(10));
      await world.stored({ id, status: 'rejected', createdAt: at(instant), recipients: [] });
    }
    await world.close(at('2026-11-25T12:00:00Z'));
    expect(await world.days.readReport('2026-11-24')).toMatchObject({
      messages: 2,
      byStatus: { rejected: 2 },
    });
  });

  it.each([
    ['2026-03-29', 23, '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['2026-10-25', 25, '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
  ])('%s in Berlin has its %i hours', async (day, hours, begins, ends) => {
    const world = makeWorld('Europe/Berlin');
    await world.sent(at(begins) - MINUTE, 8);
    await world.sent(at(begins), 1);
    await world.sent(at(ends) - MINUTE, 2);
    await world.sent(at(ends), 4);
    const closed = await world.close(at(ends) + 12 * HOUR);
    const byHour = [1, ...Array<number>(hours - 2).fill(0), 2];
    expect(closed[day]).toMatchObject({ recipients: 3, ledger: 3, byHour });
    expect(world.warnings()).toEqual([]);
  });

  it('keeps its curve, and what was accepted costs', async () => {
    const world = makeWorld();
    await world.sent(at('2026-11-24T08:10:00Z'), 1);
    await world.sent(at('2026-11-24T08:50:00Z'), 2);
    await world.sent(at('2026-11-24T09:00:00Z'), 4);
    await world.close(at('2026-11-25T12:00:00Z'));
    const report = (await world.days.readReport('2026-11-24'))!;
    const curve = [...Array<number>(8).fill(0), 3, 4, ...Array<number>(14).fill(0)];
    expect(report.scopes.map(({ scope, byHour }) => [scope, byHour])).toEqual([
      ['tenant', curve],
      ['external', []],
      ['account:hve@contoso.com', curve],
      ['app:payroll', curve],
    ]);
    expect(report).toMatchObject({ accepted: 7, costUsd: 0.000294 });
  });

  it('tells its failures in the log, and neither its scopes nor its apps, of which there may be thousands', async () => {
    const world = makeWorld();
    await world.sent(at('2026-11-24T08:10:00Z'), 1);
    await world.stored({
      status: 'failed',
      createdAt: at('2026-11-24T08:00:00Z'),
      replies: [{ text: '550 x', cause: 'refused: <ann@contoso.com>', remedy: 'correct the address' }],
      recipients: [
        sampleRecipient('ann@contoso.com', { status: 'failed', at: at('2026-11-24T09:00:00Z'), reply: 0 }),
      ],
    });
    const told: unknown[] = [];
    const closeDay = makeCloseDay({
      ...world,
      pricePerMillionUsd: PRICE_USD,
      log: (level, text, fields) => told.push([level, text, fields]),
    });
    world.time.now = at('2026-11-25T12:00:00Z');
    await closeDay();
    const words = '2026-11-24 is closed: 2 messages, 1 recipients accepted, 1 failed; tenant 1 of 1000';
    expect(told).toContainEqual(['info', words, expect.objectContaining({ failed: 1, accepted: 1 })]);
    const line = told.find((one) => JSON.stringify(one).includes('is closed'));
    expect(JSON.stringify(line)).toContain('refused: <(address)>');
    expect(JSON.stringify(line)).not.toMatch(/ann@|"scopes"|"apps":\[\{/);
  });

  it('whose leases are open is closed at a later hour, once they are closed', async () => {
    const world = makeWorld();
    await world.sent(at('2026-11-24T12:00:00Z'), 3);
    world.time.now = at('2026-11-24T23:58:00Z');
    const slow = world.quotaOf('slow');
    const reservation = granted(await slow.reserve(REQUEST));
    expect(await world.close(at('2026-11-25T01:07:00Z'))).toEqual({});
    expect(world.warnings()).toEqual([
      'warn 2026-11-24 has ended, but leases of its hours are still open: it is closed at a later hour',
    ]);
    expect(await world.days.readReport('2026-11-24')).toBeNull();
    reservation.settle({ recipients: 0, external: 0 });
    await slow.close();
    // A lease of the next day is none of it.
    await world.quotaOf('early').reserve(REQUEST);
    expect(await world.close(at('2026-11-25T02:07:00Z'))).toMatchObject({
      '2026-11-24': { recipients: 3, ledger: 3 },
    });
    expect(world.warnings()).toHaveLength(1);
  });

  it('is closed with a warning for each scope in which the record and the ledger differ', async () => {
    const world = makeWorld();
    await world.sent(at('2026-11-24T12:00:00Z'), 3);
    await world.use({ recipients: 2, app: 'lost' });
    expect(await world.close(at('2026-11-25T12:00:00Z'))).toMatchObject({
      '2026-11-24': { recipients: 3, ledger: 5 },
    });
    expect(world.warnings()).toEqual([
      'warn 2026-11-24, tenant: the record has 3 recipients, the ledger 5',
      'warn 2026-11-24, account:hve@contoso.com: the record has 3 recipients, the ledger 5',
      'warn 2026-11-24, app:lost: the record has 0 recipients, the ledger 2',
    ]);
  });

  it('has more on record than was taken: a defect, unless it is the claim of an instance that stood still', async () => {
    const defects = async (unknownSpends: number) => {
      const world = makeWorld();
      await world.sent(at('2026-11-24T12:00:00Z'), 3);
      // A claim that landed after its lease was closed; nothing was sent for it, and nobody lived to say so.
      const charge = {
        lease: `${at('2026-11-24T12:00:00Z')}-late`,
        account: REQUEST.account,
        recipients: 2,
        external: 0,
      };
      await world.stored({ status: 'held', charges: [charge], unknownSpends });
      expect(await world.close(at('2026-11-25T12:00:00Z'))).toMatchObject({
        '2026-11-24': { recipients: 5, ledger: 3, unknownSpends },
      });
      expect(world.warnings()[0]).toBe(
        `warn 2026-11-24, tenant: the record has 5 recipients, the ledger 3, with up to ${unknownSpends} of unknown outcome`,
      );
      return world.lines.filter((line) => line.startsWith('error defect: '));
    };
    expect(await defects(2)).toEqual([]);
    expect((await defects(1))[0]).toBe(
      'error defect: 2026-11-24, tenant: the record has 5 recipients, the ledger 3',
    );
  });

  it('is compared as long as the ledger has its hours, 50 hours from its beginning less the margin', async () => {
    const begins = at('2026-11-24T00:00:00Z');
    for (const [closedAt, ledger] of [
      [begins + 50 * HOUR - 2 * MINUTE - 1, 5],
      [begins + 50 * HOUR - 2 * MINUTE, null],
    ] as const) {
      const world = makeWorld();
      await world.sent(begins + MINUTE, 3);
      await world.use({ recipients: 2 });
      expect(await world.close(closedAt)).toMatchObject({ '2026-11-24': { recipients: 3, ledger } });
      expect(world.warnings().length > 0).toBe(ledger !== null);
    }
  });
});

describe('with real mail', () => {
  let neighbours: Neighbours;
  beforeAll(async () => {
    neighbours = await startNeighbours(1);
  });
  afterAll(async () => neighbours.end());

  let prefixes = 0;
  /** A mailer of today and instances of it for which it is tomorrow, on the same tables. */
  async function twoDays(wrap?: (ports: Ports) => Ports) {
    const HVE_TABLE_PREFIX = `closing${++prefixes}x`;
    const today = await neighbours.mailer({ HVE_TABLE_PREFIX }, wrap);
    const tomorrow = async (): Promise<TestMailer> =>
      neighbours.mailer({ HVE_TABLE_PREFIX }, (ports) => ({
        ...ports,
        clock: { ...ports.clock, now: () => ports.clock.now() + DAY },
      }));
    return { today, tomorrow, day: utcDay(today.clock.now()) };
  }
  const send = async (
    mailer: TestMailer,
    to: readonly string[],
    more: Record<string, unknown> = {},
  ): Promise<string> => {
    const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
    await mailer.takeFromOutbox.take(id, { to, subject: 's', text: 't', ...more });
    return id;
  };

  it('a day is counted from the record, equals the ledger, and is closed by one of two instances only', async () => {
    const { today, tomorrow, day } = await twoDays();
    await send(today, ['a@contoso.com', 'b@example.org']);
    await send(today, ['c@contoso.com'], { app: 'crm', from: 'payroll@contoso.com' });
    await send(today, ['d@contoso.com'], { mode: 'capture' });
    await send(today, ['nobody']);
    const instances = [await tomorrow(), await tomorrow()];
    // What today's instance leased is its own until it gives it back.
    expect(await instances[0]!.closeDay()).toEqual([]);
    expect(await today.usage.closedDay(day)).toMatchObject({ isClosed: false, why: 'notEnded' });
    expect(await instances[0]!.usage.closedDay(day)).toMatchObject({ isClosed: false, why: 'leasesOpen' });
    await today.close();
    const closed = (await Promise.all(instances.map(async (instance) => instance.closeDay()))).flat();
    expect(closed).toHaveLength(1);
    expect(closed[0]).toMatchObject({
      day,
      timeZone: 'UTC',
      messages: 4,
      byStatus: { sent: 2, captured: 1, rejected: 1 },
      accepted: 3,
      unknownSpends: 0,
    });
    const scopes = Object.fromEntries(
      closed[0]!.scopes.map(({ scope, limit, recipients, ledger }) => [scope, [limit, recipients, ledger]]),
    );
    expect(scopes).toEqual({
      tenant: [100_000, 3, 3],
      external: [2000, 1, 1],
      'account:hve@contoso.com': [null, 2, 2],
      'account:payroll@contoso.com': [null, 1, 1],
      'app:default': [null, 2, 2],
      'app:crm': [null, 1, 1],
    });
    const lines = instances.flatMap((instance) => instance.lines);
    expect(
      lines.filter((line) => line.startsWith(`info ${day} is closed: 4 messages, 3 recipients`)),
    ).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('warn') && !line.includes('leases of its hours'))).toEqual(
      [],
    );
    expect(await instances[1]!.usage.closedDay(day)).toMatchObject({
      isClosed: true,
      report: { day, messages: 4, accepted: 3 },
    });
    // Nothing had to be reset: the next day's window is empty.
    const usage = await instances[0]!.usage.today();
    expect(usage.window.day).toBe(nextDay(day));
    expect(usage.scopes.find(({ scope }) => scope === 'tenant')!.used).toBe(0);
    expect(await instances[1]!.closeDay()).toEqual([]);
  });

  it('what its instance died with is closed by the sweep, then the day: record and ledger are equal', async () => {
    let dies = false;
    const { today, tomorrow, day } = await twoDays((ports) => ({
      ...ports,
      store: {
        ...ports.store,
        // Behind the reservation, before the claim.
        insert: async (head, deliveries) =>
          dies ? Promise.reject(new Crash()) : ports.store.insert(head, deliveries),
      },
    }));
    await send(today, ['kept@contoso.com']);
    dies = true;
    await expect(send(today, ['lost@contoso.com', 'lost@example.org'])).rejects.toThrow(Crash);
    const later = await tomorrow();
    expect(await later.closeDay()).toEqual([]);
    await later.sweep();
    const [report] = await later.closeDay();
    expect(report!.day).toBe(day);
    expect(report!.scopes.slice(0, 2)).toMatchObject([
      { scope: 'tenant', recipients: 1, ledger: 1 },
      { scope: 'external', recipients: 0, ledger: 0 },
    ]);
    expect(later.lines.filter((line) => line.includes('the ledger'))).toEqual([]);
  });
});
