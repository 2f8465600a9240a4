import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SIGNALS } from '../../../shared/core/signals.ts';
import { makeTellState } from '../../../shared/flows/tellState.ts';
import type { QueueState } from '../../../shared/ports.ts';
import { NOON } from '../../contracts/sampleMessages.ts';
import type { Neighbours } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';
import { makeWatchedTelemetry } from './watchedTelemetry.ts';

interface Line {
  readonly level: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function makeWorld(queues: readonly QueueState[], used = 0) {
  const lines: Line[] = [];
  const { telemetry, measured } = makeWatchedTelemetry();
  const state = makeTellState({
    quota: {
      usage: async () => [
        { scope: 'tenant', limit: 200, used, leased: 5, byHour: [used] },
        { scope: 'external', limit: 0, used: 0, leased: 0, byHour: [0] },
        { scope: 'account:a@contoso.com', limit: null, used, leased: 5, byHour: [used] },
      ],
    },
    queueGauge: { look: async () => queues },
    clock: { now: () => NOON, monotonic: () => 0, sleep: async () => undefined },
    log: (level, text, fields = {}) => lines.push({ level, text, fields }),
    telemetry,
  });
  return { state, lines, measured };
}

const queue = (changes: Partial<QueueState>): QueueState => ({
  queue: 'mail-deliveries',
  isPoison: false,
  messages: 0,
  visibleSince: null,
  ...changes,
});

it('measures of each limited scope how much of it is used, rounded down, and left', async () => {
  const { state, measured } = makeWorld([], 159);
  await state.levels();
  const attributes = { scope: 'tenant' };
  expect(measured).toEqual([
    { name: 'hve.quota.used', value: 159, attributes },
    { name: 'hve.quota.remaining', value: 36, attributes },
    { name: 'hve.quota.percent', value: 79, attributes },
  ]);
});

it('measures how old the front of each queue is, and tells of poison queues that they hold something', async () => {
  const { state, lines, measured } = makeWorld([
    queue({ messages: 7, visibleSince: NOON - 61_000 }),
    queue({ queue: 'mail-outbox' }),
    queue({ queue: 'mail-bulk-poison', isPoison: true }),
    queue({ queue: 'mail-outbox-poison', isPoison: true, messages: 2 }),
  ]);
  await state.levels();
  const seen = measured.filter(({ name }) => name.startsWith('hve.queue'));
  expect(seen.map(({ name, value, attributes }) => [attributes['queue'], name, value])).toEqual([
    ['mail-deliveries', 'hve.queue.age', 61],
    ['mail-deliveries', 'hve.queue.length', 7],
    ['mail-outbox', 'hve.queue.age', 0],
    ['mail-outbox', 'hve.queue.length', 0],
  ]);
  expect(lines.map(({ level, fields }) => [level, fields])).toEqual([
    ['error', { signal: 'poison', queue: 'mail-outbox-poison', messages: 2 }],
  ]);
});

it('tells what sends nothing, a person before a reply, and nothing of what is active', () => {
  const { state, lines } = makeWorld([]);
  const trouble = {
    action: 'pause' as const,
    cause: 'the password is wrong',
    remedy: 'r',
    reply: '535',
    since: NOON - 1000,
    until: NOON,
    stepMs: 1,
  };
  state.paused([
    { name: 'a@contoso.com', trouble, pausedByPerson: null },
    { name: 'tenant', trouble, pausedByPerson: { since: NOON, reason: 'audit' } },
    { name: 'b@contoso.com', trouble: { ...trouble, action: 'throttle' }, pausedByPerson: null },
    { name: 'external', trouble: null, pausedByPerson: null },
  ]);
  expect(lines.map(({ fields }) => [fields['standing'], fields['stoppedBy'], fields['cause']])).toEqual([
    ['a@contoso.com', 'reply', 'the password is wrong'],
    ['tenant', 'person', 'audit'],
  ]);
});

it('begins the fields of each signal with its name, and has all of them in their order', async () => {
  const { state, lines } = makeWorld([queue({ isPoison: true, messages: 1 })], 1);
  await state.levels();
  state.paused([{ name: 'tenant', trouble: null, pausedByPerson: { since: NOON, reason: 'audit' } }]);
  expect(lines).toHaveLength(2);
  for (const { fields } of lines) {
    const name = fields['signal'] as keyof typeof SIGNALS;
    expect(Object.keys(fields)).toEqual(['signal', ...SIGNALS[name]]);
  }
});

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
}, 120_000);
afterAll(async () => neighbours.end());

it('a sweep beats, and tells of the queues as they are', async () => {
  const mailer = await neighbours.mailer();
  const service = QueueServiceClient.fromConnectionString(neighbours.azurite.connectionString);
  const poison = service.getQueueClient('mail-outbox-poison');
  await poison.createIfNotExists();
  await poison.sendMessage('given up');
  await mailer.sweep();
  expect(mailer.lines.filter((line) => line.includes('mail-outbox-poison holds 1'))).toHaveLength(1);
  expect(mailer.lines.at(-1)).toBe('info the sweep went well');
});
