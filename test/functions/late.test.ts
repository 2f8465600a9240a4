import { expect, test } from 'vitest';
import { makeLate } from '../../functions/late.ts';

function makeLoads(failures: number) {
  let loads = 0;
  const late = makeLate(async () => {
    loads++;
    if (loads <= failures) throw new Error('the file cannot be read');
    return { double: (n: number) => n * 2, greet: async (name: string) => `hello ${name}` };
  });
  return { late, loads: () => loads };
}

test('nothing is loaded before the first call, and everything once', async () => {
  const { late, loads } = makeLoads(0);
  const double = late.handler((handlers) => handlers.double);
  const greet = late.handler((handlers) => handlers.greet);
  expect(loads()).toBe(0);
  expect(await Promise.all([double(2), greet('Ann'), double(3)])).toEqual([4, 'hello Ann', 6]);
  expect(loads()).toBe(1);
});

test('what was loaded ahead is not loaded again', async () => {
  const { late, loads } = makeLoads(0);
  await late.load();
  expect(await late.handler(({ double }) => double)(4)).toBe(8);
  expect(loads()).toBe(1);
});

test('a load that fails fails the calls that wait for it, and the next call tries again', async () => {
  const { late, loads } = makeLoads(1);
  const double = late.handler((handlers) => handlers.double);
  const calls = await Promise.allSettled([double(1), double(2)]);
  expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await double(5)).toBe(10);
  expect(loads()).toBe(2);
});
