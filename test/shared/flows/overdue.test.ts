import { describe, expect, it } from 'vitest';
import { STATE_VERSION } from '../../../shared/core/delivery.ts';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { makeSeeToOverdue } from '../../../shared/flows/overdue.ts';
import { DAY, NOON } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;

/** Flows whose scans of days are counted. */
function makeOverdue() {
  const scans: string[] = [];
  const flows = makeStoredFlows({
    wrapStore: (store) => ({
      ...store,
      scanDay(day, only) {
        scans.push(day);
        return store.scanDay(day, only);
      },
    }),
  });
  return {
    ...flows,
    scans,
    see: makeSeeToOverdue(flows),
    /** A queued row that was set moving now, as its writer touches the day. */
    async moving(changes: Partial<Delivery> = {}): Promise<Delivery> {
      const due = flows.time.now + flows.durations.itemOverdue;
      await flows.days.touch(DAY, flows.time.now);
      return flows.stored({ status: 'queued', due, dueStep: flows.durations.itemOverdue, ...changes });
    },
    async noted() {
      return (await flows.days.touched())[0]!.value.earliestDue;
    },
  };
}

const claim = {
  token: 't',
  instance: 'i',
  account: 'hve@contoso.com',
  at: NOON,
  endsAt: NOON + 15 * MINUTE,
  charge: { lease: '1', account: 'hve@contoso.com', recipients: 1, external: 0 },
  recipients: [0],
};

describe('an overdue row', () => {
  it('that is queued gets an item once its due and the margin are past, and not before', async () => {
    const flows = makeOverdue();
    const { id } = await flows.moving();
    flows.time.now = NOON + 7 * MINUTE - 1;
    expect(await flows.see()).toBe(0);
    expect(await flows.items()).toEqual([]);
    flows.time.now = NOON + 7 * MINUTE;
    expect(await flows.see()).toBe(1);
    expect(await flows.items()).toEqual([id]);
    expect(flows.lines.filter((line) => line.includes(`${id} was overdue while queued`))).toHaveLength(1);
    // R3: it moves, so its day was touched.
    expect((await flows.days.touched())[0]!.value.touchedAt).toBe(NOON + 7 * MINUTE);
  });

  it('has its due moved on by a doubled step, an hour at most', async () => {
    const flows = makeOverdue();
    const { id } = await flows.moving();
    const steps: number[] = [];
    for (let n = 0; n < 6; n++) {
      flows.time.now = (await flows.read(id)).due! + 2 * MINUTE;
      await flows.see();
      await flows.items();
      steps.push(((await flows.read(id)).due! - flows.time.now) / MINUTE);
    }
    expect(steps).toEqual([10, 20, 40, 60, 60, 60]);
  });

  it('that is sending gets one without a look at the queue, and keeps its claim', async () => {
    const flows = makeOverdue();
    const { id } = await flows.moving({ status: 'sending', claim, due: claim.endsAt + 2 * MINUTE });
    const old = { v: STATE_VERSION, messageId: id, delivery: 0, attempt: 1, visibleAt: NOON };
    await flows.queues.put('deliveries', old, 0);
    flows.time.now = NOON + 19 * MINUTE;
    expect(await flows.see()).toBe(1);
    expect(await flows.items()).toEqual([id, id]);
    expect(await flows.read(id)).toMatchObject({ status: 'sending', claim });
  });

  it('that is queued and expired becomes final; one that is sending does not', async () => {
    const flows = makeOverdue();
    const queued = await flows.moving({ expiresAt: NOON + MINUTE });
    const sending = await flows.moving({ status: 'sending', claim, expiresAt: NOON + MINUTE });
    flows.time.now = NOON + 30 * MINUTE;
    await flows.see();
    expect((await flows.read(queued.id)).status).toBe('expired');
    expect((await flows.read(sending.id)).status).toBe('sending');
    expect(await flows.items()).toEqual([sending.id]);
  });

  it('of bulk mail gets its item on the queue of bulk mail', async () => {
    const flows = makeOverdue();
    const { id } = await flows.moving({ priority: 'bulk' });
    flows.time.now = NOON + 30 * MINUTE;
    await flows.see();
    expect(await flows.items('bulk')).toEqual([id]);
    expect(await flows.items()).toEqual([]);
  });

  it('whose queue is merely slow is left alone: an item from before its due still lies there', async () => {
    const flows = makeOverdue();
    const { id, due } = await flows.moving();
    const item = { v: STATE_VERSION, messageId: id, delivery: 0, attempt: 1, visibleAt: due! - 1 };
    await flows.queues.put('deliveries', item, 0);
    flows.time.now = NOON + 30 * MINUTE;
    expect(await flows.see()).toBe(0);
    expect(await flows.items()).toEqual([id]);
    // The queue is empty now, and the row still queued.
    expect(await flows.see()).toBe(1);
    expect(await flows.items()).toEqual([id]);
  });

  it('whose queue has a younger front is not behind it', async () => {
    const flows = makeOverdue();
    const { id, due } = await flows.moving();
    const other = await flows.stored({ status: 'sent' });
    const item = { v: STATE_VERSION, messageId: other.id, delivery: 0, attempt: 1, visibleAt: due! };
    await flows.queues.put('deliveries', item, 0);
    flows.time.now = NOON + 30 * MINUTE;
    expect(await flows.see()).toBe(1);
    expect((await flows.items()).toSorted()).toEqual([other.id, id].toSorted());
  });
});

describe('a day', () => {
  it('is noted quiet by a scan 12 minutes after its touch, and not scanned again until it is touched', async () => {
    const flows = makeOverdue();
    await flows.days.touch(DAY, NOON);
    await flows.stored({ status: 'sent', due: null });
    flows.time.now = NOON + 12 * MINUTE - 1;
    await flows.see();
    expect(await flows.noted()).toBeNull();
    flows.time.now = NOON + 12 * MINUTE;
    await flows.see();
    expect(await flows.noted()).toBe('quiet');
    expect(flows.scans).toHaveLength(2);
    flows.time.now = NOON + 60 * MINUTE;
    await flows.see();
    expect(flows.scans).toHaveLength(2);
    await flows.days.touch(DAY, flows.time.now);
    await flows.see();
    expect(flows.scans).toHaveLength(3);
  });

  it('in which something moves is left alone until the earliest due that a settled scan saw', async () => {
    const flows = makeOverdue();
    await flows.moving({ due: NOON + 50 * MINUTE });
    await flows.moving({ due: NOON + 40 * MINUTE });
    flows.time.now = NOON + 12 * MINUTE;
    await flows.see();
    expect(await flows.noted()).toBe(NOON + 40 * MINUTE);
    flows.time.now = NOON + 42 * MINUTE - 1;
    await flows.see();
    expect(flows.scans).toHaveLength(1);
    flows.time.now = NOON + 42 * MINUTE;
    expect(await flows.see()).toBe(1);
    expect(flows.scans).toHaveLength(2);
  });

  it('that was touched during the scan is not noted: what began to move may have been missed', async () => {
    const flows = makeStoredFlows({
      wrapStore: (store) => ({
        ...store,
        async *scanDay(day, only) {
          yield* store.scanDay(day, only);
          await flows.days.touch(DAY, flows.time.now);
        },
      }),
    });
    await flows.days.touch(DAY, NOON);
    flows.time.now = NOON + 20 * MINUTE;
    await makeSeeToOverdue(flows)();
    expect((await flows.days.touched())[0]!.value.earliestDue).toBeNull();
  });

  it('that nobody touched is not scanned, and each that was is', async () => {
    const flows = makeOverdue();
    expect(await flows.see()).toBe(0);
    expect(flows.scans).toEqual([]);
    await flows.days.touch('2026-11-20', NOON);
    await flows.days.touch('2026-11-24', NOON);
    await flows.see();
    expect(flows.scans.toSorted()).toEqual(['2026-11-20', '2026-11-24']);
  });
});
