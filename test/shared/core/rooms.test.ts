import { describe, expect, it } from 'vitest';
import {
  isQuotaScope,
  quotaRoom,
  roomKey,
  scopeOfQuotaRoom,
  timeOfTimeRoomKey,
  timeRoomKey,
  troubleOfRoom,
  troubleRoom,
} from '../../../shared/core/rooms.ts';
import { NOON, sampleId } from '../../contracts/sampleMessages.ts';

const row = (priority: 'critical' | 'normal' | 'bulk', n: number, atMs = NOON, delivery = 0) => ({
  priority,
  createdAt: atMs,
  id: sampleId(n, atMs),
  delivery,
});

describe('the names of rooms', () => {
  it.each(['tenant', 'external', 'account:a@b.c', 'app:payroll'] as const)(
    'lead back to the scope %s',
    (scope) => {
      expect(scopeOfQuotaRoom(quotaRoom(scope))).toBe(scope);
      expect(troubleOfRoom(quotaRoom(scope))).toBeNull();
      expect(isQuotaScope(scope)).toBe(true);
    },
  );

  it('tell a room of trouble from one of quota', () => {
    expect(troubleRoom('account', 'a@b.c')).toBe('account:a@b.c');
    expect(troubleRoom('tenant', 'a@b.c')).toBe('tenant');
    expect(troubleRoom('external', 'a@b.c')).toBe('external');
    const others = ['account:a@b.c', 'tenant', 'external', 'time', 'pool:blue'];
    expect(others.filter((room) => scopeOfQuotaRoom(room) !== null)).toEqual([]);
    expect(troubleOfRoom('account:a@b.c')).toBe('a@b.c');
    expect(troubleOfRoom('tenant')).toBe('tenant');
    expect(troubleOfRoom('external')).toBe('external');
    expect(troubleOfRoom('time')).toBeNull();
    expect(troubleOfRoom('pool:blue')).toBeNull();
  });
});

describe('the order in a room', () => {
  it('is highest priority, then oldest, then delivery', () => {
    const inOrder = [
      roomKey(row('critical', 9, NOON + 60_000)),
      roomKey(row('normal', 5, NOON)),
      roomKey(row('normal', 1, NOON + 1)),
      roomKey(row('normal', 2, NOON + 1, 2)),
      roomKey(row('normal', 2, NOON + 1, 10)),
      roomKey(row('bulk', 0, NOON - 60_000)),
    ];
    expect(inOrder.toSorted()).toEqual(inOrder);
  });

  it('goes by the acceptance, to the millisecond, not by the id: that of an outbox item has whole seconds', () => {
    const early = { ...row('normal', 9, NOON), createdAt: NOON + 100 };
    const late = { ...row('normal', 1, NOON), createdAt: NOON + 101 };
    expect(early.id > late.id).toBe(true);
    expect(roomKey(early) < roomKey(late)).toBe(true);
  });

  it('in the room of time is that instant first, whatever the priority', () => {
    const inOrder = [
      timeRoomKey(NOON - 1, row('bulk', 9)),
      timeRoomKey(NOON, row('critical', 2)),
      timeRoomKey(NOON, row('normal', 1)),
      timeRoomKey(Date.parse('2099-01-01T00:00:00Z'), row('critical', 0)),
    ];
    expect(inOrder.toSorted()).toEqual(inOrder);
    expect(inOrder.map(timeOfTimeRoomKey)).toEqual([
      NOON - 1,
      NOON,
      NOON,
      Date.parse('2099-01-01T00:00:00Z'),
    ]);
  });
});
