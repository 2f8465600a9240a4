import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextDay } from '../../../shared/core/calendarDay.ts';
import { chargeOf } from '../../../shared/core/quotaLedger.ts';
import { makeMessageId, utcDay } from '../../../shared/core/messageId.ts';
import { makeCloseDay } from '../../../shared/flows/closeDay.ts';
import type { Ports } from '../../../shared/ports.ts';
import { sampleRecipient } from '../../contracts/sampleMessages.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { Crash, startNeighbours } from './mailerHarness.ts';
import { NO_LIMITS, makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);

/** A flow over stored rows; each charge is taken of the ledger too, as an attempt does. */
function makeWorld(timeZone = 'UTC') {
  const flows = makeStoredFlows({ limits: { ...NO_LIMITS, tenant: 1000 }, timeZone });
  const closeDay = makeCloseDay(flows);
  return {
    ...flows,
    closeDay,
    /** A message accepted then, to `count` recipients who accepted at once. */
    async sent(acceptedAt: number, count: number, spentAt = acceptedAt): Promise<void> {
      flows.time.now = spentAt;
      const request = {
        recipients: count,
        external: 0,
        account: 'hve@contoso.com',
        app: 'payroll',
        priority: 'normal' as const,
      };
      await flows.use(request);
      const id = makeMessageId(acceptedAt, Uint8Array.from([count, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
      await flows.days.touch(utcDay(acceptedAt), spentAt);
      await flows.stored({
        id,
        status: 'sent',
        createdAt: acceptedAt,
        charges: [chargeOf(request, flows.windows(spentAt).hour)],
        recipients: Array.from({ length: count }, (_, n) =>
          sampleRecipient(`r${n}@x`, { status: 'accepted', at: spentAt }),
        ),
      });
    },
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

  it('of 25 hours has them all', async () => {
    const world = makeWorld('Europe/Berlin');
    await world.sent(at('2026-10-24T22:00:00Z'), 1);
    await world.sent(at('2026-10-25T22:59:00Z'), 2);
    await world.sent(at('2026-10-25T23:00:00Z'), 4);
    const closed = await world.close(at('2026-10-26T12:00:00Z'));
    expect(closed['2026-10-25']).toMatchObject({ recipients: 3, ledger: 3 });
  });
});

describe('with real mail', () => {
  let neighbours: Neighbours;
  beforeAll(async () => {
    neighbours = await startNeighbours(100);
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
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([]);
    expect(await today.usage.closedDay(day)).toEqual(closed[0]);
    // Nothing had to be reset: the next day's window is empty.
    const usage = await instances[0]!.ports.quota.usage(at(`${nextDay(day)}T12:00:00Z`));
    expect(usage.find(({ scope }) => scope === 'tenant')!.used).toBe(0);
    expect(await instances[1]!.closeDay()).toEqual([]);
  });

  it('a reservation that its instance died with is a warning', async () => {
    let dies = true;
    const { today, tomorrow, day } = await twoDays((ports) => ({
      ...ports,
      store: {
        ...ports.store,
        // Behind the reservation, before the claim.
        insert: async (head, deliveries) =>
          dies ? Promise.reject(new Crash()) : ports.store.insert(head, deliveries),
      },
    }));
    await expect(send(today, ['lost@contoso.com', 'lost@example.org'])).rejects.toThrow(Crash);
    dies = false;
    await send(today, ['kept@contoso.com']);
    const later = await tomorrow();
    const [report] = await later.closeDay();
    expect(report!.scopes.find(({ scope }) => scope === 'tenant')).toMatchObject({
      recipients: 1,
      ledger: 3,
    });
    expect(later.lines).toContain(`warn ${day}, tenant: the record has 1 recipients, the ledger 3`);
    expect(later.lines).toContain(`warn ${day}, external: the record has 0 recipients, the ledger 1`);
  });
});
