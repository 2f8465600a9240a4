import { randomBytes } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import { CONTAINERS } from '../../../shared/core/storageNames.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import type { Neighbours } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));

async function upload(name: string, content: string | Uint8Array): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(neighbours.azurite.connectionString);
  const container = service.getContainerClient(CONTAINERS.content);
  await container.createIfNotExists();
  await container.getBlockBlobClient(name).uploadData(Buffer.from(content));
}

const message = (to: string, content: object): object => ({
  to,
  subject: to,
  text: 'The statement is attached.',
  attachments: [{ name: 'statement.bin', contentType: 'application/octet-stream', ...content }],
});

async function putClaimCheck(to: string, bytes: Buffer): Promise<{ $ref: string }> {
  await upload(`${to}.json`, JSON.stringify(message(to, { contentInBase64: bytes.toString('base64') })));
  return { $ref: `${CONTAINERS.content}/${to}.json` };
}

/** The files of the one mail to that address. */
async function filesOf(to: string): Promise<Buffer[]> {
  const mails = await neighbours.inbox(to);
  expect(mails).toHaveLength(1);
  const answer = await fetch(`${neighbours.simulator.inboxUrl}/messages/${mails[0]!.id}.eml`);
  const { attachments } = await simpleParser(Buffer.from(await answer.arrayBuffer()));
  return attachments.map(({ content }) => content);
}

it('a large claim check is recorded in its turn, and delivered from its payload, byte for byte', async () => {
  const mailer = await neighbours.mailer();
  const bytes = randomBytes(700_000);
  const id = newId(mailer);
  await mailer.takeFromOutbox.take(id, await putClaimCheck('large@contoso.com', bytes));
  expect(await neighbours.inbox('large@contoso.com')).toEqual([]);
  expect(await mailer.messages.message(id)).toMatchObject({ status: 'queued' });
  expect(await mailer.drain()).toBe(1);
  expect(await filesOf('large@contoso.com')).toEqual([bytes]);
  expect(await mailer.messages.message(id)).toMatchObject({ status: 'sent' });
});

it('its item that comes again puts what may be missing, and nothing is sent twice', async () => {
  const mailer = await neighbours.mailer();
  const id = newId(mailer);
  const item = await putClaimCheck('again@contoso.com', randomBytes(200_000));
  await mailer.takeFromOutbox.take(id, item);
  await mailer.takeFromOutbox.take(id, item);
  expect(await neighbours.inbox('again@contoso.com')).toEqual([]);
  expect(await mailer.drain()).toBe(2);
  await mailer.takeFromOutbox.take(id, item);
  expect(await mailer.drain()).toBe(0);
  expect(await neighbours.inbox('again@contoso.com')).toHaveLength(1);
});

it('a small claim check goes straight on', async () => {
  const mailer = await neighbours.mailer();
  await mailer.takeFromOutbox.take(
    newId(mailer),
    await putClaimCheck('small@contoso.com', randomBytes(60_000)),
  );
  expect(await neighbours.inbox('small@contoso.com')).toHaveLength(1);
  expect(await mailer.drain()).toBe(0);
});

it('a large attachment that is a blob goes straight on, byte for byte', async () => {
  const mailer = await neighbours.mailer();
  const bytes = randomBytes(700_001);
  await upload('statement.bin', bytes);
  const id = newId(mailer);
  await mailer.takeFromOutbox.take(id, message('blob@contoso.com', { blob: 'statement.bin' }));
  expect(await filesOf('blob@contoso.com')).toEqual([bytes]);
});

it('many at once, in every way, all arrive: those in their turn and those that pass them', async () => {
  const mailer = await neighbours.mailer();
  const large = Array.from({ length: 6 }, (_, index) => `many${index}@contoso.com`);
  const bytes = randomBytes(300_000);
  await upload('many.bin', bytes);
  const items = await Promise.all([
    ...large.map((to) => putClaimCheck(to, bytes)),
    ...large.map(async (to) => message(`b${to}`, { blob: 'many.bin' })),
    ...large.map(async (to) => ({ to: `s${to}`, subject: to, text: 'small' })),
  ]);
  await Promise.all(items.map((item) => mailer.takeFromOutbox.take(newId(mailer), item)));
  await mailer.drain();
  for (const to of large) {
    expect(await filesOf(to)).toEqual([bytes]);
    expect(await filesOf(`b${to}`)).toEqual([bytes]);
    expect(await filesOf(`s${to}`)).toEqual([]);
  }
});

it('a large claim check that is not valid is rejected, and holds nobody up', async () => {
  const mailer = await neighbours.mailer();
  await upload('broken.json', `{"to": "a@contoso.com", "text": "${'x'.repeat(200_000)}"`);
  const id = newId(mailer);
  const broken = { $ref: `${CONTAINERS.content}/broken.json` };
  await Promise.all([id, newId(mailer), newId(mailer)].map((one) => mailer.takeFromOutbox.take(one, broken)));
  expect(await mailer.messages.message(id)).toMatchObject({
    status: 'rejected',
    problems: [{ code: 'json_invalid' }],
  });
  await mailer.takeFromOutbox.take(
    newId(mailer),
    await putClaimCheck('next@contoso.com', randomBytes(200_000)),
  );
  expect(await mailer.drain()).toBe(1);
});
