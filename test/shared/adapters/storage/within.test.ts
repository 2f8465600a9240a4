import { expect, test } from 'vitest';
import { within } from '../../../../shared/adapters/storage/within.ts';

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('what does not end in time is told to, and fails with the reason', async () => {
  const never = within(
    10,
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  await expect(never).rejects.toMatchObject({ name: 'TimeoutError', message: 'not done within 10 ms' });
});

test.each([
  ['it ended well', () => Promise.resolve('done')],
  ['it failed', () => Promise.reject(new Error('no'))],
])('leaves no timer where %s', async (_how, end) => {
  const before = timers();
  let during = 0;
  const ended = within(60_000, () => {
    during = timers();
    return end();
  });
  await ended.catch(() => undefined);
  expect(during).toBe(before + 1);
  expect(timers()).toBe(before);
});
