import { describe, expect, inject, it } from 'vitest';
import { connectStorage } from '../../../../shared/adapters/storage/connectStorage.ts';
import { makeStorageClock } from '../../../../shared/adapters/storage/storageClock.ts';
import type { Clock } from '../../../../shared/ports.ts';
import { Unavailable } from '../../../../shared/ports.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';

const LIFE_MS = 3_600_000;
const DATE = 'Tue, 24 Nov 2026 12:00:00 GMT';
const NOON = Date.parse(DATE);

function scripted() {
  const time = { ms: 5000 };
  return { time, clock: makeStorageClock({ monotonic: () => time.ms, lifeMs: LIFE_MS }) };
}

describe('R9: the clock of Storage', () => {
  it('is not known before the first answer', () => {
    const { clock } = scripted();
    expect(() => clock.now()).toThrow(Unavailable);
  });

  it('is the Date of an answer plus the time since', () => {
    const { clock, time } = scripted();
    clock.note(DATE, 30);
    expect(clock.now()).toBe(NOON);
    time.ms += 1234;
    expect(clock.now()).toBe(NOON + 1234);
  });

  it('does not go by answers that took 2 s, have no Date, or one that is none', () => {
    const { clock } = scripted();
    clock.note(DATE, 2000);
    clock.note(undefined, 1);
    clock.note(null, 1);
    clock.note('yesterday', 1);
    expect(() => clock.now()).toThrow(Unavailable);
    clock.note(DATE, 1999);
    expect(clock.now()).toBe(NOON);
  });

  it('does not go to and fro within the second that a Date has', () => {
    const { clock, time } = scripted();
    clock.note(DATE, 5);
    time.ms += 900;
    clock.note(DATE, 5);
    expect(clock.now()).toBe(NOON + 900);
  });

  it.each([-86_400_000, -5000, 1000, 5000, 86_400_000])(
    'follows Storage when it is %i ms off',
    (offsetMs) => {
      const { clock, time } = scripted();
      clock.note(DATE, 5);
      time.ms += 100;
      clock.note(new Date(NOON + offsetMs).toUTCString(), 5);
      expect(clock.now()).toBe(NOON + offsetMs);
    },
  );

  it('is not known any more after an hour without an answer, and again with the next one', () => {
    const { clock, time } = scripted();
    clock.note(DATE, 5);
    time.ms += LIFE_MS;
    expect(clock.now()).toBe(NOON + LIFE_MS);
    time.ms += 1;
    expect(() => clock.now()).toThrow('60 minutes');
    clock.note(DATE, 5);
    expect(clock.now()).toBe(NOON);
  });

  it('hears every answer of the tables, a 404 too', async () => {
    const { storage, clock } = openStorage();
    expect(() => clock.now()).toThrow(Unavailable);
    await storage.primeClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(5000);
  });

  it.each([
    ['one slow answer: it asks again', 1, true],
    ['two of them: the time is not known', 2, false],
  ])('of an instance that starts bears %s', async (_what, slowAnswers, isKnown) => {
    const { clock } = openStorage();
    let answers = 0;
    // As if this process had been busy for so long.
    const note: typeof clock.note = (date) => clock.note(date, ++answers <= slowAnswers ? 2000 : 5);
    const storage = connectStorage(
      { connectionString: inject('azurite') },
      { prefix: freshPrefix(), clock: { ...clock, note }, chance },
    );
    const primed = await storage.primeClock().then(
      () => true,
      (error: unknown) => error instanceof Unavailable && String(error.cause).includes('no quick answer'),
    );
    expect([primed, answers]).toEqual([true, 2]);
    expect(canTell(clock)).toBe(isKnown);
  });
});

function canTell({ now }: Pick<Clock, 'now'>): boolean {
  try {
    now();
    return true;
  } catch {
    return false;
  }
}
