import { describe, expect, it } from 'vitest';
import { makeDurations } from '../../../shared/core/durations.ts';
import type { WaitingRow } from '../../../shared/core/rooms.ts';
import type { WaitingCounts } from '../../../shared/flows/waitingCounts.ts';
import { makeWaitingCounts } from '../../../shared/flows/waitingCounts.ts';
import { Unavailable } from '../../../shared/ports.ts';
import type { WaitingRooms } from '../../../shared/ports.ts';
import { NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows, makeTestClock } from './storedFlows.ts';

const countsOf = async (counts: WaitingCounts): Promise<Record<string, number>> =>
  Object.fromEntries(await counts.read());

describe('who waits', () => {
  it('is counted by scope: all recipients, or the external ones for external; other rooms are none of it', async () => {
    const flows = makeStoredFlows();
    const recipients = [sampleRecipient('a@b.c'), sampleRecipient('x@y.z', { kind: 'external' })];
    for (const room of [
      'quota:tenant',
      'quota:tenant',
      'quota:external',
      'quota:app:crm',
      'tenant',
      'time',
    ]) {
      await flows.parked(room, { recipients });
    }
    expect(await countsOf(makeWaitingCounts(flows))).toEqual({ tenant: 4, external: 1, 'app:crm': 2 });
  });

  it('is at most 15 s old', async () => {
    const flows = makeStoredFlows();
    const counts = makeWaitingCounts(flows);
    expect(await countsOf(counts)).toEqual({});
    const { id } = await flows.parked('quota:tenant', { recipients: [sampleRecipient('a@b.c')] });
    flows.time.now += 15_000;
    expect(await countsOf(counts)).toEqual({});
    flows.time.now += 1;
    expect(await countsOf(counts)).toEqual({ tenant: 1 });
    for await (const { row, etag } of flows.rooms.walk('quota:tenant')) {
      if (row.id === id) await flows.rooms.remove(row, etag);
    }
    flows.time.now += 15_001;
    expect(await countsOf(counts)).toEqual({});
  });
});

const ROW: WaitingRow = {
  room: '',
  key: '',
  id: '',
  delivery: 0,
  attempt: 1,
  recipients: 1,
  external: 0,
  writtenAt: NOON,
};

/** Rooms of so many rows with one recipient each; counts their walks. `fails`: no walk succeeds. */
function scripted(sizes: Record<string, number>) {
  const walked: string[] = [];
  const world = { fails: false };
  const rooms: Pick<WaitingRooms, 'rooms' | 'walk'> = {
    async *rooms() {
      yield* Object.keys(sizes).filter((room) => sizes[room]! > 0);
    },
    async *walk(room) {
      walked.push(room);
      if (world.fails) throw new Unavailable('table waiting', new Error('503'));
      for (let n = sizes[room]!; n > 0; n--) yield { row: ROW, etag: '' };
    },
  };
  const { clock, time } = makeTestClock();
  const counts = makeWaitingCounts({ rooms, clock, durations: makeDurations(1) });
  return Object.assign(world, { sizes, walked, time, counts });
}

describe('the cost of counting', () => {
  it('is one look where nobody waits, however many scopes there are', async () => {
    const { counts, walked } = scripted({ 'quota:tenant': 0, 'quota:app:crm': 0 });
    expect(await countsOf(counts)).toEqual({});
    expect(walked).toEqual([]);
  });

  it('of a room of 100,000 is a walk in 20 s, while a small one beside it is as fresh as ever', async () => {
    const world = scripted({ 'quota:tenant': 100_000, 'quota:app:crm': 1 });
    expect(await countsOf(world.counts)).toEqual({ tenant: 100_000, 'app:crm': 1 });
    Object.assign(world.sizes, { 'quota:tenant': 90_000, 'quota:app:crm': 2 });
    world.time.now += 15_001;
    expect(await countsOf(world.counts)).toEqual({ tenant: 100_000, 'app:crm': 2 });
    world.time.now += 15_001;
    expect(await countsOf(world.counts)).toEqual({ tenant: 90_000, 'app:crm': 2 });
    expect(world.walked.filter((room) => room === 'quota:tenant')).toHaveLength(2);
  });

  it('is spent anew after a failure', async () => {
    const world = scripted({ 'quota:tenant': 5 });
    world.fails = true;
    await expect(world.counts.read()).rejects.toThrow(Unavailable);
    world.fails = false;
    expect(await countsOf(world.counts)).toEqual({ tenant: 5 });
  });
});
