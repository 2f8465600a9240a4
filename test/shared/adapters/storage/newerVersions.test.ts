/** R10: what a newer version wrote is left alone. */
import { TableClient } from '@azure/data-tables';
import { expect, inject, it } from 'vitest';
import { makeDays } from '../../../../shared/adapters/storage/days.ts';
import { makeKeptMessages } from '../../../../shared/adapters/storage/keptMessages.ts';
import { makeLedger } from '../../../../shared/adapters/storage/ledger.ts';
import { makeMessageStore } from '../../../../shared/adapters/storage/messageStore.ts';
import { makeStandings } from '../../../../shared/adapters/storage/standings.ts';
import { makeWaitingRooms } from '../../../../shared/adapters/storage/waitingRooms.ts';
import type { Delivery } from '../../../../shared/core/delivery.ts';
import { STATE_VERSION } from '../../../../shared/core/delivery.ts';
import { lowestIdAt, partitionOfMessage, rowKeyOf } from '../../../../shared/core/messageId.ts';
import { finalSince } from '../../../../shared/core/retention.ts';
import { TABLES } from '../../../../shared/core/storageNames.ts';
import type { KeptMessage } from '../../../../shared/ports.ts';
import { NewerVersion } from '../../../../shared/ports.ts';
import { sampleLease, takeOver } from '../../../contracts/ledger.ts';
import {
  collect,
  DAY,
  NOON,
  sampleDelivery,
  sampleHead,
  sampleId,
} from '../../../contracts/sampleMessages.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';

/** A row as the next version may write it. */
async function writeNewer(
  prefix: string,
  table: keyof typeof TABLES,
  partitionKey: string,
  rowKey: string,
  columns: Record<string, unknown> = {},
): Promise<void> {
  const client = TableClient.fromConnectionString(inject('azurite'), prefix + TABLES[table], {
    allowInsecureConnection: true,
  });
  await client.createTable();
  await client.upsertEntity({ partitionKey, rowKey, v: STATE_VERSION + 1, ...columns }, 'Replace');
}

const statesOf = (message: KeptMessage): Delivery[] => message.deliveries.map(({ delivery }) => delivery);

it('leaves a newer message alone, and says so before anything is concluded from its day', async () => {
  const prefix = freshPrefix();
  const store = makeMessageStore(openStorage(prefix));
  const newer = sampleId(9);
  await writeNewer(prefix, 'messages', partitionOfMessage(newer), newer, { isHead: true, status: 'queued' });
  await store.insert({ head: sampleHead(), payload: null }, [sampleDelivery()]);

  await expect(store.readDelivery(newer, 0)).rejects.toThrow(NewerVersion);
  await expect(store.readHead(newer)).rejects.toThrow(NewerVersion);
  await expect(store.readMessage(newer)).rejects.toThrow(NewerVersion);
  const again = store.insert({ head: sampleHead({ id: newer }), payload: null }, [
    sampleDelivery({ id: newer }),
  ]);
  await expect(again).rejects.toThrow(NewerVersion);

  const scanned: string[] = [];
  const scan = async (): Promise<void> => {
    for await (const { delivery } of store.scanDay(DAY, 'moving')) scanned.push(delivery.id);
  };
  await expect(scan()).rejects.toThrow(NewerVersion);
  expect(scanned).toEqual([sampleId()]);
  const heads = await collect(store.listHeads(DAY, lowestIdAt(NOON - 1), lowestIdAt(NOON + 1), {}));
  expect(heads.map(({ id }) => id)).toEqual([sampleId()]);
});

it('removes nothing of a message that a newer version has in hand, in whole or in part, and names its day', async () => {
  const prefix = freshPrefix();
  const opened = openStorage(prefix);
  const [store, kept] = [makeMessageStore(opened), makeKeptMessages(opened)];
  const [whole, part, head, ours] = [1, 2, 3, 4].map((n) => sampleId(n)) as [string, string, string, string];
  const later = sampleId(5, NOON + 5 * 86_400_000);
  for (const id of [part, head, ours]) {
    const deliveries = [1, 2].map((delivery) => sampleDelivery({ id, delivery, status: 'sent' }));
    await store.insert({ head: sampleHead({ id, parts: 2 }), payload: null }, deliveries);
  }
  await writeNewer(prefix, 'messages', partitionOfMessage(part), rowKeyOf(part, 2));
  for (const id of [whole, head, later]) await writeNewer(prefix, 'messages', partitionOfMessage(id), id);
  const scanned = await collect(kept.scan(DAY, null));
  const seen = scanned.map((one) => [one.id, one.head && finalSince(one.head, statesOf(one))]);
  expect(new Map(seen as [string, unknown][])).toEqual(
    new Map([
      [part, null],
      [ours, NOON],
    ]),
  );
  expect(await collect(kept.days(null))).toEqual([DAY, '2026-11-29']);
});

it('passes over newer rows of a room, and does not name a room of nothing else', async () => {
  const prefix = freshPrefix();
  const rooms = makeWaitingRooms(openStorage(prefix));
  await writeNewer(prefix, 'waiting', 'tenant', '0-newer');
  await writeNewer(prefix, 'waiting', 'external', '0-newer');
  const row = { room: 'tenant', key: '1-ours', id: sampleId(), delivery: 0, attempt: 1 };
  await rooms.put({ ...row, recipients: 1, external: 0, writtenAt: NOON });
  expect((await rooms.front('tenant'))?.key).toBe('1-ours');
  expect(await collect(rooms.walk('tenant'))).toHaveLength(1);
  expect(await collect(rooms.rooms())).toEqual(['tenant']);
});

it('goes by no day and no standing of a newer version', async () => {
  const prefix = freshPrefix();
  const days = makeDays({ ...openStorage(prefix), chance });
  await writeNewer(prefix, 'days', 'touched', DAY);
  await expect(days.touch(DAY, NOON)).rejects.toThrow(NewerVersion);
  await expect(days.touched()).rejects.toThrow(NewerVersion);
  const standings = makeStandings(openStorage(prefix));
  await writeNewer(prefix, 'accounts', 'accounts', 'tenant');
  await expect(standings.readAll()).rejects.toThrow(NewerVersion);
});

it.each(['tenant', 'lease:1795521600000-x', 'something new'])(
  'goes by no ledger in which a newer version has written: %s',
  async (rowKey) => {
    const prefix = freshPrefix();
    const ledger = makeLedger({ ...openStorage(prefix), chance });
    await ledger.write(takeOver({ scopes: new Map() }, sampleLease(1, [['external', 1]])));
    expect((await ledger.read()).scopes.size).toBe(1);
    await writeNewer(prefix, 'quota', 'ledger', rowKey);
    await expect(ledger.read()).rejects.toThrow(NewerVersion);
  },
);
