import { describe, expect, it } from 'vitest';
import { wellCheck, type HealthCheck } from '../../../shared/core/healthView.ts';
import type { Standing } from '../../../shared/core/records.ts';
import type { DeepHealth } from '../../../shared/flows/deepHealth.ts';
import { makeReadHealth } from '../../../shared/flows/health.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { NOON } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const ACCOUNTS = [{ address: 'hve@contoso.com' }, { address: 'payroll@contoso.com' }] as const;

interface Answers {
  readonly neighbours?: Partial<DeepHealth>;
  readonly storageIsDown?: boolean;
}

/** Health over the real tables; what the neighbours say is the test's. */
function makeWorld({ neighbours = {}, storageIsDown = false }: Answers = {}) {
  const flows = makeStoredFlows();
  const down = async (): Promise<never> =>
    Promise.reject(new Unavailable('table accounts', new Error('503')));
  const asked: string[] = [];
  const readHealth = makeReadHealth({
    ...flows,
    standings: storageIsDown ? { ...flows.standings, readAll: down } : flows.standings,
    async askNeighbours() {
      asked.push('all');
      return { base: [], path: [], outcome: [], isPassable: false, at: NOON, ...neighbours };
    },
    accounts: ACCOUNTS,
  });
  return {
    ...flows,
    asked,
    readHealth,
    async stand(name: string, changes: Partial<Standing>): Promise<void> {
      await flows.standings.replace({ name, trouble: null, pausedByPerson: null, ...changes }, null);
    },
    async statuses(deep = false) {
      const { status, checks } = await readHealth(deep);
      return [status, Object.fromEntries(checks.map((check) => [check.name, check.status]))];
    },
  };
}

const trouble = {
  action: 'pause' as const,
  cause: 'wrong password',
  remedy: 'correct the secret',
  reply: '535 5.7.139 no',
  since: NOON,
  until: NOON + MINUTE,
  stepMs: MINUTE,
};
const GOOD = { configuration: 'ok', storage: 'ok', heartbeat: 'ok' };

describe('health', () => {
  it('is ok where the sweep is alive and nothing is in trouble, and asks nobody', async () => {
    const { days, statuses, asked } = makeWorld();
    await days.beat(NOON - 14 * MINUTE);
    expect(await statuses()).toEqual(['ok', GOOD]);
    expect(asked).toEqual([]);
  });

  it('is degraded where the sweep has not ended well for 15 minutes, and says since when', async () => {
    const { days, readHealth } = makeWorld();
    await days.beat(NOON - 15 * MINUTE);
    const { status, checks } = await readHealth(false);
    expect(status).toBe('degraded');
    expect(checks.find((check) => check.name === 'heartbeat')).toMatchObject({
      status: 'degraded',
      cause: expect.stringContaining('2026-11-24T11:45:00.000Z'),
      remedy: expect.stringContaining('sweep'),
    });
  });

  it('gives a sweep that never ran 15 minutes from the start', async () => {
    const { statuses, time } = makeWorld();
    expect(await statuses()).toEqual(['ok', GOOD]);
    time.now += 15 * MINUTE;
    expect(await statuses()).toEqual(['degraded', { ...GOOD, heartbeat: 'degraded' }]);
  });

  it('is degraded by the trouble of one account, with cause, reply and remedy', async () => {
    const { stand, readHealth } = makeWorld();
    await stand('hve@contoso.com', { trouble });
    await stand('payroll@contoso.com', {});
    const { status, checks } = await readHealth(false);
    expect(status).toBe('degraded');
    expect(checks.slice(3)).toEqual([
      {
        name: 'hve@contoso.com',
        status: 'degraded',
        cause: 'wrong password (535 5.7.139 no)',
        remedy: 'correct the secret',
      },
    ]);
  });

  it('is degraded where all external mail is stopped', async () => {
    const { stand, statuses } = makeWorld();
    await stand('external', { trouble });
    expect(await statuses()).toEqual(['degraded', { ...GOOD, external: 'degraded' }]);
  });

  it('is failing where the tenant, or every account, does not go', async () => {
    const tenant = makeWorld();
    await tenant.stand('tenant', { trouble });
    expect(await tenant.statuses()).toEqual(['failing', { ...GOOD, tenant: 'failing' }]);
    const accounts = makeWorld();
    await accounts.stand('hve@contoso.com', { trouble });
    await accounts.stand('payroll@contoso.com', { pausedByPerson: { since: NOON, reason: 'Sunday' } });
    expect(await accounts.statuses()).toEqual([
      'failing',
      { ...GOOD, 'hve@contoso.com': 'failing', 'payroll@contoso.com': 'failing' },
    ]);
  });

  it('says of a person’s pause why, and that somebody must resume it', async () => {
    const { stand, readHealth } = makeWorld();
    await stand('hve@contoso.com', { trouble, pausedByPerson: { since: NOON, reason: 'an audit' } });
    const { checks } = await readHealth(false);
    expect(checks.at(-1)).toMatchObject({
      status: 'degraded',
      cause: 'paused by a person: an audit',
      remedy: expect.stringContaining('resume'),
    });
  });

  it('is failing where Storage does not answer, and says so instead of throwing', async () => {
    const { readHealth } = makeWorld({ storageIsDown: true });
    const { status, checks } = await readHealth(false);
    expect(status).toBe('failing');
    expect(checks).toEqual([
      { name: 'configuration', status: 'ok', cause: null, remedy: null },
      {
        name: 'storage',
        status: 'failing',
        cause: expect.stringContaining('503'),
        remedy: expect.stringContaining('roles'),
      },
    ]);
  });
});

describe('deep health', () => {
  const failing = (name: string): HealthCheck => ({
    name,
    status: 'failing',
    cause: 'broken',
    remedy: 'mend it',
  });

  it('stands in the order from cause to effect: what is recorded of a trouble comes behind what may cause it', async () => {
    const { readHealth, stand, asked } = makeWorld({
      neighbours: {
        base: [wellCheck('storage queues')],
        path: [wellCheck('keyVault a'), failing('smtp port')],
        outcome: [wellCheck('dead letters')],
      },
    });
    await stand('hve@contoso.com', { trouble });
    const { status, checks, askedAt } = await readHealth(true);
    expect(status).toBe('failing');
    expect(checks.map(({ name }) => name)).toEqual([
      'configuration',
      'storage',
      'heartbeat',
      'storage queues',
      'keyVault a',
      'smtp port',
      'hve@contoso.com',
      'dead letters',
    ]);
    expect(askedAt).toBe(new Date(NOON).toISOString());
    expect(asked).toEqual(['all']);
  });

  it('is failing only where none goes: one account of several that is refused leaves it degraded', async () => {
    const path = [failing('keyVault a'), failing('smtp a'), wellCheck('smtp b')];
    const one = makeWorld({ neighbours: { path, isPassable: true } });
    expect((await one.readHealth(true)).status).toBe('degraded');
    const all = makeWorld({ neighbours: { path: path.slice(0, 2) } });
    expect((await all.readHealth(true)).status).toBe('failing');
    const base = [failing('storage queues')];
    const storage = makeWorld({ neighbours: { base, path, isPassable: true } });
    expect((await storage.readHealth(true)).status).toBe('failing');
  });

  it('asks the neighbours too where the tables do not answer', async () => {
    const { readHealth } = makeWorld({
      storageIsDown: true,
      neighbours: { base: [failing('storage tables')] },
    });
    const { checks } = await readHealth(true);
    expect(checks.filter(({ status }) => status === 'failing').map(({ name }) => name)).toEqual([
      'storage',
      'storage tables',
    ]);
  });
});
