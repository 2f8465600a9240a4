import { expect, test } from 'vitest';
import { judgeDay, judgeDeadLetters, judgePoisonQueues } from '../../../shared/core/judgeBacklog.ts';

const HOUR = 3_600_000;
const DAY = '2026-11-29';
const CLOSABLE = Date.parse('2026-11-30T00:20:00Z');

const notClosed = (why: 'notEnded' | 'claimsOpen' | 'leasesOpen' | 'due' | 'noRecord') =>
  ({ isClosed: false, why, closableFrom: CLOSABLE }) as const;

test('a day that is closed is well', () => {
  expect(judgeDay(DAY, { isClosed: true }, CLOSABLE)).toMatchObject({
    status: 'ok',
    detail: `${DAY} is closed`,
  });
});

test.each(['due', 'leasesOpen'] as const)(
  'a day that stays %s is stuck after three hours, not before',
  (why) => {
    expect(judgeDay(DAY, notClosed(why), CLOSABLE + 3 * HOUR).status).toBe('ok');
    const late = judgeDay(DAY, notClosed(why), CLOSABLE + 3 * HOUR + 1);
    expect(late).toMatchObject({ name: 'days', status: 'degraded' });
    expect(late.cause).toContain('since 2026-11-30T00:20:00.000Z');
    expect(late.command).toContain('restart');
  },
);

test.each(['notEnded', 'claimsOpen', 'noRecord'] as const)(
  'a day that cannot be closed (%s) is never stuck',
  (why) => {
    expect(judgeDay(DAY, notClosed(why), CLOSABLE + 100 * HOUR).status).toBe('ok');
  },
);

test('only what lies on a poison queue is a finding', () => {
  const queue = (name: string, isPoison: boolean, messages: number) => ({ queue: name, isPoison, messages });
  const well = [queue('mail-outbox', false, 9), queue('mail-outbox-poison', true, 0)];
  expect(judgePoisonQueues(well)).toMatchObject({ status: 'ok', detail: 'empty' });
  expect(judgePoisonQueues([...well, queue('mail-deliveries-poison', true, 2)])).toMatchObject({
    status: 'degraded',
    cause: 'mail-deliveries-poison holds 2: that cannot be by design',
  });
});

test('dead letters are counted as far as they were looked at, and the newest is told', () => {
  expect(judgeDeadLetters([], false)).toMatchObject({ status: 'ok', detail: 'none' });
  expect(judgeDeadLetters(['mailbox full', 'other'], true)).toMatchObject({
    status: 'degraded',
    cause: '2 or more given up and not sent again, the newest: mailbox full',
  });
});
