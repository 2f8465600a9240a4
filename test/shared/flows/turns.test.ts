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

test('two run at once, the others in the order in which they came, each as soon as one has ended', async () => {
  const { begun, work, end } = makeWork();
  const turns = makeTurns();
  const all = ['a', 'b', 'c', 'd'].map((name) => turns.take(work(name)));
  await soon();
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'c']);
  await end('a');
  await end('d');
  await end('c');
  expect(await Promise.all(all)).toEqual(['a is done', 'b is done', 'c is done', 'd is done']);
});

test('one that fails fails its own caller only, and the next one goes', async () => {
  const { begun, work, end, fail } = makeWork();
  const turns = makeTurns();
  const failing = Promise.allSettled([turns.take(work('a'))]);
  const others = [turns.take(work('b')), turns.take(work('c'))];
  await soon();
  await fail('a');
  expect(await failing).toMatchObject([{ status: 'rejected', reason: { message: 'a failed' } }]);
  expect(begun).toEqual(['a', 'b', 'c']);
  await end('b');
  await end('c');
  expect(await Promise.all(others)).toEqual(['b is done', 'c is done']);
});

test('whoever comes when a place has just become free does not get before those who wait', async () => {
  const { begun, work, end } = makeWork();
  const turns = makeTurns();
  const first = [turns.take(work('a')), turns.take(work('b')), turns.take(work('c'))];
  await soon();
  const ending = end('a');
  const late = turns.take(work('late'));
  await ending;
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const name of ['b', 'c', 'late']) await end(name);
  await Promise.all([...first, late]);
});

test('when all have ended, two run at once again', async () => {
  const { begun, work, end } = makeWork();
  const turns = makeTurns();
  const first = [turns.take(work('a')), turns.take(work('b'))];
  await soon();
  await end('a');
  await end('b');
  await Promise.all(first);
  const next = ['c', 'd', 'e'].map((name) => turns.take(work(name)));
  await soon();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  for (const name of ['c', 'd', 'e']) await end(name);
  await Promise.all(next);
});
