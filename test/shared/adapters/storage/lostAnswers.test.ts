/** R1: a write whose answer was lost, once or at every try of the SDK. */
import type { TestContext } from 'vitest';
import { describe, expect, it } from 'vitest';
import { makeIdempotencyKeys } from '../../../../shared/adapters/storage/idempotencyKeys.ts';
import { makeMessageStore } from '../../../../shared/adapters/storage/messageStore.ts';
import {
  OPERATION_TIMEOUT_MS,
  QUICK_RETRIES,
} from '../../../../shared/adapters/storage/storageConnection.ts';
import { makeWaitingRooms } from '../../../../shared/adapters/storage/waitingRooms.ts';
import type { MessageStore } from '../../../../shared/ports.ts';
import { Unavailable } from '../../../../shared/ports.ts';
import { collect, NOON, sampleDelivery, sampleHead, sampleId } from '../../../contracts/sampleMessages.ts';
import { freshPrefix, openStorage } from './openStorage.ts';
import { startStorageProxy } from './storageProxy.ts';

const ALL_TRIES = QUICK_RETRIES + 1;
const TIMES = [1, ALL_TRIES];
const ID = sampleId();

/** A store through a proxy of its own, and one past it. The tests mostly wait for the SDK's retries: all at once. */
async function open(context: TestContext) {
  const proxy = await startStorageProxy(context);
  const prefix = freshPrefix();
  const through = openStorage(prefix, proxy.connectionString);
  const store = makeMessageStore(through);
  // The first operation makes the table, which is not what is tested.
  await store.readHead(ID);
  return { proxy, storage: through.storage, store, other: makeMessageStore(openStorage(prefix)) };
}

const insertSingle = async (at: MessageStore) =>
  at.insert({ head: sampleHead(), payload: null }, [sampleDelivery()]);
const insertSplit = async (at: MessageStore) =>
  at.insert(
    { head: sampleHead({ parts: 3 }), payload: null },
    [1, 2, 3].map((delivery) => sampleDelivery({ delivery })),
  );

describe.concurrent.each([
  ['an insert', insertSingle, 0],
  ['a transaction', insertSplit, 2],
] as const)('R1: %s', (_, insert, delivery) => {
  it.for(TIMES)('was done, though its answer was lost %i times', async (times, context) => {
    const { proxy, store } = await open(context);
    proxy.failNext('POST', 'lose', times);
    const inserted = await insert(store);
    if (!inserted.inserted) throw new Error('It took its own row for somebody else’s.');
    const stored = await store.readDelivery(ID, delivery);
    expect(inserted.etags).toContain(stored?.etag);
    expect(await store.replace({ ...stored!.delivery, attempt: 2 }, stored!.etag)).not.toBeNull();
  });

  it('was not done where somebody else was quicker, though the answer was lost', async (context) => {
    const { proxy, store, other } = await open(context);
    await insert(other);
    proxy.failNext('POST', 'lose', ALL_TRIES);
    expect(await insert(store)).toEqual({ inserted: false });
  });

  it('says nothing where nothing reached Storage, and can be repeated', async (context) => {
    const { proxy, store, other } = await open(context);
    proxy.failNext('POST', 'refuse', ALL_TRIES);
    await expect(insert(store)).rejects.toThrow(Unavailable);
    expect(await other.readHead(ID)).toBeNull();
    expect((await insert(store)).inserted).toBe(true);
  });

  it('says nothing where it cannot read what became of it', async (context) => {
    const { proxy, store, other } = await open(context);
    let isDown = false;
    proxy.fault = ({ method }) => {
      isDown ||= method === 'POST';
      return isDown ? 'lose' : null;
    };
    await expect(insert(store)).rejects.toThrow(Unavailable);
    expect((await other.readHead(ID))?.head.id).toBe(ID);
  });
});

describe.concurrent('R1: an update', () => {
  async function openInserted(context: TestContext) {
    const opened = await open(context);
    const inserted = await insertSingle(opened.store);
    if (!inserted.inserted) throw new Error('It stood already.');
    return { ...opened, etag: inserted.etags[0]! };
  }
  const claimed = sampleDelivery({ status: 'sending', attempt: 2 });

  it.for(TIMES)('was done, though its answer was lost %i times', async (times, context) => {
    const { proxy, store, other, etag } = await openInserted(context);
    proxy.failNext('PATCH', 'lose', times);
    const next = await store.replace(claimed, etag);
    expect(await other.readDelivery(ID, 0)).toMatchObject({ delivery: claimed, etag: next });
  });

  it.for(TIMES)(
    'was not done where somebody else was quicker, its answer lost %i times',
    async (times, context) => {
      const { proxy, store, other, etag } = await openInserted(context);
      await other.replace(sampleDelivery({ attempt: 7 }), etag);
      proxy.failNext('PATCH', 'lose', times);
      expect(await store.replace(claimed, etag)).toBeNull();
      expect((await other.readDelivery(ID, 0))?.delivery.attempt).toBe(7);
    },
  );

  it('was done, though no answer came for as long as one try may take', async (context) => {
    const { proxy, store, other, etag } = await openInserted(context);
    proxy.failNext('PATCH', 'hang', 1);
    const startedAtMs = performance.now();
    const next = await store.replace(claimed, etag);
    expect(performance.now() - startedAtMs).toBeLessThan(OPERATION_TIMEOUT_MS);
    // Another try was made, and met what the first had written.
    expect(proxy.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
    expect(await other.readDelivery(ID, 0)).toMatchObject({ delivery: claimed, etag: next });
  });

  it('is followed by a read that is tried again where no answer comes to it', async (context) => {
    const { proxy, store } = await openInserted(context);
    proxy.failNext('GET', 'hang', 1);
    expect(await store.readDelivery(ID, 0)).not.toBeNull();
  });

  it('says nothing where the row stands unchanged: the write may still come', async (context) => {
    const { proxy, store, other, etag } = await openInserted(context);
    proxy.failNext('PATCH', 'refuse', ALL_TRIES);
    await expect(store.replace(claimed, etag)).rejects.toThrow(Unavailable);
    expect((await other.readDelivery(ID, 0))?.etag).toBe(etag);
    expect(await store.replace(claimed, etag)).not.toBeNull();
  });

  it('is a read that failed, not an absence, when Storage does not answer', async (context) => {
    const { proxy, store } = await openInserted(context);
    proxy.failNext('GET', 'refuse', ALL_TRIES);
    await expect(store.readDelivery(ID, 0)).rejects.toThrow(Unavailable);
    proxy.failNext('GET', 'refuse', ALL_TRIES);
    await expect(collect(store.scanDay('2026-11-24'))).rejects.toThrow(Unavailable);
  });
});

describe.concurrent('R1: a transaction that replaces', () => {
  const canceled = (delivery: number) => sampleDelivery({ delivery, status: 'canceled', due: null });
  async function openSplit(context: TestContext) {
    const opened = await open(context);
    const inserted = await insertSplit(opened.store);
    if (!inserted.inserted) throw new Error('It stood already.');
    const changes = [1, 2].map((delivery) => ({
      next: canceled(delivery),
      etag: inserted.etags[delivery - 1]!,
    }));
    return { ...opened, changes, etags: inserted.etags };
  }
  const statuses = async (store: MessageStore) =>
    (await store.readMessage(ID))?.deliveries.map(({ delivery }) => delivery.status);

  it.for(TIMES)('was done, though its answer was lost %i times', async (times, context) => {
    const { proxy, store, other, changes } = await openSplit(context);
    proxy.failNext('POST', 'lose', times);
    expect(await store.replaceAll(changes)).toBe(true);
    expect(await statuses(other)).toEqual(['canceled', 'canceled', 'queued']);
  });

  it('was done, though its answer was lost and one row was written over since', async (context) => {
    const { proxy, store, other, changes } = await openSplit(context);
    // Between the lost answer and the look at the rows somebody else comes.
    proxy.failNext('POST', 'lose', ALL_TRIES);
    let isWrittenOver = false;
    const lost = proxy.fault;
    proxy.fault = async (request) => {
      if (request.method === 'GET' && !isWrittenOver) {
        isWrittenOver = true;
        const first = (await other.readDelivery(ID, 1))!;
        await other.replace({ ...first.delivery, attempt: 5 }, first.etag);
      }
      return lost(request);
    };
    expect(await store.replaceAll(changes)).toBe(true);
    expect(isWrittenOver).toBe(true);
  });

  it.for(TIMES)(
    'was not done where somebody else was quicker, its answer lost %i times',
    async (times, context) => {
      const { proxy, store, other, changes, etags } = await openSplit(context);
      await other.replace(sampleDelivery({ delivery: 2, status: 'sending' }), etags[1]!);
      proxy.failNext('POST', 'lose', times);
      expect(await store.replaceAll(changes)).toBe(false);
      expect(await statuses(other)).toEqual(['queued', 'sending', 'queued']);
    },
  );

  it('says nothing where every row stands unchanged: the write may still come', async (context) => {
    const { proxy, store, other, changes } = await openSplit(context);
    proxy.failNext('POST', 'refuse', ALL_TRIES);
    await expect(store.replaceAll(changes)).rejects.toThrow(Unavailable);
    expect(await statuses(other)).toEqual(['queued', 'queued', 'queued']);
    expect(await store.replaceAll(changes)).toBe(true);
  });

  it.for(TIMES)(
    'recorded a rejected message anew, though its answer was lost %i times',
    async (times, context) => {
      const { proxy, store, other } = await open(context);
      const rejected = sampleDelivery({ status: 'rejected', due: null });
      const inserted = await store.insert({ head: sampleHead(), payload: null }, [rejected]);
      if (!inserted.inserted) throw new Error('It stood already.');
      const message = { head: sampleHead({ parts: 2 }), payload: null };
      const parts = [1, 2].map((delivery) => sampleDelivery({ delivery }));
      proxy.failNext('POST', 'lose', times);
      expect(await store.recordAnew(message, parts, inserted.etags[0]!)).toBe(true);
      expect(await statuses(other)).toEqual(['queued', 'queued']);
    },
  );
});

it.concurrent('claims a key once, though the answer was lost', async (context) => {
  const { proxy, storage } = await open(context);
  const keys = makeIdempotencyKeys({ storage });
  const record = { app: 'payroll', key: 'k', messageId: ID, fingerprint: 'f', expiresAt: NOON + 1 };
  await keys.claim({ ...record, key: 'first' }, NOON);
  proxy.failNext('POST', 'lose', ALL_TRIES);
  expect(await keys.claim(record, NOON)).toEqual(record);
});

it.concurrent('removes a waiting row, though the answer was lost', async (context) => {
  const { proxy, storage } = await open(context);
  const rooms = makeWaitingRooms({ storage });
  const row = { room: 'tenant', key: '1', id: ID, delivery: 0, attempt: 1, recipients: 1, external: 0 };
  await rooms.put({ ...row, writtenAt: NOON });
  const [read] = await collect(rooms.walk('tenant'));
  proxy.failNext('DELETE', 'lose', 1);
  expect(await rooms.remove(read!.row, read!.etag)).toBe(true);
  expect(await rooms.front('tenant')).toBeNull();
});

it.concurrent('spends one operation on each call, without others in the way', async (context) => {
  const { proxy, store } = await open(context);
  const count = async (call: () => Promise<unknown>): Promise<string[]> => {
    proxy.seen.length = 0;
    await call();
    return proxy.seen.map(({ method }) => method);
  };
  expect(await count(async () => insertSingle(store))).toEqual(['POST']);
  const { etag } = (await store.readDelivery(ID, 0))!;
  expect(await count(async () => store.readDelivery(ID, 0))).toEqual(['GET']);
  expect(await count(async () => store.readMessage(ID))).toEqual(['GET']);
  expect(await count(async () => store.replace(sampleDelivery(), etag))).toEqual(['PATCH']);
  expect(await count(async () => collect(store.scanDay('2026-11-24', 'moving')))).toEqual(['GET']);
});
