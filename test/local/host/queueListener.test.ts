import type { QueueClient } from '@azure/storage-queue';
import { describe, expect, it } from 'vitest';
import { gate, until } from './probe.ts';
import type { Answer } from './probe.ts';
import { createStack } from './stack.ts';
import type { Stack, StackOptions } from './stack.ts';

/** Ten minutes of visibility become five seconds. */
const FAST = { HVE_LOCAL_TIME_SCALE: '120' };

async function start(options: Omit<StackOptions, 'functions'> = {}): Promise<Stack> {
  const stack = await createStack({
    functions: 'queue',
    ...options,
    queues: { messageEncoding: 'none', ...options.queues },
  });
  await stack.queue.create();
  return stack;
}

async function isEmpty(queue: QueueClient): Promise<boolean> {
  return (await queue.getProperties()).approximateMessagesCount === 0;
}

// Most of their time these tests wait for a visibility to end: they do it beside each other.
describe.concurrent('the storage queue trigger', () => {
  it('makes the queue, hands each message to the function once and deletes it', async () => {
    await using stack = await createStack({ functions: 'queue', queues: { messageEncoding: 'none' } });
    const { queue, probe, host } = stack;
    await host();
    await until('the queue is there', async () => queue.exists());
    await queue.sendMessage('hello');
    await until('the queue is empty', async () => isEmpty(queue));
    expect(probe.calls.map(({ input }) => input)).toEqual(['hello']);
  });

  it('gives the app what parses as JSON as its value, and all else as text', async () => {
    await using stack = await start();
    const { queue, probe, host } = stack;
    const bodies = ['{"a":1}', '123', 'true', '"quoted"', '{"a":', 'text'];
    for (const body of bodies) await queue.sendMessage(body);
    await host();
    await until('all have run', () => probe.calls.length === bodies.length);
    const inputs = probe.calls.map(({ input }) => input);
    expect(inputs).toHaveLength(bodies.length);
    expect(inputs).toEqual(expect.arrayContaining([{ a: 1 }, 123, true, 'quoted', '{"a":', 'text']));
  });

  it('gives the trigger metadata with the names and kinds that the Node worker gives', async () => {
    await using stack = await start();
    const { queue, probe, host } = stack;
    const sent = await queue.sendMessage('{"Capital":1}');
    await host();
    await until('it has run', () => probe.calls.length === 1);
    expect(probe.calls[0]?.['metadata']).toEqual({
      queueTrigger: { capital: 1 },
      dequeueCount: 1,
      id: sent.messageId,
      popReceipt: expect.any(String),
      insertionTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/),
      expirationTime: expect.stringMatching(/\+00:00$/),
      nextVisibleTime: expect.stringMatching(/\+00:00$/),
    });
  });

  it('runs at most batchSize + newBatchThreshold at once, and all of them in the end', async () => {
    await using stack = await start({ queues: { batchSize: 3, newBatchThreshold: 2 } });
    const { queue, probe, host } = stack;
    let running = 0;
    let most = 0;
    const doors = Array.from({ length: 12 }, () => gate());
    const waiting = [...doors];
    probe.decide(async () => {
      running += 1;
      most = Math.max(most, running);
      await waiting.shift()?.opened;
      running -= 1;
      return {};
    });
    for (let index = 0; index < doors.length; index++) await queue.sendMessage(`m${index}`);
    await host();
    await until('the first batch runs', () => running === 3);
    // One ends: two run on, which is the threshold, so another three come.
    doors[0]?.open();
    await until('the second batch runs beside it', () => running === 5);
    for (const door of doors) door.open();
    await until('all have run', async () => probe.calls.length === doors.length && (await isEmpty(queue)));
    expect(most).toBe(5);
  });

  it('runs a message again after a throw, with a rising dequeueCount, and not before the visibilityTimeout', async () => {
    await using stack = await start({ queues: { visibilityTimeout: '00:00:02' } });
    const { queue, probe, host } = stack;
    probe.decide(({ metadata }): Answer => (dequeueCount(metadata) < 3 ? { throw: 'not yet' } : {}));
    await queue.sendMessage('again');
    await host();
    await until('the queue is empty', async () => isEmpty(queue));
    expect(probe.calls.map(({ metadata }) => dequeueCount(metadata))).toEqual([1, 2, 3]);
    const [first, second] = probe.calls.map(({ now }) => now);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(1900);
  });

  it('copies a message to the poison queue when maxDequeueCount throws are reached: a new id, seven days, no reason', async () => {
    await using stack = await start({ queues: { maxDequeueCount: 2 } });
    const { queue, poison, probe, host } = stack;
    probe.decide(() => ({ throw: 'never' }));
    const sent = await queue.sendMessage('{"a": 1}', { messageTimeToLive: -1 });
    await host();
    await until('it is poison', async () => (await poison.exists()) && !(await isEmpty(poison)));
    await until('the queue is empty', async () => isEmpty(queue));
    const [copy] = (await poison.receiveMessages()).receivedMessageItems;
    expect(probe.calls).toHaveLength(2);
    expect(copy?.messageText).toBe('{"a": 1}');
    expect(copy?.messageId).not.toBe(sent.messageId);
    const lifeMs = (copy?.expiresOn.getTime() ?? 0) - (copy?.insertedOn.getTime() ?? 0);
    expect(lifeMs).toBe(7 * 24 * 3600 * 1000);
  });

  it('decodes base64 when host.json says so, and moves what is none to poison without running it', async () => {
    await using stack = await start({ queues: { messageEncoding: 'base64' } });
    const { queue, poison, probe, host } = stack;
    await queue.sendMessage(Buffer.from('{"ü":1}').toString('base64'));
    await queue.sendMessage('{"plain":1}');
    await host();
    await until('one has run, the other is poison', async () => {
      return probe.calls.length === 1 && (await poison.exists()) && !(await isEmpty(poison));
    });
    expect(probe.calls[0]?.['input']).toEqual({ ü: 1 });
    expect((await poison.peekMessages()).peekedMessageItems[0]?.messageText).toBe('{"plain":1}');
  });

  it('leaves base64 as it is with the encoding none', async () => {
    await using stack = await start();
    const { queue, probe, host } = stack;
    await queue.sendMessage(Buffer.from('{"a":1}').toString('base64'));
    await host();
    await until('it has run', () => probe.calls.length === 1);
    expect(probe.calls[0]?.['input']).toBe('eyJhIjoxfQ==');
  });

  it('keeps a message invisible while it runs, longer than one visibility time', async () => {
    await using stack = await start({ env: FAST });
    const { queue, probe, host } = stack;
    const end = gate();
    probe.decide(async () => {
      await end.opened;
      return {};
    });
    const sent = await queue.sendMessage('long');
    await host();
    await until('it runs', () => probe.calls.length === 1);
    const startedMs = performance.now();
    await until('its lease was renewed twice', async () => {
      expect((await queue.peekMessages()).peekedMessageItems).toEqual([]);
      return performance.now() - startedMs > 7000;
    });
    end.open();
    await until('the queue is empty', async () => isEmpty(queue));
    expect(probe.calls).toHaveLength(1);
    expect(sent.messageId).not.toBe('');
  });

  it('brings the message of a killed host back when its visibility is over', async () => {
    await using stack = await start({ env: FAST });
    const { queue, probe, host } = stack;
    probe.decide(async ({ metadata }) => {
      if (dequeueCount(metadata) === 1) await gate().opened;
      return {};
    });
    await queue.sendMessage('survivor');
    const first = await host();
    await until('it runs', () => probe.calls.length === 1);
    first.kill();
    await first.ended;
    const second = await host();
    await until('it ran again', async () => probe.calls.length === 2 && (await isEmpty(queue)));
    expect(probe.calls[1]?.pid).toBe(second.pid);
    expect(dequeueCount(probe.calls[1]?.['metadata'])).toBe(2);
  });

  it('runs a message again when its delete failed', async () => {
    await using stack = await start({ env: FAST });
    const { queue, probe, host } = stack;
    probe.decide(async ({ metadata }) => {
      if (dequeueCount(metadata) === 1) {
        // Someone takes the message over: the receipt of the host is no longer the valid one.
        const { id, popReceipt } = metadata as { id: string; popReceipt: string };
        await queue.updateMessage(id, popReceipt, undefined, 0);
      }
      return {};
    });
    await queue.sendMessage('twice');
    await host();
    await until('it ran again and is gone', async () => probe.calls.length === 2 && (await isEmpty(queue)));
    expect(probe.calls.map(({ metadata }) => dequeueCount(metadata))).toEqual([1, 2]);
    await until('that is said', () =>
      stack.lines.some((line) => line.includes('could not be deleted and may run again')),
    );
  });

  it('finishes what runs when it is stopped, and takes nothing more', async () => {
    await using stack = await start();
    const { queue, probe, host, lines } = stack;
    const end = gate();
    probe.decide(async () => {
      await end.opened;
      return {};
    });
    await queue.sendMessage('running');
    const running = await host();
    await until('it runs', () => probe.calls.length === 1);
    const stopped = running.stop();
    await until('it stops', () => lines.some((line) => line.includes('takes nothing new')));
    await queue.sendMessage('late');
    end.open();
    await stopped;
    expect((await running.ended).code).toBe(0);
    // The one that ran is deleted, not only hidden.
    expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
    const [left] = (await queue.peekMessages()).peekedMessageItems;
    expect(left?.messageText).toBe('late');
  });

  it('ends the whole process when an invocation outlives functionTimeout', async () => {
    await using stack = await start({ hostJson: { functionTimeout: '00:00:01' } });
    const { queue, probe, host, lines } = stack;
    probe.decide(async () => {
      await gate().opened;
      return {};
    });
    await queue.sendMessage('endless');
    const running = await host();
    await until('it runs', () => probe.calls.length === 1);
    expect((await running.ended).code).toBe(1);
    expect(lines.some((line) => line.includes('ran longer than functionTimeout'))).toBe(true);
  });
});

function dequeueCount(metadata: unknown): number {
  return (metadata as { dequeueCount: number }).dequeueCount;
}
