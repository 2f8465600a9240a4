import { expect, it } from 'vitest';
import { makePostMessage } from '../../functions/postMessage.ts';
import type { Submission } from '../../shared/flows/acceptMessage.ts';
import { makeTurns } from '../../shared/flows/turns.ts';
import { chance } from '../shared/adapters/storage/openStorage.ts';
import { makeTestClock } from '../shared/flows/storedFlows.ts';
import { call } from './invocation.ts';

const { clock } = makeTestClock();

function makeHandler() {
  const order: string[] = [];
  const turns = makeTurns({ clock, durations: { turn: 60_000 } });
  const handler = makePostMessage(async () => ({
    clock,
    chance,
    apiUri: null,
    turns: {
      take: (work) =>
        turns.take(async () => {
          order.push('turn');
          return work();
        }),
    },
    accept: async ({ id, value }: Submission) => {
      order.push((value as { to: string }).to);
      return { kind: 'accepted' as const, id, status: 'queued' as const, replayed: false };
    },
  }));
  const post = (to: string, characters: number, headers: Record<string, string> = {}) =>
    call(handler, {
      method: 'POST',
      path: '/api/messages',
      headers,
      body: { to, text: 'x'.repeat(characters) },
    });
  return { order, turns, post };
}

it('a small message waits for nobody, whether it says its length or not', async () => {
  const { order, turns, post } = makeHandler();
  const { promise, resolve } = Promise.withResolvers<void>();
  const others = turns.take(() => promise);
  expect((await post('a', 100)).status).toBe(202);
  expect((await post('b', 100, { 'content-length': '120' })).status).toBe(202);
  expect(order).toEqual(['a', 'b']);
  resolve();
  await others;
});

it('a large one waits for its turn, whether it says its length or not', async () => {
  const { order, turns, post } = makeHandler();
  const { promise, resolve } = Promise.withResolvers<void>();
  const others = turns.take(() => promise);
  const posted = [post('a', 200_000), post('b', 200_000, { 'content-length': '200020' })];
  expect((await post('small', 100)).status).toBe(202);
  expect(order).toEqual(['small']);
  resolve();
  await others;
  const statuses = (await Promise.all(posted)).map(({ status }) => status);
  expect(statuses).toEqual([202, 202]);
  expect(order.filter((one) => one === 'turn')).toHaveLength(2);
});
