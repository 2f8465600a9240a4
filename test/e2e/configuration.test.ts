import { expect, test } from 'vitest';
import { makeState, PATIENCE_MS, startTestStack } from './harness.ts';

test(
  'with a broken configuration every function stands, health names every problem, and nothing leaves the queue',
  async () => {
    await using state = await makeState();
    {
      await using running = await startTestStack(state, {
        HVE_LOCAL_TIME_SCALE: '60',
        HVE_ACCOUNTS: '[{"address":"no address","secret":"s"},{"address":"b@contoso.com","password":"x"}]',
        HVE_LIMIT_RECIPIENTS_PER_DAY: 'plenty',
        HVE_LIMIT_RECIPENTS_PER_MESSAGE: '50',
        HVE_TIME_ZONE: 'Mars/Olympus',
      });
      const { client, stack } = running;
      await client.put({ reference: 'patient', to: 'ann@contoso.com', subject: 'patient', text: 'x' });

      const response = await fetch(`${stack.endpoints().functions}/api/health`);
      expect(response.status).toBe(503);
      const { checks } = (await response.json()) as {
        checks: { name: string; cause: string; remedy: string }[];
      };
      expect(checks.map(({ name }) => name).toSorted()).toEqual(
        [
          'configuration HVE_ACCOUNTS[0].address',
          'configuration HVE_ACCOUNTS[1].password',
          'configuration HVE_ACCOUNTS[1].secret',
          'configuration HVE_LIMIT_RECIPENTS_PER_MESSAGE',
          'configuration HVE_LIMIT_RECIPIENTS_PER_DAY',
          'configuration HVE_TIME_ZONE',
        ].toSorted(),
      );
      expect(checks.every(({ cause, remedy }) => cause.includes('expected') && remedy.length > 0)).toBe(true);
      const names = (await client.get<{ name: string }[]>('/admin/functions')).map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining([
          'sendMail',
          'postMessage',
          'deliverMail',
          'deliverBulk',
          'sweep',
          'getHealth',
        ]),
      );
      const refused = await client.post('/api/messages', {
        to: 'ann@contoso.com',
        subject: 'no',
        text: 'x',
      });
      expect(refused.status).toBe(503);
      expect(refused.headers.get('content-type')).toContain('application/problem+json');

      await expect
        .poll(() => running.lines.join('\n'), { timeout: PATIENCE_MS })
        .toMatch(/sendMail .*configuration is broken/);
      expect((await client.outbox.getProperties()).approximateMessagesCount).toBe(1);
      expect(await client.mails()).toEqual([]);
    }

    // An item that was given back is there again after three minutes: of this time, three seconds.
    await using running = await startTestStack(state);
    await running.client.untilStatus('patient', 'sent');
    expect(await running.client.mails()).toMatchObject([{ subject: 'patient', repeatOf: null }]);
  },
  4 * PATIENCE_MS,
);
