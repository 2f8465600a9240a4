import { expect, test } from 'vitest';
import { openOnce } from '../../../shared/core/openOnce.ts';

test('is opened with the first use, once', async () => {
  let count = 0;
  const use = openOnce(async () => (count += 1));
  expect(count).toBe(0);
  expect(await Promise.all([use(), use()])).toEqual([1, 1]);
  expect(await use()).toBe(1);
});

test('an opening that fails fails all who wait for it, and is tried again once, whoever asks first', async () => {
  const openings: PromiseWithResolvers<string>[] = [];
  const use = openOnce(() => {
    const opening = Promise.withResolvers<string>();
    openings.push(opening);
    return opening.promise;
  });
  // Who failed first asks again before the other has heard of it.
  const again = use().catch(() => use());
  const other = Promise.allSettled([use()]);
  openings[0]!.reject(new Error('EMFILE'));
  expect(await other).toMatchObject([{ status: 'rejected' }]);
  const third = use();
  expect(openings).toHaveLength(2);
  openings[1]!.resolve('open');
  expect(await Promise.all([again, third])).toEqual(['open', 'open']);
});
