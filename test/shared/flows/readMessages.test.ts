/** Finding messages in a record that is larger than one request should read, over a stand-in for its port. */
import { describe, expect, it } from 'vitest';
import { makeMessageReader } from '../../../shared/flows/readMessages.ts';
import type { MessageStore } from '../../../shared/ports.ts';
import { DAY, NOON, sampleDelivery, sampleHead, sampleId } from '../../contracts/sampleMessages.ts';
import { makeTestClock } from './storedFlows.ts';

/** One message a second until noon; each tenth has "sought" in its subject. */
function makeRecord(count: number, monotonic = (): number => 0, onSlice = (): void => undefined) {
  const heads = Array.from({ length: count }, (_, n) =>
    sampleHead({ id: sampleId(n, NOON - n * 1000), subject: n % 10 === 0 ? `Sought ${n}` : `Other ${n}` }),
  );
  const { clock } = makeTestClock();
  let reads = 0;
  const store = {
    async *listHeads(day: string, from: string, below: string) {
      onSlice();
      if (day === DAY) yield* heads.filter(({ id }) => id >= from && id < below);
    },
    async readMessage(id: string) {
      reads++;
      const head = heads.find((one) => one.id === id)!;
      return {
        head: { head, payload: null },
        deliveries: [{ delivery: sampleDelivery({ id }), etag: '', head: null }],
      };
    },
  } as unknown as MessageStore;
  const messages = makeMessageReader({
    store,
    troubles: { remembered: async () => new Map() },
    accounts: [],
    clock: { ...clock, monotonic },
    rowDays: 30,
  });
  return { messages, reads: () => reads };
}

async function readAll(
  messages: ReturnType<typeof makeMessageReader>,
  afterEach: () => void = () => undefined,
) {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await messages.list({ search: 'sought', limit: 50, cursor });
    pages.push(page.items.map(({ subject }) => subject));
    ({ cursor } = page);
    afterEach();
  } while (cursor !== undefined);
  return pages;
}

describe('a search', () => {
  it('looks at so many messages a page at the most, and finds all of them page by page, the newest first', async () => {
    const { messages, reads } = makeRecord(2500);
    const lookedAt: number[] = [];
    const pages = await readAll(messages, () => lookedAt.push(reads()));
    expect(Math.max(...lookedAt.map((sum, n) => sum - (lookedAt[n - 1] ?? 0)))).toBeLessThanOrEqual(1024);
    expect(pages.flat()).toEqual(Array.from({ length: 250 }, (_, n) => `Sought ${n * 10}`));
    expect(pages.length).toBeGreaterThan(4);
  });

  it('ends a page after some seconds too, and each page gets on', async () => {
    // Between two looks at the clock lie three seconds.
    let monotonicMs = 0;
    const { messages } = makeRecord(100, () => (monotonicMs += 3000));
    const pages = await readAll(messages);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flat()).toEqual(Array.from({ length: 10 }, (_, n) => `Sought ${n * 10}`));
  });

  it('ends a page where there is nothing to find either, and the next one goes on where it ended', async () => {
    // Each query takes a second.
    let [monotonicMs, queries] = [0, 0];
    const { messages } = makeRecord(
      100,
      () => monotonicMs,
      () => {
        monotonicMs += 1000;
        queries += 1;
      },
    );
    const queriesOfPages: number[] = [];
    const pages = await readAll(messages, () => {
      queriesOfPages.push(queries);
      queries = 0;
    });
    expect(Math.max(...queriesOfPages)).toBeLessThanOrEqual(5);
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.flat()).toEqual(Array.from({ length: 10 }, (_, n) => `Sought ${n * 10}`));
  });
});
