import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatShare, formatUsd } from '../../../dashboard/words/numbers.ts';
import { actionsFor, formatRoom, isOver, STATUS_WORDS } from '../../../dashboard/words/statuses.ts';
import { formatDay, makeTimeWords } from '../../../dashboard/words/times.ts';
import { isFinal, STATUSES } from '../../../shared/core/status.ts';

describe('numbers', () => {
  it('are counted with their word', () => {
    expect([1, 2, 1234].map((n) => formatCount(n, 'delivery', 'deliveries'))).toEqual([
      '1 delivery',
      '2 deliveries',
      '1,234 deliveries',
    ]);
  });

  it('as a share never say all or nothing of what is neither', () => {
    expect([0, 0.0001, 0.01, 0.5, 0.9999, 1].map(formatShare)).toEqual([
      '0%',
      '<1%',
      '1%',
      '50%',
      '99%',
      '100%',
    ]);
  });

  it('as money say less than a cent so, and as bytes go by the thousand', () => {
    expect([0, 0.00042, 0.42, 1234.5].map(formatUsd)).toEqual(['$0.00', 'under $0.01', '$0.42', '$1,234.50']);
    expect([999, 1500, 12_345, 2_500_000].map(formatBytes)).toEqual(['999 B', '1.5 kB', '12 kB', '2.5 MB']);
  });
});

describe('times', () => {
  const berlin = makeTimeWords('Europe/Berlin');
  const now = Date.parse('2026-11-24T23:30:00Z');

  it('are in the zone of whoever looks, whose day it is', () => {
    expect(berlin.zone).toBe('Europe/Berlin');
    expect(berlin.day(now)).toBe('2026-11-25');
    expect(berlin.when('2026-11-24T23:05:00Z', now)).toBe('00:05');
    expect(berlin.when('2026-11-24T14:40:00Z', now)).toBe('yesterday 15:40');
    expect(berlin.when('2026-11-20T14:40:00Z', now)).toBe('20 Nov, 15:40');
    expect(berlin.when('2025-11-20T14:40:00Z', now)).toBe('20 Nov 2025, 15:40');
  });

  it('are told from now on, and back', () => {
    const from = (ms: number): string => berlin.fromNow(now + ms, now);
    expect([0, 20_000, 90_000, -300_000, 3 * 3_600_000, -3 * 86_400_000].map(from)).toEqual([
      'just now',
      'just now',
      'in 2 min',
      '5 min ago',
      'in 3 h',
      '3 d ago',
    ]);
  });

  it('of a calendar day know no zone', () => {
    expect(formatDay('2026-11-24')).toBe('Tue 24 Nov');
  });
});

describe('statuses', () => {
  it('all have words, and over is what the app calls final', () => {
    expect(Object.keys(STATUS_WORDS).toSorted()).toEqual([...STATUSES].toSorted());
    for (const status of STATUSES) expect([status, isOver(status)]).toEqual([status, isFinal(status)]);
  });

  it('offer what the API takes: to cancel what is not over, to release what is held, to redrive what was given up', () => {
    expect(STATUSES.filter((status) => actionsFor(status).includes('release'))).toEqual(['held']);
    expect(STATUSES.filter((status) => actionsFor(status).includes('redrive'))).toEqual([
      'partially_sent',
      'failed',
      'expired',
      'rejected',
    ]);
  });

  it('say what a room waits for', () => {
    expect(formatRoom('quota:app:crm')).toBe('the quota of app crm');
    expect(formatRoom('quota:account:hve@contoso.com')).toBe('the quota of hve@contoso.com');
    expect(formatRoom('account:hve@contoso.com')).toBe('the sender account hve@contoso.com');
    expect(formatRoom('something:new')).toBe('something:new');
  });
});
