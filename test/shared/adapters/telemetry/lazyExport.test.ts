import { expect, it } from 'vitest';
import { makeLazyExport } from '../../../../shared/adapters/telemetry/lazyExport.ts';
import type { TelemetryExport } from '../../../../shared/adapters/telemetry/telemetryExport.ts';

const NEVER_BY_ITSELF_MS = 3_600_000;

function makeWorld(load: (target: TelemetryExport) => Promise<TelemetryExport>, loadAfterMs: number) {
  const seen: string[] = [];
  const failures: unknown[] = [];
  let loads = 0;
  const target: TelemetryExport = {
    span: ({ name }) => void seen.push(name),
    line: ({ text }) => void seen.push(text),
    measure: (name, value) => void seen.push(`${name} ${value}`),
    flush: async () => void seen.push('flush'),
    close: async () => void seen.push('close'),
  };
  const lazy = makeLazyExport({
    load: () => {
      loads += 1;
      return load(target);
    },
    loadAfterMs,
    onFailure: (error) => failures.push(error),
  });
  return { lazy, seen, failures, loads: () => loads };
}

it('is not loaded before it is used, nor by an end without use', async () => {
  const world = makeWorld(async (target) => target, 0);
  await world.lazy.flush();
  await world.lazy.close();
  expect(world.loads()).toBe(0);
});

it('loads by itself once something came, which is not lost', async () => {
  const world = makeWorld(async (target) => target, 0);
  world.lazy.measure('hve.messages', 1, {});
  world.lazy.measure('hve.messages', 2, {});
  await expect.poll(() => world.seen).toEqual(['hve.messages 1', 'hve.messages 2']);
  expect(world.loads()).toBe(1);
});

it('loads at the end what was never loaded, and keeps the order', async () => {
  const world = makeWorld(async (target) => target, NEVER_BY_ITSELF_MS);
  for (let n = 0; n < 3; n++) world.lazy.measure('hve.messages', n, {});
  await world.lazy.close();
  world.lazy.measure('hve.messages', 9, {});
  expect(world.seen).toEqual([
    'hve.messages 0',
    'hve.messages 1',
    'hve.messages 2',
    'close',
    'hve.messages 9',
  ]);
});

it('keeps a bounded number until then', async () => {
  const world = makeWorld(async (target) => target, NEVER_BY_ITSELF_MS);
  for (let n = 0; n < 100_000; n++) world.lazy.measure('hve.messages', n, {});
  await world.lazy.flush();
  expect(world.seen).toHaveLength(2001);
});

it('says once that it cannot be loaded, and drops everything from then on', async () => {
  const world = makeWorld(async () => Promise.reject(new Error('no such module')), 0);
  world.lazy.measure('hve.messages', 1, {});
  await world.lazy.flush();
  world.lazy.measure('hve.messages', 1, {});
  await world.lazy.close();
  expect(world.failures).toEqual([new Error('no such module')]);
  expect(world.loads()).toBe(1);
});
