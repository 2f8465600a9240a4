import { describe, expect, it } from 'vitest';
import type { DeliveryStatus } from '../../../shared/core/status.ts';
import { isFinal, isMoving, isParked, statusOfMessage } from '../../../shared/core/status.ts';

const MOVING: readonly DeliveryStatus[] = ['queued', 'sending'];
const PARKED: readonly DeliveryStatus[] = ['scheduled', 'deferred', 'held'];
const FINAL: readonly DeliveryStatus[] = [
  'sent',
  'partially_sent',
  'failed',
  'expired',
  'canceled',
  'rejected',
  'captured',
];

describe('every status', () => {
  it('is moving, parked or final, and only one of them', () => {
    const all = [...MOVING, ...PARKED, ...FINAL];
    expect([all.filter(isMoving), all.filter(isParked), all.filter(isFinal)]).toEqual([
      MOVING,
      PARKED,
      FINAL,
    ]);
  });
});

/** `sent+`: with an accepted recipient. */
const statusOf = (...deliveries: string[]): DeliveryStatus =>
  statusOfMessage(
    deliveries.map((text) => ({
      status: text.replace('+', '') as DeliveryStatus,
      anyAccepted: text.endsWith('+'),
    })),
  );

describe('the status of a split message', () => {
  it.each<[string[], DeliveryStatus]>([
    [['sending', 'queued', 'deferred', 'scheduled', 'held', 'sent+'], 'sending'],
    [['queued', 'deferred', 'scheduled', 'held', 'failed'], 'queued'],
    [['deferred', 'scheduled', 'held', 'sent+'], 'deferred'],
    [['scheduled', 'held', 'expired'], 'scheduled'],
    [['held', 'sent+', 'failed'], 'held'],
  ])('of %j, not all final, is the first that occurs of the unfinished: %s', (deliveries, expected) => {
    expect(statusOf(...deliveries)).toBe(expected);
    expect(statusOf(...deliveries.toReversed())).toBe(expected);
  });

  it.each(FINAL)('is %s where all are', (status) => {
    expect(statusOf(status, status, status)).toBe(status);
  });

  it.each<[string[], DeliveryStatus]>([
    [['sent+', 'failed'], 'partially_sent'],
    [['sent+', 'expired'], 'partially_sent'],
    [['sent+', 'canceled'], 'partially_sent'],
    [['partially_sent+', 'sent+'], 'partially_sent'],
    [['canceled+', 'failed'], 'partially_sent'],
    [['expired', 'failed'], 'failed'],
    [['canceled', 'expired'], 'failed'],
  ])('of %j is %s', (deliveries, expected) => {
    expect(statusOf(...deliveries)).toBe(expected);
    expect(statusOf(...deliveries.toReversed())).toBe(expected);
  });
});
