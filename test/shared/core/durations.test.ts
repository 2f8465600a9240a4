import { describe, expect, it } from 'vitest';
import { makeDurations, retryDelay } from '../../../shared/core/durations.ts';

const durations = makeDurations(1);
const MINUTE = 60_000;

describe('the durations', () => {
  it('are all divided by the scale', () => {
    const divided = Object.entries(durations).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((ms) => ms / 60) : value / 60,
    ]);
    expect(Object.entries(makeDurations(60))).toEqual(divided);
  });

  it('keep the order that the protocol rests on', () => {
    // A successor never overlaps a transaction; what passes the point of no return ends within the claim.
    expect(durations.transaction + durations.dataTimeout).toBeLessThanOrEqual(durations.claim);
    // A row that was set moving under a touch stands before a scan that settles.
    expect(durations.touchReliance + durations.margin).toBeLessThanOrEqual(durations.touchSettled);
    expect(durations.lease).toBeLessThan(durations.claim);
    // A lease that nobody spends goes back long before it ends, and its usage is told before that.
    expect(durations.leaseTend).toBeLessThan(durations.leaseIdle);
    expect(durations.leaseIdle).toBeLessThan(durations.lease);
    expect(durations.leaseRest).toBeLessThan(durations.lease);
    // Two clocks may differ by the margin, and a claim's write may be under way for as long again.
    expect(durations.leaseSettled).toBeGreaterThanOrEqual(2 * durations.margin);
  });
});

describe('the schedule of retries', () => {
  it('is 30 s, 2, 5, 15, 30, 60 minutes, then hourly', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((tries) => retryDelay(durations, tries, 0));
    expect(delays.map((ms) => ms / MINUTE)).toEqual([0.5, 2, 5, 15, 30, 60, 60, 60, 60]);
  });

  it('has up to a fifth more of jitter, never less', () => {
    expect(retryDelay(durations, 2, 0.5)).toBe(2 * MINUTE * 1.1);
    expect(retryDelay(durations, 2, 0.999)).toBeLessThanOrEqual(2 * MINUTE * 1.2);
  });
});
