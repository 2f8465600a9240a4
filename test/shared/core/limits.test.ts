import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../../shared/core/limits.ts';

describe('the limit profiles', () => {
  it("hold the preview's numbers", () => {
    expect(PROFILES['preview-2024']).toEqual({
      recipientsPerDay: 100_000,
      externalPerDay: 2000,
      recipientsPerMessage: 50,
      accounts: 20,
      messageBytes: 10_000_000,
      pricePerMillionUsd: 0,
    });
  });

  it('hold the numbers of 2026: no daily limit, no external recipients, a price', () => {
    expect(PROFILES['ga-2026']).toEqual({
      recipientsPerDay: null,
      externalPerDay: 0,
      recipientsPerMessage: 50,
      accounts: 100,
      messageBytes: 10_000_000,
      pricePerMillionUsd: 42,
    });
  });
});
