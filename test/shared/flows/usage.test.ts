import { describe, expect, it } from 'vitest';
import { addDays, makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import type { DayReport } from '../../../shared/core/records.ts';
import { makeWindows } from '../../../shared/core/window.ts';
import { makeCloseDay } from '../../../shared/flows/closeDay.ts';
import { makeUsageReader } from '../../../shared/flows/usage.ts';
import { NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { NO_LIMITS, granted, makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = '2026-11-24';
const at = (text: string): number => Date.parse(text);

function makeWorld(limits: Partial<ScopeLimits> = {}, timeZone = 'UTC', pricePerMillionUsd = 0) {
  const flows = makeStoredFlows({ limits: { ...NO_LIMITS, ...limits }, timeZone });
  const reader = makeUsageReader({ ...flows, pricePerMillionUsd });
  return {
    ...flows,
    reader,
    async scope(name: string) {
      const { scopes } = await reader.today();
      return scopes.find((one) => one.scope === name)!;
    },
  };
}

describe('the usage of today', () => {
  it('has the window, and each scope with what is used, left, waiting, and by hour', async () => {
    const { use, reader, parked, time } = makeWorld({ tenant: 100, external: 10 });
    time.now = NOON - 10 * HOUR;
    await use({ recipients: 5, external: 2 });
    time.now = NOON + 30 * MINUTE;
    await use({ recipients: 3, app: 'crm' });
    const out = sampleRecipient('x@y.z', { kind: 'external' });
    await parked('quota:tenant', { recipients: [sampleRecipient('a@b.c'), out] });
    await parked('quota:external', { recipients: [sampleRecipient('a@b.c'), out, out] });
    const usage = await reader.today();
    expect(usage.window).toEqual({
      kind: 'calendar',
      day: '2026-11-24',
      timeZone: 'UTC',
      startsAt: '2026-11-24T00:00:00.000Z',
      endsAt: '2026-11-25T00:00:00.000Z',
    });
    const byHour = [0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];
    expect(usage.scopes.slice(0, 2)).toMatchObject([
      { scope: 'tenant', limit: 100, used: 8, leased: 0, remaining: 92, waiting: 2, byHour },
      { scope: 'external', limit: 10, used: 2, remaining: 8, waiting: 2 },
    ]);
    expect(usage.scopes.map(({ scope, used, limit }) => [scope, used, limit]).slice(2)).toEqual([
      ['account:hve@contoso.com', 8, null],
      ['app:crm', 3, null],
      ['app:payroll', 5, null],
    ]);
    expect(Object.keys(usage.scopes[0]!)).toEqual([
      'scope',
      'limit',
      'used',
      'leased',
      'remaining',
      'waiting',
      'byHour',
      'forecast',
    ]);
    expect(Object.keys(usage)).toEqual(['window', 'scopes', 'cost']);
  });

  it('has a scope without a limit without rest and forecast', async () => {
    const { use, scope } = makeWorld();
    await use({ recipients: 5 });
    expect(await scope('tenant')).toMatchObject({
      limit: null,
      remaining: null,
      forecast: { reachedAt: null },
    });
  });

  it('never has less than nothing left, though the limit was lowered', async () => {
    let tenant = 100;
    const flows = makeStoredFlows({
      limits: {
        ...NO_LIMITS,
        get tenant() {
          return tenant;
        },
      },
    });
    await flows.use({ recipients: 50 });
    tenant = 20;
    const { scopes } = await makeUsageReader({ ...flows, pricePerMillionUsd: 0 }).today();
    expect(scopes[0]).toMatchObject({ scope: 'tenant', limit: 20, used: 50, remaining: 0 });
  });

  it('begins the day in the zone of the window', async () => {
    const { use, reader, time } = makeWorld({}, 'Asia/Kolkata');
    // 24 November, 23:45 and 25 November, 00:15 there.
    time.now = Date.parse('2026-11-24T18:15:00Z');
    await use({ recipients: 7 });
    time.now = Date.parse('2026-11-24T18:45:00Z');
    await use({ recipients: 2 });
    const { window, scopes } = await reader.today();
    expect(window).toMatchObject({
      day: '2026-11-25',
      startsAt: '2026-11-24T18:30:00.000Z',
      endsAt: '2026-11-25T18:30:00.000Z',
    });
    expect(scopes[0]).toMatchObject({ scope: 'tenant', used: 2, byHour: [2] });
  });

  it('costs what the profile says', async () => {
    const { use, reader } = makeWorld({}, 'UTC', 42);
    await use({ recipients: 50_000 });
    expect((await reader.today()).cost).toEqual({ currency: 'USD', amount: 2.1 });
  });

  it('is read for each who asks, and once for many who ask at the same time', async () => {
    const { use, reader, scope } = makeWorld();
    const [one, other] = await Promise.all([reader.today(), reader.today()]);
    expect(one).toBe(other);
    await use({ recipients: 1 });
    expect((await scope('tenant')).used).toBe(1);
  });

  it('has what another instance spends as soon as its lease’s row says so; what it has left is leased', async () => {
    const { quotaOf, scope, tend } = makeWorld({ tenant: 1000 });
    const request = {
      recipients: 4,
      external: 0,
      account: 'hve@contoso.com',
      app: 'payroll',
      priority: 'normal',
    } as const;
    const other = quotaOf('other');
    granted(await other.reserve(request)).settle(request);
    const before = await scope('tenant');
    granted(await other.reserve({ ...request, recipients: 2 }));
    await tend();
    const after = await scope('tenant');
    expect([before.used, after.used]).toEqual([4, 6]);
    for (const { used, leased, remaining } of [before, after]) expect(used + leased + remaining!).toBe(1000);
  });

  it('in a rolling window has its 26 hours, those of yesterday too, which together are what was used', async () => {
    const flows = makeStoredFlows({ limits: { ...NO_LIMITS, tenant: 100 } });
    const windows = makeWindows('rolling', flows.calendar);
    const quota = flows.quotaOf('rolling', { windows });
    const reader = makeUsageReader({ ...flows, quota, windows, pricePerMillionUsd: 0 });
    for (const [hoursAgo, recipients] of [
      [26, 32],
      [25, 1],
      [13, 2],
      [0, 4],
    ] as const) {
      flows.time.now = NOON - hoursAgo * HOUR;
      await flows.use({ recipients });
    }
    const { window, scopes } = await reader.today();
    expect(window).toEqual({
      kind: 'rolling',
      day: DAY,
      timeZone: 'UTC',
      startsAt: '2026-11-23T11:00:00.000Z',
      endsAt: '2026-11-24T13:00:00.000Z',
    });
    const byHour = [1, ...Array<number>(11).fill(0), 2, ...Array<number>(12).fill(0), 4];
    expect(byHour).toHaveLength(26);
    expect(scopes[0]).toMatchObject({ scope: 'tenant', used: 7, remaining: 93, byHour });
  });

  it('has a place for what was taken in the hours of another zone', async () => {
    const world = makeWorld({ tenant: 100 });
    // In Kolkata an hour begins at half past.
    const windows = makeWindows('calendar', makeCalendar('Asia/Kolkata'));
    for (const instant of ['2026-11-23T23:50:00Z', '2026-11-24T08:10:00Z', '2026-11-24T12:40:00Z']) {
      world.time.now = at(instant);
      const other = world.quotaOf('there', { windows });
      const request = { recipients: 3, external: 0, account: 'a@b.c', app: 'x', priority: 'normal' } as const;
      granted(await other.reserve(request)).settle(request);
      await other.close();
    }
    const { used, byHour } = await world.scope('tenant');
    expect(used).toBe(9);
    expect(byHour).toEqual([3, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3]);
  });

  it('is read anew after a failure', async () => {
    const flows = makeStoredFlows();
    let fails = true;
    const quota = {
      ...flows.quota,
      usage: async () => (fails ? Promise.reject(new Error('503')) : flows.quota.usage()),
    };
    const reader = makeUsageReader({ ...flows, quota, pricePerMillionUsd: 0 });
    await expect(reader.today()).rejects.toThrow('503');
    fails = false;
    expect((await reader.today()).window.day).toBe(DAY);
  });
});

describe('the forecast', () => {
  it('without a closed day goes on as in the current hour and the one before', async () => {
    const { use, scope, time } = makeWorld({ tenant: 100 });
    time.now = NOON - 5 * HOUR;
    await use({ recipients: 40 });
    time.now = NOON - 30 * MINUTE;
    await use({ recipients: 20 });
    time.now = NOON + 30 * MINUTE;
    await use({ recipients: 10 });
    // 30 in an hour and a half, and 30 are left.
    expect((await scope('tenant')).forecast.reachedAt).toBe('2026-11-24T14:00:00.000Z');
  });

  it('counts what waits', async () => {
    const { use, scope, time, parked } = makeWorld({ tenant: 100 });
    time.now = NOON + 30 * MINUTE;
    await use({ recipients: 30 });
    await parked('quota:tenant', { recipients: [sampleRecipient('a@b.c'), sampleRecipient('c@b.c')] });
    // 30 in an hour and a half, 68 are left.
    expect((await scope('tenant')).forecast.reachedAt).toBe('2026-11-24T15:54:00.000Z');
    await parked('quota:tenant', {
      recipients: Array.from({ length: 68 }, (_, n) => sampleRecipient(`r${n}@b.c`)),
    });
    time.now += 15_001;
    expect((await scope('tenant')).forecast.reachedAt).toBe(new Date(time.now).toISOString());
  });

  it('goes by the curves of the closed days of each scope, and not by those of another zone or the first version', async () => {
    const { use, scope, time, days } = makeWorld({ tenant: 1000, app: () => 1000 });
    const evening = [...Array<number>(18).fill(0), 800, ...Array<number>(5).fill(0)];
    const [yesterday, old, elsewhere] = [-1, -2, -3].map((back) => addDays(DAY, back));
    await days.insertReport(reportOf(yesterday!, { tenant: evening, 'app:crm': evening.toReversed() }));
    const morning = { tenant: [...Array<number>(13).fill(0), 5000] };
    const { scopes, ...without } = reportOf(old!, morning);
    await days.insertReport({ ...without, scopes: scopes.map(({ byHour: _none, ...rest }) => rest) });
    await days.insertReport({ ...reportOf(elsewhere!, morning), timeZone: 'Asia/Kolkata' });
    time.now = NOON;
    await use({ recipients: 600, app: 'crm' });
    // Level (600 + 80) / 80.
    expect(Date.parse((await scope('tenant')).forecast.reachedAt!)).toBe(
      at('2026-11-24T18:00:00Z') + Math.ceil((400 / (800 * 8.5)) * HOUR),
    );
    // The crm's day is over at half past five in the morning, as a rule.
    expect((await scope('app:crm')).forecast.reachedAt).toBeNull();
  });

  it('remembers the closed days for ten minutes', async () => {
    const { scope, time, days, use } = makeWorld({ tenant: 1000 });
    time.now = NOON;
    await use({ recipients: 1 });
    expect((await scope('tenant')).forecast.reachedAt).toBeNull();
    const evening = [...Array<number>(18).fill(0), 5000];
    await days.insertReport(reportOf(addDays(DAY, -1), { tenant: evening }));
    time.now += 10 * MINUTE;
    expect((await scope('tenant')).forecast.reachedAt).toBeNull();
    time.now += 1;
    expect((await scope('tenant')).forecast.reachedAt).toMatch(/^2026-11-24T18:/);
  });

  it('of a limit that is reached is now', async () => {
    const { use, scope } = makeWorld({ tenant: 10 });
    await use({ recipients: 10 });
    expect((await scope('tenant')).forecast.reachedAt).toBe(new Date(NOON).toISOString());
  });
});

describe('a closed day', () => {
  it('is its report, with what the accepted cost', async () => {
    const { reader, days } = makeWorld({}, 'UTC', 42);
    const curve = [0, 7];
    await days.insertReport({ ...reportOf(DAY, { tenant: curve }), accepted: 6, costUsd: 0.5 });
    const [yesterday, before] = [addDays(DAY, -1), addDays(DAY, -2)];
    const { costUsd: _later, ...old } = reportOf(yesterday, { tenant: curve });
    await days.insertReport({ ...old, accepted: 1_000_000 });
    expect(await reader.closedDay(DAY)).toEqual({
      isClosed: true,
      report: {
        day: DAY,
        timeZone: 'UTC',
        closedAt: '2026-11-24T12:00:00.000Z',
        messages: 3,
        byStatus: { sent: 3 },
        accepted: 6,
        unknownSpends: 1,
        scopes: [{ scope: 'tenant', limit: 100, used: 7, ledger: 7, byHour: curve }],
        cost: { currency: 'USD', amount: 0.5 },
        // Not noted in this one, as in those of earlier versions.
        failed: null,
        unknown: null,
        held: null,
        failures: null,
        apps: null,
      },
    });
    // The first version noted no price: today's.
    expect(await reader.closedDay(yesterday)).toMatchObject({ report: { cost: { amount: 42 } } });
    expect(await reader.closedDay(before)).toMatchObject({ isClosed: false });
  });

  it('that is not closed says why', async () => {
    const { reader, days, time, quotaOf, ...flows } = makeWorld();
    const why = async (day: string): Promise<string> => {
      const found = await reader.closedDay(day);
      return found.isClosed ? 'closed' : found.why;
    };
    time.now = NOON;
    expect(await why('2026-11-23')).toBe('noRecord');
    await days.touch(DAY, NOON);
    const slow = quotaOf('slow');
    const request = {
      recipients: 1,
      external: 0,
      account: 'hve@contoso.com',
      app: 'payroll',
      priority: 'normal',
    } as const;
    granted(await slow.reserve(request)).settle({ recipients: 0, external: 0 });
    expect([await why('2026-11-23'), await why(DAY), await why('2026-11-25')]).toEqual([
      'noRecord',
      'notEnded',
      'notEnded',
    ]);
    const midnight = at('2026-11-25T00:00:00Z');
    time.now = midnight;
    expect(await reader.closedDay(DAY)).toEqual({
      isClosed: false,
      why: 'claimsOpen',
      closableFrom: midnight + 19 * MINUTE,
    });
    time.now = midnight + 19 * MINUTE;
    expect(await why(DAY)).toBe('leasesOpen');
    await slow.close();
    expect(await why(DAY)).toBe('due');
    // It was never closed for two weeks: nobody looks there any more.
    time.now = at('2026-12-08T12:00:00Z');
    expect(await why(DAY)).toBe('due');
    time.now = at('2026-12-09T12:00:00Z');
    expect(await why(DAY)).toBe('noRecord');
    const closeDay = makeCloseDay({ ...flows, days, pricePerMillionUsd: 0 });
    const closed = await closeDay();
    expect(closed.map(({ day }) => day).toSorted()[0]).toBe('2026-11-25');
    expect(await why('2026-11-25')).toBe('closed');
  });
});

describe('the history', () => {
  it('has the closed ones of the last days, the newest first, and none that is older', async () => {
    const { reader, days } = makeWorld();
    for (const back of [1, 2, 4, 30, 31]) {
      await days.insertReport(reportOf(addDays(DAY, -back), { tenant: [back], external: [] }));
    }
    const daysOf = async (count: number, below: string | null = null): Promise<string[]> =>
      (await reader.history(count, below)).items.map(({ day }) => day);
    expect(await daysOf(30)).toEqual(['2026-11-23', '2026-11-22', '2026-11-20', '2026-10-25']);
    expect(await daysOf(31)).toHaveLength(5);
    expect(await daysOf(2)).toEqual(['2026-11-23', '2026-11-22']);
    expect(await daysOf(30, '2026-11-22')).toEqual(['2026-11-20', '2026-10-25']);
    expect(await daysOf(30, '2030-01-01')).toHaveLength(4);
    expect(await daysOf(30, '2020-01-01')).toEqual([]);
    const { items, cursor } = await reader.history(1, null);
    expect(cursor).toBeUndefined();
    expect(items).toEqual([
      {
        day: '2026-11-23',
        timeZone: 'UTC',
        closedAt: '2026-11-24T12:00:00.000Z',
        messages: 3,
        accepted: 2,
        unknownSpends: 1,
        scopes: [
          { scope: 'tenant', limit: 100, used: 1 },
          { scope: 'external', limit: 100, used: 0 },
        ],
        cost: { currency: 'USD', amount: 0 },
      },
    ]);
  });

  it('of thousands of apps goes on from page to page, each day once', async () => {
    const { reader, days } = makeWorld();
    const many = Object.fromEntries(Array.from({ length: 4000 }, (_, n) => [`app:application-${n}`, [1]]));
    const all = [1, 2, 3, 4, 5].map((back) => addDays(DAY, -back));
    for (const day of all) await days.insertReport(reportOf(day, { tenant: [4000], ...many }));
    const found: string[][] = [];
    for (let cursor: string | null = null; found.length < 10;) {
      const page = await reader.history(400, cursor);
      found.push(page.items.map(({ day }) => day));
      if (page.cursor === undefined) break;
      ({ cursor } = page);
    }
    expect(found).toEqual([all.slice(0, 2), all.slice(2, 4), all.slice(4)]);
  });
});

function reportOf(day: string, byHour: Readonly<Record<string, readonly number[]>>): DayReport {
  return {
    day,
    timeZone: 'UTC',
    closedAt: NOON,
    messages: 3,
    byStatus: { sent: 3 },
    scopes: Object.entries(byHour).map(([scope, hours]) => {
      const recipients = hours.reduce((sum, n) => sum + n, 0);
      return { scope, limit: 100, recipients, ledger: recipients, byHour: hours };
    }),
    accepted: 2,
    unknownSpends: 1,
    costUsd: 0,
  };
}
