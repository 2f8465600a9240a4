import { expect, test } from 'vitest';
import type { Prepared } from '../../../shared/flows/prepareMail.ts';
import { makeSplitMails } from '../../../shared/flows/splitMails.ts';

const GONE: Prepared = { ok: false, note: { text: 'gone', cause: 'gone', remedy: 'put it back' } };

function sized(sizeBytes: number): Prepared {
  return { ok: true, mail: { pieces: [Buffer.from('x')], sizeBytes } };
}

/** Counts how often each was prepared. */
function makeCounted(result: (key: string) => Promise<Prepared>) {
  const counts: Record<string, number> = {};
  const mails = makeSplitMails();
  const get = async (key: string): Promise<Prepared> =>
    mails.get(key, async () => {
      counts[key] = (counts[key] ?? 0) + 1;
      return result(key);
    });
  return { counts, get };
}

test('deliveries that come together, and those that come next, share one mail', async () => {
  const { counts, get } = makeCounted(async () => sized(10_000_000));
  const [one, other] = await Promise.all([get('a'), get('a')]);
  expect(one).toBe(other);
  expect(await get('a')).toBe(one);
  expect(counts).toEqual({ a: 1 });
});

test('small ones are kept side by side; of large ones the last only', async () => {
  const { counts, get } = makeCounted(async (key) => sized(key.startsWith('small') ? 1000 : 10_000_000));
  for (const key of ['small1', 'small2', 'small1', 'small2']) await get(key);
  expect(counts).toEqual({ small1: 1, small2: 1 });
  for (const key of ['large1', 'large2', 'large2', 'large1', 'small1']) await get(key);
  expect(counts).toEqual({ small1: 2, small2: 1, large1: 2, large2: 1 });
});

test('what is large is encoded once for all of them', async () => {
  let encoded = 0;
  const pieces = {
    *[Symbol.iterator]() {
      encoded += 1;
      yield Buffer.from('piece');
    },
  };
  const { get } = makeCounted(async () => ({ ok: true, mail: { pieces, sizeBytes: 5 } }));
  for (let delivery = 0; delivery < 3; delivery++) {
    const prepared = await get('a');
    expect(prepared.ok && Buffer.concat([...prepared.mail.pieces]).toString()).toBe('piece');
  }
  expect(encoded).toBe(1);
});

test('what cannot be sent, or failed, is prepared anew', async () => {
  let times = 0;
  const { get } = makeCounted(async () => {
    times += 1;
    if (times === 1) throw new Error('Storage does not answer');
    return times === 2 ? GONE : sized(1);
  });
  await expect(get('a')).rejects.toThrow('Storage does not answer');
  expect(await get('a')).toEqual(GONE);
  expect(await get('a')).toMatchObject({ ok: true });
  expect(times).toBe(3);
});
