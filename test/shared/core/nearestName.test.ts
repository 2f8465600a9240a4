import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../shared/core/nearestName.ts';

const KNOWN = ['subject', 'sendAt', 'to', 'cc'];

describe('nearestName', () => {
  it.each([
    ['Subject', 'subject'],
    ['send_at', 'sendAt'],
    ['subjekt', 'subject'],
    ['sbject', 'subject'],
    ['TO', 'to'],
  ])('takes %s for %s', (name, nearest) => {
    expect(nearestName(name, KNOWN)).toBe(nearest);
  });

  it.each(['', 'priority', 'tx', 'object1'])('takes "%s" for nothing', (name) => {
    expect(nearestName(name, KNOWN)).toBeNull();
  });
});
