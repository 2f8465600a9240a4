import { expect, test } from 'vitest';
import { parseChaosCommand } from '../../../local/chaos/chaosOptions.ts';

test('what is not given has its usual value, the seed a fresh one', () => {
  expect(parseChaosCommand([], 42)).toMatchObject({
    kind: 'run',
    options: {
      messages: 500,
      hosts: 3,
      kills: 10,
      seed: 42,
      transport: 'plain',
      extensions: 'chunking',
      window: 2,
      state: null,
    },
  });
});

test('what is given counts, seed 0 too', () => {
  const args = [
    '--messages',
    '5000',
    '--hosts',
    '2',
    '--kills',
    '20',
    '--seed',
    '0',
    '--time-scale',
    '60',
    '--transport',
    'fast',
    '--extensions',
    'pipelining',
    '--window',
    '8',
  ];
  expect(parseChaosCommand(args, 42)).toEqual({
    kind: 'run',
    options: {
      messages: 5000,
      hosts: 2,
      kills: 20,
      seed: 0,
      timeScale: 60,
      transport: 'fast',
      extensions: 'pipelining',
      window: 8,
      state: null,
    },
  });
});

test.each([
  ['--messages', 'many'],
  ['--hosts', '0'],
  ['--kills', '1.5'],
  ['--time-scale', '1e9'],
  ['--transport', 'slow'],
  ['--extensions', 'bdat'],
  ['--window', '9'],
])('%s %s is refused with what it takes', (name, value) => {
  const command = parseChaosCommand([name, value], 42);
  expect(command).toMatchObject({ kind: 'wrong', problem: expect.stringContaining(name) });
});

test('an argument that does not exist is refused', () => {
  expect(parseChaosCommand(['--kill', '3'], 42)).toMatchObject({ kind: 'wrong' });
});
