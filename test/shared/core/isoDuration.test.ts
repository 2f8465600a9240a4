import { describe, expect, it } from 'vitest';
import { parseDurationMs } from '../../../shared/core/isoDuration.ts';

describe('parseDurationMs', () => {
  it.each([
    ['P1D', 86_400_000],
    ['PT2H', 7_200_000],
    ['-PT1H30M', -5_400_000],
    ['P1W2DT3H4M5.5S', 788_645_500],
    ['+PT0.001S', 1],
    ['-PT0S', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', 'P', 'PT', 'P1DT', '1D', 'P1Y', 'P1M', 'PT1.5H', 'P1D ', 'pt1h', '86400'])(
    'refuses "%s"',
    (text) => {
      expect(parseDurationMs(text)).toBeNull();
    },
  );
});
