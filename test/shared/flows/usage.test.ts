import { describe, expect, it } from 'vitest';
import type { ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import { makeUsageReader } from '../../../shared/flows/usage.ts';
import { NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { NO_LIMITS, makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function makeWorld(limits: Partial<ScopeLimits> = {}, timeZone = 'UTC', pricePerMillionUsd = 0) {
  const flows = makeStoredFlows({ limits: { ...NO_LIMITS, ...limits }, timeZone });
  const reader = makeUsageReader({ ...flows, timeZone, pricePerMillionUsd });
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
    const { scopes } = await makeUsageReader({ ...flows, timeZone: 'UTC', pricePerMillionUsd: 0 }).today();
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
    expect(window).toMatchObject({ day: '2026-11-25', endsAt: '2026-11-25T18:30:00.000Z' });
    expect(scopes[0]).toMatchObject({ scope: 'tenant', used: 2, byHour: [2] });
  });

  it('costs what the profile says', async () => {
    const { use, reader } = makeWorld({}, 'UTC', 42);
    await use({ recipients: 50_000 });
    expect((await reader.today()).cost).toEqual({ currency: 'USD', amount: 2.1 });
  });

  it('is at most 15 s old, and read once for many who ask', async () => {
    const { use, reader, scope, time } = makeWorld();
    const [one, other] = await Promise.all([reader.today(), reader.today()]);
    expect(one).toBe(other);
    await use({ recipients: 1 });
    time.now += 15_000;
    expect((await scope('tenant')).used).toBe(0);
    time.now += 1;
    expect((await scope('tenant')).used).toBe(1);
  });

  it('is read anew after a failure', async () => {
    const flows = makeStoredFlows();
    let fails = true;
    const quota = {
      ...flows.quota,
      usage: async (now: number) => (fails ? Promise.reject(new Error('503')) : flows.quota.usage(now)),
    };
    const reader = makeUsageReader({ ...flows, quota, timeZone: 'UTC', pricePerMillionUsd: 0 });
    await expect(reader.today()).rejects.toThrow('503');
    fails = false;
    expect((await reader.today()).window.day).toBe('2026-11-24');
  });
});

describe('the forecast', () => {
  it('goes on as in the current hour and the one before', async () => {
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

  it('in the first hour of a day knows that hour only', async () => {
    const { use, scope, time } = makeWorld({ tenant: 100 });
    time.now = Date.parse('2026-11-24T00:10:00Z');
    await use({ recipients: 10 });
    expect((await scope('tenant')).forecast.reachedAt).toBe('2026-11-24T01:40:00.000Z');
  });

  it('says nothing where nothing was used lately, or the window turns before', async () => {
    const { use, scope, time } = makeWorld({ tenant: 100, external: 1000 });
    time.now = NOON - 3 * HOUR;
    await use({ recipients: 50 });
    time.now = NOON;
    await use({ recipients: 1, external: 1 });
    time.now = NOON + 30 * MINUTE;
    expect((await scope('external')).forecast.reachedAt).toBeNull();
    time.now = NOON + 3 * HOUR;
    expect((await scope('tenant')).forecast.reachedAt).toBeNull();
  });

  it('of a limit that is reached is now', async () => {
    const { use, scope } = makeWorld({ tenant: 10 });
    await use({ recipients: 10 });
    expect((await scope('tenant')).forecast.reachedAt).toBe(new Date(NOON).toISOString());
  });
});
