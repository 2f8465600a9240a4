import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import type { Azurite, AzuriteOptions } from '../../local/azurite.ts';
import { quietPort } from '../quietPort.ts';
import { until } from './host/probe.ts';

const DAY_MS = 24 * 3600 * 1000;

// A test starts up to three emulators, each in seconds; on a machine that runs other tests beside it in many.
vi.setConfig({ testTimeout: 240_000 });

describe('the storage emulator', () => {
  it('of the run answers for queues, tables and blobs', async () => {
    const connection = inject('azurite');
    const queue = queueOf(connection, 'azurite-run');
    await queue.createIfNotExists();
    await queue.sendMessage('x');
    const table = tableOf(connection, 'azuriteRun');
    await table.createTable();
    await table.createEntity({ partitionKey: 'p', rowKey: 'r' });
    const blob = BlobServiceClient.fromConnectionString(connection).getContainerClient('azurite-run');
    await blob.createIfNotExists();
    expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
    expect(await blob.exists()).toBe(true);
  });

  it('keeps all that it answered over a kill, and goes on from there', async () => {
    const location = newFolder();
    const before = await start({ location });
    const queue = queueOf(before.connectionString, 'kept');
    await queue.create();
    for (const text of ['deleted', 'changed', 'kept']) await queue.sendMessage(text);
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 2 });
    const [first, second] = receivedMessageItems;
    if (first === undefined || second === undefined) throw new Error('no messages');
    await queue.deleteMessage(first.messageId, first.popReceipt);
    await queue.updateMessage(second.messageId, second.popReceipt, 'changed after', 0);
    const table = tableOf(before.connectionString, 'kept');
    await table.createTable();
    await table.createEntity({ partitionKey: 'p', rowKey: 'deleted' });
    await table.createEntity({ partitionKey: 'p', rowKey: 'updated', value: 1 });
    await table.deleteEntity('p', 'deleted');
    await table.submitTransaction([
      ['create', { partitionKey: 'p', rowKey: 'created', value: 1 }],
      ['update', { partitionKey: 'p', rowKey: 'updated', value: 2 }, 'Replace'],
    ]);
    const other = tableOf(before.connectionString, 'dropped');
    await other.createTable();
    await other.deleteTable();
    const container = BlobServiceClient.fromConnectionString(before.connectionString).getContainerClient(
      'kept',
    );
    await container.create();
    await container.getBlockBlobClient('b').upload('content', 7);
    kill(before);
    await before.ended;

    const after = await start({ location });
    const queueAfter = queueOf(after.connectionString, 'kept');
    const texts = (await queueAfter.peekMessages({ numberOfMessages: 32 })).peekedMessageItems;
    expect(texts.map(({ messageText }) => messageText).toSorted()).toEqual(['changed after', 'kept']);
    expect(await rowsOf(tableOf(after.connectionString, 'kept'))).toEqual({ created: 1, updated: 2 });
    await expect(rowsOf(tableOf(after.connectionString, 'dropped'))).rejects.toMatchObject({
      statusCode: 404,
    });
    const blob = BlobServiceClient.fromConnectionString(after.connectionString)
      .getContainerClient('kept')
      .getBlockBlobClient('b');
    expect((await blob.downloadToBuffer()).toString()).toBe('content');
    // Not only to be read: inserts, an ETag and a second kill work on it too.
    const tableAfter = tableOf(after.connectionString, 'kept');
    await expect(tableAfter.createEntity({ partitionKey: 'p', rowKey: 'created' })).rejects.toMatchObject({
      statusCode: 409,
    });
    await tableAfter.createEntity({ partitionKey: 'p', rowKey: 'more', value: 3 });
    kill(after);
    await after.ended;
    const last = await start({ location });
    expect(await rowsOf(tableOf(last.connectionString, 'kept'))).toEqual({ created: 1, updated: 2, more: 3 });
  });

  it('killed in the middle of many transactions keeps every one that it answered, and each whole or not at all', async () => {
    const location = newFolder();
    const before = await start({ location });
    const table = tableOf(before.connectionString, 'pairs');
    await table.createTable();
    const answered = new Set<number>();
    const write = async (worker: number): Promise<void> => {
      for (let index = worker; ; index += 4) {
        const [left, right] = ['l', 'r'].map((side) => ({
          partitionKey: `p${index}`,
          rowKey: side,
          value: index,
        }));
        if (left === undefined || right === undefined) return;
        await table.submitTransaction([
          ['create', left],
          ['create', right],
        ]);
        answered.add(index);
      }
    };
    const writers = Promise.allSettled([0, 1, 2, 3].map(write));
    await until('a hundred are answered', () => answered.size >= 100);
    kill(before);
    await writers;
    const after = await start({ location });
    const found = new Map<number, number>();
    for await (const row of tableOf(after.connectionString, 'pairs').listEntities<{ value: number }>()) {
      found.set(row.value, (found.get(row.value) ?? 0) + 1);
    }
    expect([...answered].filter((index) => found.get(index) !== 2)).toEqual([]);
    expect([...found.values()].filter((count) => count !== 2)).toEqual([]);
  });

  it('shows all its times through its own clock, and takes clients with another one', async () => {
    const azurite = await start({ location: 'memory', clockOffsetMs: DAY_MS });
    const queue = queueOf(azurite.connectionString, 'tomorrow');
    const { date } = await queue.create();
    const sent = await queue.sendMessage('x', { visibilityTimeout: 60 });
    const table = tableOf(azurite.connectionString, 'tomorrow');
    await table.createTable();
    await table.createEntity({ partitionKey: 'p', rowKey: 'r' });
    const row = await table.getEntity('p', 'r');
    const tomorrowMs = Date.now() + DAY_MS;
    for (const time of [date, sent.insertedOn, row.timestamp, sent.nextVisibleOn]) {
      expect(Math.abs(new Date(time ?? 0).getTime() - tomorrowMs)).toBeLessThan(120_000);
    }
  });

  it('started again with a later clock shows what was to wait until then', async () => {
    const location = newFolder();
    const today = await start({ location });
    const queue = queueOf(today.connectionString, 'later');
    await queue.create();
    await queue.sendMessage('due tomorrow', { visibilityTimeout: 3600, messageTimeToLive: -1 });
    await queue.sendMessage('expired by then', { messageTimeToLive: 3600 });
    await queue.sendMessage('due next week', {
      visibilityTimeout: 7 * 24 * 3600 - 60,
      messageTimeToLive: -1,
    });
    kill(today);
    await today.ended;
    const tomorrow = await start({ location, clockOffsetMs: DAY_MS });
    const { receivedMessageItems } = await queueOf(tomorrow.connectionString, 'later').receiveMessages({
      numberOfMessages: 32,
    });
    expect(receivedMessageItems.map(({ messageText }) => messageText)).toEqual(['due tomorrow']);
  });

  it('takes the next free port where a preferred one is taken', async () => {
    const taken = createServer();
    // Where nobody else takes the next ones while the emulator loads.
    const port = await quietPort();
    await new Promise<void>((resolve) => {
      taken.listen(port, '127.0.0.1', resolve);
    });
    onTestFinished(() => void taken.close());
    const azurite = await start({
      location: 'memory',
      preferredPorts: { blob: port, queue: port, table: port },
    });
    const ports = Object.values(azurite.ports);
    expect(ports).not.toContain(port);
    expect(new Set(ports).size).toBe(3);
  });

  it('says why it cannot start', async () => {
    const { blob } = portsOf(inject('azurite'));
    await expect(start({ location: 'memory', ports: { blob, queue: 0, table: 0 } })).rejects.toThrow(
      /before it listened[\s\S]*EADDRINUSE/,
    );
  });

  it('ends with its parent, also when that is killed', async () => {
    const program = `
      import { startAzurite } from ${JSON.stringify(new URL('../../local/azurite.ts', import.meta.url).href)};
      console.log((await startAzurite({ location: 'memory' })).pid);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = await new Promise<number>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line)));
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until('Azurite has ended', () => !isAlive(pid));
  });
});

async function start(options: AzuriteOptions): Promise<Azurite> {
  const azurite = await startAzurite(options);
  onTestFinished(async () => azurite.stop());
  return azurite;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hve-azurite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function kill(azurite: Azurite): void {
  process.kill(azurite.pid, 'SIGKILL');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function queueOf(connection: string, name: string): ReturnType<QueueServiceClient['getQueueClient']> {
  return QueueServiceClient.fromConnectionString(connection).getQueueClient(name);
}

function tableOf(connection: string, name: string): TableClient {
  return TableClient.fromConnectionString(connection, name, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
}

async function rowsOf(table: TableClient): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for await (const row of table.listEntities<{ rowKey: string; value: number }>())
    rows[row.rowKey] = row.value;
  return rows;
}

function portsOf(connection: string): { blob: number } {
  return { blob: Number(/BlobEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(connection)?.[1]) };
}
