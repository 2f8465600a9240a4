import { describe, expect, it } from 'vitest';
import { makeDurations } from '../../../shared/core/durations.ts';
import { makeTouch } from '../../../shared/flows/touch.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { DAY, NOON, sampleId } from '../../contracts/sampleMessages.ts';
import { makeTestClock } from './storedFlows.ts';

const MINUTE = 60_000;

/** A touch whose writes are recorded, and each takes as long, or fails, as the test says. */
function makeWorld() {
  const { clock, time } = makeTestClock();
  const writes: (readonly [string, number])[] = [];
  /** `tookMs`: of the writes to come, in their order; then none takes any time. */
  const behaviour = { tookMs: [] as number[], fails: false };
  const days = {
    async touch(day: string, at: number): Promise<void> {
      writes.push([day, at]);
      await Promise.resolve();
      time.now += behaviour.tookMs.shift() ?? 0;
      if (behaviour.fails) throw new Unavailable('table days', new Error('503'));
    },
  };
  const durations = makeDurations(1);
  // Only `touch` is used of the port.
  const touch = makeTouch({ days: days as never, clock, durations });
  return { touch, time, writes, behaviour };
}

describe('the touch of a day', () => {
  it('is written once for all that move within ten minutes, and names the day of the id', async () => {
    const { touch, time, writes } = makeWorld();
    await touch.ensure(sampleId(1));
    time.now += 10 * MINUTE - 1;
    await touch.ensure(sampleId(2));
    expect(writes).toEqual([[DAY, NOON]]);
  });

  it('is written again when the ten minutes are over', async () => {
    const { touch, time, writes } = makeWorld();
    await touch.ensure(sampleId(1));
    time.now += 10 * MINUTE;
    await touch.ensure(sampleId(1));
    expect(writes).toEqual([
      [DAY, NOON],
      [DAY, NOON + 10 * MINUTE],
    ]);
  });

  it('counts from before it was sent, so that a slow one is relied on for less', async () => {
    const { touch, time, writes, behaviour } = makeWorld();
    behaviour.tookMs = [4 * MINUTE];
    await touch.ensure(sampleId(1));
    time.now = NOON + 10 * MINUTE - 1;
    await touch.ensure(sampleId(1));
    expect(writes).toHaveLength(1);
    time.now = NOON + 10 * MINUTE;
    await touch.ensure(sampleId(1));
    expect(writes).toHaveLength(2);
  });

  it('that took longer than it may be relied on is written anew before anybody goes on', async () => {
    const { touch, writes, behaviour } = makeWorld();
    behaviour.tookMs = [11 * MINUTE, 11 * MINUTE, 0];
    await touch.ensure(sampleId(1));
    expect(writes.map(([, at]) => at)).toEqual([NOON, NOON + 11 * MINUTE, NOON + 22 * MINUTE]);
  });

  it('is written once for many who ask at the same time, and each day by itself', async () => {
    const { touch, writes } = makeWorld();
    const otherDay = sampleId(3, NOON - 24 * 60 * MINUTE);
    await Promise.all([...Array(20).keys()].map((n) => touch.ensure(n % 2 === 0 ? sampleId(n) : otherDay)));
    expect(writes.map(([day]) => day).toSorted()).toEqual(['2026-11-23', DAY]);
  });

  it('that failed holds for nobody who waited for it, and the next one tries again', async () => {
    const { touch, writes, behaviour } = makeWorld();
    behaviour.fails = true;
    const asked = await Promise.allSettled([touch.ensure(sampleId(1)), touch.ensure(sampleId(2))]);
    expect(asked.map((one) => one.status)).toEqual(['rejected', 'rejected']);
    expect(writes).toHaveLength(1);
    behaviour.fails = false;
    await touch.ensure(sampleId(1));
    expect(writes).toHaveLength(2);
  });
});
