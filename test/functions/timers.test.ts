import { expect, it } from 'vitest';
import type { Timer } from '@azure/functions';
import { makeCloseDayTimer } from '../../functions/timers.ts';
import { makeContext } from './invocation.ts';

const TIMER: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: true },
  scheduleStatus: { last: '', next: '', lastUpdated: '' },
};

async function run(failing: readonly string[]): Promise<{ done: string[]; error: unknown }> {
  const done: string[] = [];
  const step = (name: string) => async (): Promise<never[]> => {
    done.push(name);
    if (failing.includes(name)) throw new Error(`${name} failed`);
    return [];
  };
  // Whatever the timer calls is a step; but a promise of it must not take it for a promise.
  const mailer = new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : step(String(name))) });
  const timer = makeCloseDayTimer(async () => mailer as never);
  const error = await Promise.resolve(timer(TIMER, makeContext().context)).then(
    () => null,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : thrown),
  );
  return { done, error };
}

it('the hourly timer closes the days before it mails their reports, and looks through the kept days at the end', async () => {
  const { done, error } = await run([]);
  expect(error).toBeNull();
  expect(done.filter((name) => ['closeDay', 'mailReports', 'backstop'].includes(name))).toEqual([
    'closeDay',
    'mailReports',
    'backstop',
  ]);
});

it('each step of it runs although another has failed, and the first failure is told', async () => {
  const all = (await run([])).done;
  for (const name of all) {
    const { done, error } = await run([name]);
    expect(done).toEqual(all);
    expect(error).toBe(`${name} failed`);
  }
  expect((await run(all)).error).toBe(`${all[0]} failed`);
});
