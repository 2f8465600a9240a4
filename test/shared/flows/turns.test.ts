import { setImmediate as soon } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeTurns } from '../../../shared/flows/turns.ts';

/** Work that ends when it is told to; what was begun, in its order. */
function makeWork() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  return {
    begun,
    work: (name: string) => async () => {
      begun.push(name);
      const end = Promise.withResolvers<string>();
      ends.set(name, end);
      return end.promise;
    },
    end: async (name: string) => {
      ends.get(name)!.resolve(`${name} is done`);
      await soon();
    },
    fail: async (name: string) => {
      ends.get(name)!.reject(new Error(`${name} failed`));
      await soon();
    },
  };
}

test('one runs after another, in the order in which they came', async () => {
  const { begun, work, end } = makeWork();
  const turns = makeTurns({ clock: { monotonic: () => 0 }, durations: { turn: 1 } });
  const all = ['a', 'b', 'c'].map((name) => turns.take(work(name)));
  await soon();
  for (const [name, sofar] of [
    ['a', ['a']],
    ['b', ['a', 'b']],
    ['c', ['a', 'b', 'c']],
  ] as const) {
    expect(begun).toEqual(sofar);
    await end(name);
  }
  expect(await Promise.all(all)).toEqual(['a is done', 'b is done', 'c is done']);
});

test('one that fails fails its own caller only, and the next one goes', async () => {
  const { begun, work, end, fail } = makeWork();
  const turns = makeTurns({ clock: { monotonic: () => 0 }, durations: { turn: 1 } });
  const failing = Promise.allSettled([turns.take(work('a'))]);
  const other = turns.take(work('b'));
  await soon();
  await fail('a');
  expect(await failing).toMatchObject([{ status: 'rejected', reason: { message: 'a failed' } }]);
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(await other).toBe('b is done');
});

test('whoever comes when a turn has just ended does not get before those who wait', async () => {
  const { begun, work, end } = makeWork();
  const turns = makeTurns({ clock: { monotonic: () => 0 }, durations: { turn: 1 } });
  const first = [turns.take(work('a')), turns.take(work('b'))];
  await soon();
  const ending = end('a');
  const late = turns.take(work('late'));
  await ending;
  expect(begun).toEqual(['a', 'b']);
  for (const name of ['b', 'late']) await end(name);
  await Promise.all([...first, late]);
});

test('when all have ended, the next one goes at once, and one only', async () => {
  const { begun, work, end } = makeWork();
  const turns = makeTurns({ clock: { monotonic: () => 0 }, durations: { turn: 1 } });
  const first = turns.take(work('a'));
  await soon();
  await end('a');
  await first;
  const next = ['b', 'c'].map((name) => turns.take(work(name)));
  await soon();
  expect(begun).toEqual(['a', 'b']);
  for (const name of ['b', 'c']) await end(name);
  await Promise.all(next);
});

test('whoever has waited too long is told to come again, and those behind go on', async () => {
  const { begun, work, end } = makeWork();
  let nowMs = 0;
  const turns = makeTurns({ clock: { monotonic: () => nowMs }, durations: { turn: 300 } });
  const first = turns.take(work('a'));
  const tooLate = Promise.allSettled([turns.take(work('b'))]);
  nowMs = 200;
  const inTime = turns.take(work('c'));
  await soon();
  nowMs = 301;
  await end('a');
  expect(await tooLate).toMatchObject([{ status: 'rejected', reason: { name: 'Unavailable' } }]);
  expect(begun).toEqual(['a', 'c']);
  await end('c');
  expect(await Promise.all([first, inTime])).toEqual(['a is done', 'c is done']);
});
