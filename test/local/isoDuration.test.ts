import { describe, expect, it } from 'vitest';
import { formatIsoDuration, parseIsoDurationMs } from '../../local/isoDuration.ts';

const HOUR_MS = 3_600_000;

describe('an ISO 8601 duration', () => {
  it.each([
    ['P1D', 24 * HOUR_MS],
    ['PT2H', 2 * HOUR_MS],
    ['-PT1H', -HOUR_MS],
    ['P1DT1H30M', 25.5 * HOUR_MS],
    ['P2W', 14 * 24 * HOUR_MS],
    ['PT0.5S', 500],
    ['PT0S', 0],
    [' +PT1M ', 60_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseIsoDurationMs(text)).toBe(ms);
  });

  it.each(['', 'P', 'PT', 'P1DT', '1D', 'P1M', 'P1Y', 'PT1H2', 'P-1D', '3600'])('refuses "%s"', (text) => {
    expect(() => parseIsoDurationMs(text)).toThrow(RangeError);
  });

  it.each([86_400_000, -500, 0, 400 * 86_400_000, -400 * 86_400_000])('%d ms survive a round trip', (ms) => {
    expect(parseIsoDurationMs(formatIsoDuration(ms))).toBe(ms);
  });
});
