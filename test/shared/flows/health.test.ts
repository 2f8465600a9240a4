import { describe, expect, it } from 'vitest';
import type { TransportFailure } from '../../../shared/core/reply.ts';
import { parseReply } from '../../../shared/core/parseReply.ts';
import type { Standing } from '../../../shared/core/records.ts';
import { makeCredentials } from '../../../shared/flows/credentials.ts';
import { makeLogIn } from '../../../shared/flows/logIn.ts';
import { makeReadHealth } from '../../../shared/flows/health.ts';
import type { MailTransport, SecretRead } from '../../../shared/ports.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { NOON } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const ACCOUNTS = [
  { address: 'hve@contoso.com', auth: 'password', secret: 'hve-password' },
  { address: 'payroll@contoso.com', auth: 'password', secret: 'payroll-password' },
] as const;

interface Answers {
  readonly secrets?: Readonly<Record<string, SecretRead>>;
  readonly logins?: Readonly<Record<string, TransportFailure>>;
  readonly storageIsDown?: boolean;
}

/** Health over the real tables; Key Vault and SMTP answer as the test says. */
function makeWorld({ secrets = {}, logins = {}, storageIsDown = false }: Answers = {}) {
  const flows = makeStoredFlows();
  const down = async (): Promise<never> =>
    Promise.reject(new Unavailable('table accounts', new Error('503')));
  const credentials = makeCredentials({
    secrets: { read: async (name) => secrets[name] ?? { ok: true, value: `pw of ${name}`, version: '1' } },
    tokens: null,
    tokenSecret: null,
    accounts: ACCOUNTS,
    ttlMs: MINUTE,
    monotonicNow: flows.clock.monotonic,
  });
  const asked: string[] = [];
  const transport: MailTransport = {
    send: async () => Promise.reject(new Error('health sends nothing')),
    async verify(account, credential) {
      asked.push(`${account} ${credential.kind === 'password' ? credential.password : ''}`);
      return logins[account] ?? null;
    },
    setConnections: () => undefined,
    close: async () => undefined,
  };
  const readHealth = makeReadHealth({
    ...flows,
    standings: storageIsDown ? { ...flows.standings, readAll: down } : flows.standings,
    logIn: makeLogIn({ credentials, transport }),
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
  it('logs in with every account', async () => {
    const { statuses, asked } = makeWorld();
    expect(await statuses(true)).toEqual([
      'ok',
      {
        ...GOOD,
        'keyVault hve-password': 'ok',
        'smtp hve@contoso.com': 'ok',
        'keyVault payroll-password': 'ok',
        'smtp payroll@contoso.com': 'ok',
      },
    ]);
    expect(asked.toSorted()).toEqual([
      'hve@contoso.com pw of hve-password',
      'payroll@contoso.com pw of payroll-password',
    ]);
  });

  it('is failing with Key Vault’s cause and remedy, without a login', async () => {
    const failure = {
      kind: 'forbidden' as const,
      cause: 'no role',
      remedy: 'give it one',
      retryAfterMs: null,
    };
    const { readHealth, asked } = makeWorld({ secrets: { 'hve-password': { ok: false, failure } } });
    const { status, checks } = await readHealth(true);
    expect(status).toBe('failing');
    expect(checks).toContainEqual({
      name: 'keyVault hve-password',
      status: 'failing',
      cause: 'no role',
      remedy: 'give it one',
    });
    expect(asked.map((one) => one.split(' ')[0])).toEqual(['payroll@contoso.com']);
  });

  it('is failing with what the server said, and what to do about it', async () => {
    const text = '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.';
    const refused = { stage: 'auth' as const, reply: parseReply(text), error: 'refused', givenUp: false };
    const unreachable = { stage: 'connect' as const, reply: null, error: 'ECONNREFUSED', givenUp: false };
    const { readHealth } = makeWorld({
      logins: { 'hve@contoso.com': refused, 'payroll@contoso.com': unreachable },
    });
    const { checks } = await readHealth(true);
    expect(checks.filter((check) => check.status === 'failing')).toEqual([
      {
        name: 'smtp hve@contoso.com',
        status: 'failing',
        cause: `auth: ${text}`,
        remedy: expect.stringContaining('secret in Key Vault'),
      },
      {
        name: 'smtp payroll@contoso.com',
        status: 'failing',
        cause: 'connect: ECONNREFUSED',
        remedy: expect.stringContaining('HVE_SMTP_HOST'),
      },
    ]);
  });
});
