/** What is kept and for how long, through the whole stack: one state, looked at on the first day, and 8, 31 and 401 days later. */
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { expect, test, vi } from 'vitest';
import type { DeadLetterView } from '../../shared/core/deadLetterView.ts';
import { atNoon, eventually, makeState, PATIENCE_MS, startTestStack } from './harness.ts';
import type { StackClient, TestStack } from './harness.ts';

vi.setConfig({ testTimeout: 8 * PATIENCE_MS });

const ANN = 'ann.lee@contoso.com';
const TIME_SCALE = { HVE_LOCAL_TIME_SCALE: '40' };
const later = (days: number) => ({ ...TIME_SCALE, ...atNoon(days) });
/** Does not pack: it lies in a blob. */
const LARGE = Array.from({ length: 20_000 }, () => Math.random().toString(36)).join(' ');

const message = (name: string, more: object = {}) => ({
  app: 'kept',
  reference: name,
  to: `${name}@contoso.com`,
  subject: name,
  text: 'x',
  ...more,
});

const blobsIn = async ({ stack }: TestStack, container: string): Promise<string[]> => {
  const service = BlobServiceClient.fromConnectionString(stack.endpoints().storage);
  const names = [];
  for await (const { name } of service.getContainerClient(container).listBlobsFlat()) names.push(name);
  return names;
};

const touchedDays = async ({ stack }: TestStack): Promise<string[]> => {
  const options = { allowInsecureConnection: true };
  const days = TableClient.fromConnectionString(stack.endpoints().storage, 'days', options);
  const keys = [];
  const filter = { queryOptions: { filter: "PartitionKey eq 'touched'" } };
  for await (const { rowKey } of days.listEntities(filter)) keys.push(rowKey!);
  return keys;
};

const answerOf = async (client: StackClient, path: string) => {
  const response = await client.post(path, {});
  return { status: response.status, code: ((await response.json()) as { code?: string }).code };
};

const statusOf = async (read: Promise<unknown>): Promise<string> =>
  read.then(
    () => 'found',
    (error: unknown) => String(error).match(/: (\d{3}) /)?.[1] ?? String(error),
  );

/** The hourly function; it runs by itself too. */
const runHourly = async (client: StackClient): Promise<void> => {
  expect((await client.post('/admin/functions/closeDay', { input: '' })).status).toBe(202);
};

test('content goes after 7 days, the record after 30, the counts after 400; an erased address at once; what is not final never', async () => {
  await using state = await makeState();
  const ids: Record<string, string> = {};
  let day: string;
  {
    await using running = await startTestStack(state, later(0));
    const { client } = running;
    await client.fault({
      reply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound',
      stage: 'rcpt',
      address: 'lost@contoso.com',
    });
    await client.upload('checked.json', JSON.stringify(message('checked')));
    await client.upload('attached.txt', 'an attachment');
    await client.put({ $ref: 'mail-content/checked.json' });
    await client.put(
      message('small', { attachments: [{ name: 'a.txt', contentType: 'text/plain', blob: 'attached.txt' }] }),
    );
    await client.put(message('lost'));
    await client.put({ app: 'kept', reference: 'wrong', to: ANN });
    expect((await client.post('/api/messages', message('large', { text: LARGE }))).status).toBe(202);
    await client.post(
      '/api/messages',
      message('waits', { sendAt: new Date(Date.now() + 300 * 86_400_000).toISOString() }),
    );
    await client.put(message('named', { to: [ANN, 'bob@contoso.com'], subject: 'Dear Ann' }));
    for (const [name, status] of [
      ['checked', 'sent'],
      ['small', 'sent'],
      ['lost', 'failed'],
      ['wrong', 'rejected'],
      ['large', 'sent'],
      ['waits', 'scheduled'],
      ['named', 'sent'],
    ] as const) {
      ids[name] = (await client.untilStatus(name, status)).id;
    }
    day = (await client.message(ids['small']!)).createdAt.slice(0, 10);
    expect(await blobsIn(running, 'mail-payloads')).toEqual([`${day}/${ids['large']}`]);

    // Just final: an outcome may still come. It follows by itself, whatever ends meanwhile.
    const erasing = await client.post('/api/recipients/erase', { address: 'Ann.Lee@contoso.com' });
    expect(erasing.status).toBe(202);
    const { erased, pending } = (await erasing.json()) as Record<string, number>;
    expect(erased! + pending!).toBe(2);
    // The rejected one is found by its original, which is gone: it cannot be sent from there any more.
    expect(await answerOf(client, `/api/messages/${ids['wrong']}/redrive`)).toEqual({
      status: 409,
      code: 'content_removed',
    });
    expect(running.lines.join('\n')).not.toMatch(/ann\.lee/i);
    // The mailbox is the organisation's.
    expect((await client.mails()).filter((mail) => mail.to.includes(ANN))).toHaveLength(1);
  }
  {
    await using running = await startTestStack(state, later(8));
    const { client } = running;
    await client.put(message('later'));
    await client.untilStatus('later', 'sent');
    await runHourly(client);
    const named = await eventually(
      async () => client.message(ids['named']!),
      ({ subject }) => subject === '',
      'the address is erased',
      2 * PATIENCE_MS,
    );
    expect(named).toMatchObject({ status: 'sent', counts: { recipients: 2, accepted: 2 } });
    expect(named.recipients.map(({ address }) => address).toSorted()).toEqual([
      'bob@contoso.com',
      'erased-1',
    ]);
    expect(await statusOf(client.get(`/api/messages/${ids['named']}/payload`))).toBe('410');
    const again = await client.post('/api/recipients/erase', { address: ANN });
    expect(await again.json()).toEqual({ erased: 0, pending: 0, complete: true });
    const gone = ['checked', 'small', 'lost', 'large'];
    for (const name of gone) {
      const seen = await eventually(
        async () => client.message(ids[name]!),
        ({ contentRemovedAt }) => contentRemovedAt !== null,
        `the content of ${name} is gone`,
        2 * PATIENCE_MS,
      );
      expect(seen.recipients.map(({ address }) => address)).toEqual([`${name}@contoso.com`]);
      expect(await statusOf(client.get(`/api/messages/${ids[name]}/payload`))).toBe('410');
    }
    await eventually(
      async () => blobsIn(running, 'mail-payloads'),
      (names) => names.length === 0,
      'the blob is gone',
    );
    expect(await blobsIn(running, 'mail-content')).toEqual(['attached.txt']);
    expect(await answerOf(client, `/api/messages/${ids['lost']}/redrive`)).toEqual({
      status: 409,
      code: 'content_removed',
    });
    expect(await statusOf(client.get(`/api/messages/${ids['waits']}/payload`))).toBe('found');
    await eventually(
      async () => statusOf(client.get(`/api/usage?day=${day}`)),
      (is) => is === 'found',
      'the day is closed',
    );
  }
  {
    await using running = await startTestStack(state, later(31));
    const { client } = running;
    await runHourly(client);
    const finals = Object.entries(ids).filter(([name]) => name !== 'waits');
    for (const [name, id] of finals) {
      await eventually(
        async () => statusOf(client.message(id)),
        (is) => is === '404',
        `${name} is gone`,
        2 * PATIENCE_MS,
      );
    }
    const left = (await client.messagesOf('kept')).map(({ reference }) => reference);
    expect(new Set(left)).toEqual(new Set(['later', 'waits']));
    const letters = await eventually(
      async () => (await client.get<{ items: DeadLetterView[] }>('/api/dead-letters')).items,
      (items) => items.length === 0,
      'the dead letters are gone',
    );
    expect(letters).toEqual([]);
    // One is not final, so its day stays to be looked at.
    expect(await touchedDays(running)).toContain(day);
    expect((await client.message(ids['waits']!)).status).toBe('scheduled');
    expect(await statusOf(client.get(`/api/messages/${ids['waits']}/payload`))).toBe('found');
    expect((await client.post(`/api/messages/${ids['waits']}/cancel`, {})).status).toBe(202);
    expect(await statusOf(client.get(`/api/usage?day=${day}`))).toBe('found');
  }
  await using running = await startTestStack(state, later(401));
  const { client } = running;
  await client.put(message('last'));
  await client.untilStatus('last', 'sent');
  await runHourly(client);
  await eventually(
    async () => statusOf(client.get(`/api/usage?day=${day}`)),
    (is) => is === '404',
    'the counts are gone',
    2 * PATIENCE_MS,
  );
  await eventually(
    async () => touchedDays(running),
    (days) => days.length === 1,
    'all days but the last are forgotten',
    2 * PATIENCE_MS,
  );
  expect((await client.messagesOf('kept')).map(({ reference }) => reference)).toEqual(['last']);
  expect(running.lines.filter((line) => /defect|could not see to/.test(line))).toEqual([]);
});
