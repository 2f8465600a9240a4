import { expect, test } from 'vitest';
import { keepRunning } from '../../../local/stack/keepRunning.ts';
import type { Child } from '../../../local/stack/keepRunning.ts';

interface FakeChild extends Child {
  die(): void;
}

function makeStarts(startFails: (count: number) => boolean = () => false) {
  const children: FakeChild[] = [];
  let count = 0;
  return {
    children,
    count: () => count,
    start: async (): Promise<FakeChild> => {
      count += 1;
      if (startFails(count)) throw new Error(`start ${count} fails`);
      const ended = Promise.withResolvers<void>();
      const child: FakeChild = {
        pid: count,
        ended: ended.promise,
        die: ended.resolve,
        stop: async () => {
          ended.resolve();
          await ended.promise;
        },
      };
      children.push(child);
      return child;
    },
  };
}

test('what dies is started again and announced; what is stopped is not', async () => {
  const starts = makeStarts();
  const said: string[] = [];
  let changes = 0;
  const kept = await keepRunning({
    name: 'Host 1',
    start: starts.start,
    onChange: () => (changes += 1),
    say: (line) => said.push(line),
  });
  expect(kept.current()?.pid).toBe(1);
  starts.children[0]!.die();
  await expect.poll(() => kept.current()?.pid).toBe(2);
  expect(said).toEqual(['Host 1 (process 1) has ended; it is started again.']);
  // Up, ended, up.
  expect(changes).toBe(3);

  await kept.stop();
  expect(kept.current()).toBeNull();
  expect(starts.count()).toBe(2);
});

test('a first start that fails is the caller’s; a later one is tried again', async () => {
  const never = makeStarts(() => true);
  const options = { name: 'Host', onChange: () => undefined, say: () => undefined };
  await expect(keepRunning({ ...options, start: never.start })).rejects.toThrow('start 1 fails');
  expect(never.count()).toBe(1);

  const said: string[] = [];
  const starts = makeStarts((count) => count === 2);
  const kept = await keepRunning({ ...options, start: starts.start, say: (line) => said.push(line) });
  starts.children[0]!.die();
  await expect.poll(() => kept.current()?.pid).toBe(3);
  expect(said.join('\n')).toContain('could not be started, it is tried again: Error: start 2 fails');
  await kept.stop();
});

test('a stop while it waits to start again ends the waiting', async () => {
  const starts = makeStarts();
  const down = Promise.withResolvers<void>();
  const kept = await keepRunning({
    name: 'Host',
    start: starts.start,
    onChange: () => undefined,
    // Said when it has ended, before the waiting begins: a look at it by a timer might come after the waiting.
    say: () => down.resolve(),
  });
  starts.children[0]!.die();
  await down.promise;
  await kept.stop();
  expect(kept.current()).toBeNull();
  expect(starts.count()).toBe(1);
});
