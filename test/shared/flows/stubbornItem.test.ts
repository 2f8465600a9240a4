import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { makeDurations } from '../../../shared/core/durations.ts';
import { makeFailRow } from '../../../shared/flows/failRow.ts';
import { makeGuard } from '../../../shared/flows/stubbornItem.ts';
import { makeTurns } from '../../../shared/flows/turns.ts';
import { makeTakeFromOutbox } from '../../../shared/flows/takeFromOutbox.ts';
import { DAY, NOON, sampleId } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';

const ID = sampleId();
const CLAIM = makeDurations(1).claim;
const letter = { day: DAY, messageId: ID, delivery: 0, attempt: 1, app: 'default', at: NOON };
const item = (dequeueCount: number) => ({
  queueId: 'q-1',
  insertedAt: NOON,
  dequeueCount,
  raw: '{"to":"x"}',
});

function makeWorld() {
  const flows = makeStoredFlows();
  const guard = makeGuard(flows);
  const calls: string[] = [];
  return {
    ...flows,
    calls,
    announced: async () => flows.deadLetters.read(DAY, 'item-q-1'),
    take,
    /** The process dies: nothing behind the handler's work runs. */
    async die(dequeueCount: number, at: number): Promise<void> {
      const before = calls.length;
      void take(dequeueCount, async () => new Promise(() => undefined), at);
      while (calls.length === before) await new Promise((resolve) => setImmediate(resolve));
    },
  };

  /** What the process does with the item: `run` says how it ends. */
  async function take(
    dequeueCount: number,
    run: () => Promise<void> = async () => undefined,
    at = NOON,
  ): Promise<void> {
    await guard(
      item(dequeueCount),
      { ...letter, at },
      async () => {
        calls.push('run');
        await run();
      },
      async () => {
        calls.push('fail');
      },
    );
  }
}

describe('an item that comes back', () => {
  it('fewer than ten times is only taken, without a look at the dead letters', async () => {
    const { take, calls, announced } = makeWorld();
    let during: unknown = null;
    await take(9, async () => {
      during = await announced();
    });
    expect(calls).toEqual(['run']);
    expect(during).toBeNull();
  });

  it('the tenth time is announced with its raw body while it is tried once more, and not any more when that succeeds', async () => {
    const { take, announced } = makeWorld();
    let during: Awaited<ReturnType<typeof announced>> = null;
    await take(10, async () => {
      during = await announced();
    });
    expect(during).toMatchObject({
      reason: 'comes_back',
      messageId: ID,
      detail: expect.stringMatching(/delivered 10 times; one more try began/),
    });
    expect(Buffer.from(during!['raw']!).toString()).toBe('{"to":"x"}');
    expect(await announced()).toBeNull();
  });

  it('is announced no more when it throws rather than dies, however often', async () => {
    const { take, calls, announced } = makeWorld();
    for (const count of [10, 11, 500]) {
      await expect(take(count, async () => Promise.reject(new Error('down')))).rejects.toThrow('down');
      expect(await announced()).toBeNull();
    }
    expect(calls).toEqual(['run', 'run', 'run']);
  });

  it('is given up after three announced tries that ended without a word: not taken again, and its letter stays', async () => {
    const { take, die, calls, announced, lines } = makeWorld();
    for (let n = 0; n < 3; n++) await die(10 + n, NOON + n * CLAIM);
    await take(13, async () => undefined, NOON + 3 * CLAIM);
    expect(calls).toEqual(['run', 'run', 'run', 'fail']);
    expect(await announced()).toMatchObject({ reason: 'comes_back', announcements: 3 });
    expect(lines).toEqual([`error ${ID}: its queue item ends whoever takes it; it is given up`]);
  });

  it('is not given up for announcements that merely could not be taken back, if one try ends well', async () => {
    const { take, die, calls, announced } = makeWorld();
    await die(10, NOON);
    await die(11, NOON + CLAIM);
    await take(12, async () => undefined, NOON + 2 * CLAIM);
    expect(await announced()).toBeNull();
    await die(13, NOON + 3 * CLAIM);
    expect((await announced())?.announcements).toBe(1);
    expect(calls).not.toContain('fail');
  });

  it('is thrown back while the try that was announced may still be under way', async () => {
    const { take, die, calls } = makeWorld();
    await die(10, NOON);
    await expect(take(11, async () => undefined, NOON + CLAIM - 1)).rejects.toThrow('may still be under way');
    expect(calls).toEqual(['run']);
  });

  it('is thrown back while the dead letters cannot be read', async () => {
    const flows = makeStoredFlows();
    const guard = makeGuard({
      ...flows,
      deadLetters: { ...flows.deadLetters, read: async () => Promise.reject(new Error('503')) },
    });
    const taken = guard(
      item(10),
      letter,
      async () => undefined,
      async () => undefined,
    );
    await expect(taken).rejects.toThrow('503');
  });
});

describe('the row of an item that is given up', () => {
  it('fails where it is still queued, with its dead letter', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.stored();
    await makeFailRow(flows)({ messageId: id, delivery: 0 });
    const row = await flows.read(id);
    expect(row.status).toBe('failed');
    expect(row.replies[0]!.remedy).toContain('redrive');
    expect(await flows.deadLetters.read(DAY, `${id}.0.1`)).toMatchObject({ reason: 'failed' });
  });

  it.each<Delivery['status']>(['sending', 'deferred', 'held', 'sent'])(
    'is left where it is %s',
    async (status) => {
      const flows = makeStoredFlows();
      const before = await flows.stored({ status });
      await makeFailRow(flows)({ messageId: before.id, delivery: 0 });
      expect(await flows.read(before.id)).toEqual(before);
    },
  );

  it('that changes meanwhile lets the item come again', async () => {
    const flows = makeStoredFlows({ wrapStore: (store) => ({ ...store, replace: async () => null }) });
    const { id } = await flows.stored();
    await expect(makeFailRow(flows)({ messageId: id, delivery: 0 })).rejects.toThrow(/comes again/);
  });
});

describe('an item of the outbox that is given up', () => {
  const makeOutbox = (flows: ReturnType<typeof makeStoredFlows>) =>
    makeTakeFromOutbox({
      ...flows,
      turns: makeTurns(flows),
      accept: async () => Promise.reject(new Error('it is not taken again')),
      judgeMessage: async () => Promise.reject(new Error('nor judged')),
      // A body in the queue needs no blob.
      blobs: null as never,
    });

  it('is recorded as rejected with its original where nothing is recorded yet', async () => {
    const flows = makeStoredFlows();
    await makeOutbox(flows).giveUp(ID, { to: 'x', subject: 's' });
    expect((await flows.read(ID)).status).toBe('rejected');
    const found = (await flows.deadLetters.read(DAY, `${ID}.0.1`))!;
    expect(found).toMatchObject({ reason: 'rejected', detail: expect.stringContaining('comes_back') });
    expect(JSON.parse(Buffer.from(found.raw!).toString())).toEqual({ to: 'x', subject: 's' });
  });

  it('changes nothing where it is recorded: neither the row nor its dead letter', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.stored();
    await makeFailRow(flows)({ messageId: id, delivery: 0 });
    await makeOutbox(flows).giveUp(id, { to: 'x' });
    expect((await flows.read(id)).status).toBe('failed');
    expect(await flows.deadLetters.read(DAY, `${id}.0.1`)).toMatchObject({ reason: 'failed' });
    const sent = await flows.stored({ status: 'sent', attempt: 2 });
    await makeOutbox(flows).giveUp(sent.id, { to: 'x' });
    expect(await flows.deadLetters.read(DAY, `${sent.id}.0.1`)).toBeNull();
    expect(flows.lines.filter((line) => line.includes('rejected'))).toEqual([]);
  });
});
