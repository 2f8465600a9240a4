import { describe, expect, it } from 'vitest';
import { BrokenConfiguration, makeApp } from '../../functions/app.ts';
import { makeDeliverItem } from '../../functions/deliverItem.ts';
import { makeGetHealth } from '../../functions/getHealth.ts';
import { makeGetMessage } from '../../functions/getMessage.ts';
import { makeGetOperation } from '../../functions/getOperation.ts';
import { makeGetUsage } from '../../functions/getUsage.ts';
import { makeListMessages } from '../../functions/listMessages.ts';
import { makePostMessage } from '../../functions/postMessage.ts';
import { makeSendMail } from '../../functions/sendMail.ts';
import { makeCloseDayTimer, makeSweepTimer } from '../../functions/timers.ts';
import { parseSettings } from '../../shared/core/settings.ts';
import { Unavailable } from '../../shared/ports.ts';
import { call, makeContext } from './invocation.ts';

const { useMailer: broken } = makeApp<never>({
  readSettings: () => parseSettings({ HVE_TIME_ZONE: 'Mars/Olympus' }),
  loadWire: async () => {
    throw new Error('nothing is loaded for a broken configuration');
  },
  log: () => undefined,
});
const metadata = { id: 'q-1', insertionTime: new Date(), dequeueCount: 1 };

describe('with a broken configuration', () => {
  it.each([
    ['postMessage', makePostMessage(broken), 'POST', '/api/messages'],
    ['getOperation', makeGetOperation(broken), 'GET', '/api/operations/x'],
    ['getMessage', makeGetMessage(broken), 'GET', '/api/messages/x'],
    ['listMessages', makeListMessages(broken), 'GET', '/api/messages'],
    ['getUsage', makeGetUsage(broken), 'GET', '/api/usage'],
  ])(
    '%s answers 503 as a problem, and tells producers nothing of the settings',
    async (_name, handler, method, path) => {
      const answer = await call(handler, {
        method,
        path,
        ...(method === 'POST' && { body: { to: 'a@contoso.com' } }),
      });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
      expect(answer.headers.get('Retry-After')).toBe('30');
      expect(answer.body).toMatchObject({ status: 503, code: 'configuration', errors: [] });
      expect(JSON.stringify(answer.body)).not.toContain('HVE_');
    },
  );

  it('getHealth answers 503 and names every problem with its remedy', async () => {
    const { status, body } = await call(makeGetHealth(broken), { path: '/api/health' });
    expect(status).toBe(503);
    expect(body['status']).toBe('failing');
    const checks = body['checks'] as { name: string; cause: string; remedy: string }[];
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'configuration HVE_TIME_ZONE',
        'configuration HVE_ACCOUNTS',
        'configuration HVE_KEY_VAULT_URI',
      ]),
    );
    expect(checks.find(({ name }) => name.endsWith('HVE_TIME_ZONE'))).toMatchObject({
      status: 'failing',
      cause: expect.stringContaining('Mars/Olympus'),
      remedy: expect.stringContaining('HVE_TIME_ZONE'),
    });
  });

  it('the queue triggers throw, so that the items stay on their queues, and the timers fail', async () => {
    const item = { to: 'a@contoso.com', subject: 's', text: 't' };
    const { context } = makeContext(metadata);
    await expect(makeSendMail(broken)(item, context)).rejects.toThrow(BrokenConfiguration);
    await expect(makeDeliverItem(broken)({ v: 1 }, context)).rejects.toThrow(/HVE_TIME_ZONE: expected/);
    const timer = {
      isPastDue: false,
      schedule: { adjustForDST: false },
      scheduleStatus: { last: '', next: '', lastUpdated: '' },
    };
    await expect(makeSweepTimer(broken)(timer, context)).rejects.toThrow(BrokenConfiguration);
    await expect(makeCloseDayTimer(broken)(timer, context)).rejects.toThrow(BrokenConfiguration);
  });

  it('that is mended is read anew without a restart', async () => {
    let values: Record<string, string> = {};
    const { useMailer: use } = makeApp({
      readSettings: () => parseSettings(values),
      loadWire: async () => () => ({
        clock: { now: () => 1, monotonic: () => 1, sleep: async () => undefined },
        primeClock: async () => undefined,
        close: async () => undefined,
      }),
      log: () => undefined,
    });
    await expect(use()).rejects.toThrow(BrokenConfiguration);
    values = GOOD_SETTINGS;
    expect(await use()).toBeDefined();
  });

  it('is not what is told where a file of the app cannot be loaded: the next call tries again', async () => {
    let loads = 0;
    const { useMailer: use } = makeApp({
      readSettings: () => parseSettings(GOOD_SETTINGS),
      loadWire: async () => {
        loads += 1;
        if (loads === 1) throw new Error('EMFILE: too many open files');
        return () => ({
          clock: { now: () => 1, monotonic: () => 1, sleep: async () => undefined },
          primeClock: async () => undefined,
          close: async () => undefined,
        });
      },
      log: () => undefined,
    });
    await expect(use()).rejects.toThrow(/^EMFILE/);
    expect(await use()).toBeDefined();
  });
});

const GOOD_SETTINGS = {
  HVE_STORAGE: 'UseDevelopmentStorage=true',
  HVE_KEY_VAULT_URI: 'https://vault.example.net',
  HVE_INTERNAL_DOMAINS: 'contoso.com',
  HVE_EHLO_NAME: 'mailer.contoso.com',
  HVE_ACCOUNTS: JSON.stringify([{ address: 'hve@contoso.com', secret: 'hve-password' }]),
};

describe('while Storage does not answer', () => {
  /** Wired, but its first look at Storage's time fails so often. */
  function makeUse(failures: number) {
    let now: number | null = null;
    let wired = 0;
    let left = failures;
    const { useMailer: use } = makeApp({
      readSettings: () => parseSettings(GOOD_SETTINGS),
      loadWire: async () => () => {
        wired++;
        const clock = {
          now: (): number => {
            if (now === null) throw new Unavailable('Storage', new Error('the time is not known'));
            return now;
          },
          monotonic: () => 0,
          sleep: async () => undefined,
        };
        return {
          clock,
          close: async () => undefined,
          async primeClock(): Promise<void> {
            if (left-- > 0) throw new Unavailable('Storage', new Error('ECONNREFUSED'));
            now = 1;
          },
        };
      },
      log: () => undefined,
    });
    return { use, wired: () => wired };
  }

  it('HTTP answers 503 and that nothing was lost; health says what', async () => {
    const { use } = makeUse(99);
    const answer = await call(makePostMessage(use as never), {
      method: 'POST',
      path: '/api/messages',
      body: {},
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('30');
    expect(answer.body).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('nothing was lost'),
    });
    const health = await call(makeGetHealth(use as never), { path: '/api/health' });
    expect(health.status).toBe(503);
    expect(health.body['checks']).toMatchObject([
      { name: 'storage', status: 'failing', remedy: expect.any(String) },
    ]);
  });

  it('the app is wired once, and asks again until the time is known', async () => {
    const { use, wired } = makeUse(1);
    await expect(use()).rejects.toThrow(Unavailable);
    const [one, other] = await Promise.all([use(), use()]);
    expect(one).toBe(other);
    expect(wired()).toBe(1);
  });
});
