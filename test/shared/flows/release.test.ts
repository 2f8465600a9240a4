/** The table at the head of release.ts, row by row. */
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { NOON, collect, sampleRecipient } from '../../contracts/sampleMessages.ts';
import type { StoredFlows } from './storedFlows.ts';
import { makeStoredFlows } from './storedFlows.ts';

const ROOM = 'quota:tenant';
const HOUR = 3_600_000;

/** Puts a waiting row for what the row is not parked as, and releases it. */
async function releaseFront(flows: StoredFlows, room = ROOM, probe = false, mayGo?: () => Promise<boolean>) {
  const [waiting] = await collect(flows.rooms.walk(room));
  return flows.releaser.release(waiting!, probe, mayGo);
}

/** A stored row in the state, and a waiting row in the room that was written when it was parked there at `attempt`. */
async function staleRow(flows: StoredFlows, state: Partial<Delivery>, attempt = 1): Promise<Delivery> {
  const delivery = await flows.stored(state);
  await flows.rows.putWaiting({ ...delivery, room: ROOM, status: 'deferred', attempt });
  return delivery;
}

const claim = {
  token: 't',
  instance: 'i',
  account: 'hve@contoso.com',
  at: NOON,
  endsAt: NOON + HOUR,
  charge: { lease: `${NOON}-x`, account: 'hve@contoso.com', recipients: 1, external: 0 },
  recipients: [0],
};

describe('a waiting row whose message', () => {
  it('is parked there goes on: queued, from that room, its item put, the row deleted', async () => {
    const flows = makeStoredFlows();
    const recipients = [
      sampleRecipient('a@contoso.com'),
      sampleRecipient('b@contoso.com', { status: 'accepted' }),
    ];
    const { id } = await flows.parked(ROOM, { recipients, nextAttemptAt: NOON + HOUR });
    flows.time.now = NOON + 1000;
    expect(await releaseFront(flows)).toEqual({ kind: 'released', recipients: 1 });
    expect(await flows.read(id)).toMatchObject({
      status: 'queued',
      room: null,
      nextAttemptAt: null,
      releasedFrom: ROOM,
      probe: false,
      due: NOON + 1000 + flows.durations.itemOverdue,
    });
    expect(await flows.items()).toEqual([id]);
    expect(await flows.waiting(ROOM)).toEqual([]);
    // R3: the day is touched before the row moves.
    expect((await flows.days.touched()).map(({ value }) => value)).toEqual([
      { day: '2026-11-24', touchedAt: NOON + 1000, earliestDue: null },
    ]);
  });

  it('is parked there goes on as the probe where it is one', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.parked('tenant');
    await releaseFront(flows, 'tenant', true);
    expect(await flows.read(id)).toMatchObject({ status: 'queued', probe: true, releasedFrom: 'tenant' });
  });

  it('is parked there and may not go yet is left', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.parked(ROOM);
    expect(await releaseFront(flows, ROOM, false, async () => false)).toEqual({ kind: 'stopped' });
    expect((await flows.read(id)).status).toBe('deferred');
    expect(await flows.waiting(ROOM)).toHaveLength(1);
    expect(await flows.items()).toEqual([]);
  });

  it('is expired becomes final, its dead letter first, whether it may go or not', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.parked(ROOM, { expiresAt: NOON });
    expect(await releaseFront(flows, ROOM, false, async () => false)).toEqual({ kind: 'tidied' });
    expect(await flows.read(id)).toMatchObject({ status: 'expired', room: null });
    expect(await flows.waiting(ROOM)).toEqual([]);
    expect(await flows.deadLetters.read('2026-11-24', `${id}.0.1`)).toMatchObject({
      reason: 'expired',
      messageId: id,
      detail: expect.stringContaining('expiresAt has passed'),
    });
    expect(await flows.items()).toEqual([]);
  });

  it('is queued and expired becomes final too', async () => {
    const flows = makeStoredFlows();
    const { id } = await staleRow(flows, { status: 'queued', expiresAt: NOON - 1 });
    expect(await releaseFront(flows)).toEqual({ kind: 'tidied' });
    expect((await flows.read(id)).status).toBe('expired');
  });

  it.each<[string, Partial<Delivery>]>([
    ['sent', { status: 'sent' }],
    ['failed', { status: 'failed' }],
    ['canceled', { status: 'canceled', expiresAt: NOON - 1 }],
    ['held', { status: 'held' }],
    ['held, and expired: what is held does not expire', { status: 'held', expiresAt: NOON - 1 }],
    ['parked elsewhere', { status: 'deferred', room: 'tenant' }],
    ['queued for a later attempt', { status: 'queued', attempt: 2 }],
  ])('is %s only loses its waiting row', async (_name, state) => {
    const flows = makeStoredFlows();
    const before = await staleRow(flows, state);
    expect(await releaseFront(flows)).toEqual({ kind: 'tidied' });
    expect(await flows.read(before.id)).toEqual(before);
    expect(await flows.waiting(ROOM)).toEqual([]);
    expect(await flows.items()).toEqual([]);
  });

  it('is parked there at a later attempt than the row says goes all the same', async () => {
    const flows = makeStoredFlows();
    const { id } = await staleRow(flows, { status: 'deferred', room: ROOM, attempt: 3 }, 1);
    expect(await releaseFront(flows)).toMatchObject({ kind: 'released' });
    expect(await flows.read(id)).toMatchObject({ status: 'queued', attempt: 3 });
  });

  it.each([undefined, NOON - 1])('is sending is left, expired (%s) or not', async (expiresAt) => {
    const flows = makeStoredFlows();
    const before = await staleRow(flows, { status: 'sending', claim, expiresAt: expiresAt ?? null });
    expect(await releaseFront(flows)).toEqual({ kind: 'left' });
    expect(await flows.read(before.id)).toEqual(before);
    expect(await flows.waiting(ROOM)).toHaveLength(1);
  });

  it('is missing is left for an hour, while its acceptance may be under way, then loses its row', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.parked('tenant');
    const gone = { ...(await flows.read(id)), id: id.replace(/.$/, '0'), room: ROOM };
    await flows.rows.putWaiting(gone);
    flows.time.now = NOON + HOUR - 1;
    expect(await releaseFront(flows)).toEqual({ kind: 'left' });
    flows.time.now = NOON + HOUR;
    expect(await releaseFront(flows)).toEqual({ kind: 'tidied' });
    expect(await flows.waiting(ROOM)).toEqual([]);
  });

  it('is queued is written anew, so that a parking under way fails, and its item is put', async () => {
    const flows = makeStoredFlows();
    const { id } = await staleRow(flows, { status: 'queued', releasedFrom: 'tenant' });
    const standing = (await flows.store.readDelivery(id, 0))!;
    expect(await releaseFront(flows)).toEqual({ kind: 'tidied' });
    const parking = flows.rows.parked(standing.delivery, ROOM, null);
    expect(await flows.store.replace(parking, standing.etag)).toBeNull();
    // It does not count as released from here: nothing says that this room’s obstacle is over.
    expect(await flows.read(id)).toMatchObject({ status: 'queued', releasedFrom: 'tenant' });
    expect(await flows.items()).toEqual([id]);
    expect(await flows.waiting(ROOM)).toEqual([]);
  });

  it('was parked anew while it was looked at keeps the new waiting row', async () => {
    const flows = makeStoredFlows();
    const delivery = await staleRow(flows, { status: 'sent' });
    const [waiting] = await collect(flows.rooms.walk(ROOM));
    await flows.rows.putWaiting({ ...delivery, room: ROOM, status: 'deferred', attempt: 2 });
    await flows.releaser.release(waiting!, false);
    expect(await flows.waiting(ROOM)).toMatchObject([{ attempt: 2 }]);
  });

  it('changes under it is left to the next sweep', async () => {
    let change = true;
    const flows = makeStoredFlows({
      wrapStore: (store) => ({
        ...store,
        replace: async (next, etag) => (change ? null : store.replace(next, etag)),
      }),
    });
    await flows.parked(ROOM);
    expect(await releaseFront(flows)).toEqual({ kind: 'left' });
    expect(await flows.waiting(ROOM)).toHaveLength(1);
    expect(await flows.items()).toEqual([]);
    change = false;
    expect(await releaseFront(flows)).toMatchObject({ kind: 'released' });
  });
});

describe('in the room of time', () => {
  it('what is scheduled goes on at its time', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.parked('time', { sendAt: NOON + 1000 });
    flows.time.now = NOON + 1000;
    expect(await releaseFront(flows, 'time')).toEqual({ kind: 'released', recipients: 1 });
    expect(await flows.read(id)).toMatchObject({ status: 'queued', releasedFrom: 'time' });
    expect(await flows.items()).toEqual([id]);
  });

  it('what was put off meanwhile only loses the row of the earlier time', async () => {
    const flows = makeStoredFlows();
    const delivery = await flows.parked('time', { sendAt: NOON + HOUR });
    await flows.rows.putWaiting({ ...delivery, sendAt: NOON });
    expect(await releaseFront(flows, 'time')).toEqual({ kind: 'tidied' });
    expect((await flows.read(delivery.id)).status).toBe('scheduled');
    expect(await flows.waiting('time')).toHaveLength(1);
  });

  it('what is parked elsewhere and expired becomes final', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.parked(ROOM, { expiresAt: NOON });
    expect(await flows.waiting('time')).toHaveLength(1);
    expect(await releaseFront(flows, 'time')).toEqual({ kind: 'tidied' });
    expect((await flows.read(id)).status).toBe('expired');
    expect(await flows.waiting('time')).toEqual([]);
  });

  it('what was parked again with a later expiry is moved there', async () => {
    const flows = makeStoredFlows();
    const delivery = await flows.stored({ status: 'deferred', room: ROOM, expiresAt: NOON + HOUR });
    await flows.rows.putWaiting({ ...delivery, expiresAt: NOON });
    expect(await releaseFront(flows, 'time')).toEqual({ kind: 'tidied' });
    expect((await flows.read(delivery.id)).status).toBe('deferred');
    const [row, ...others] = await flows.waiting('time');
    expect(others).toEqual([]);
    expect(Number(row!.key.slice(0, 15))).toBe(NOON + HOUR);
  });

  it('what moves by itself loses its row', async () => {
    const flows = makeStoredFlows();
    const delivery = await flows.stored({ status: 'queued', expiresAt: NOON + HOUR });
    await flows.rows.putWaiting({ ...delivery, room: ROOM, status: 'deferred', expiresAt: NOON });
    expect(await releaseFront(flows, 'time')).toEqual({ kind: 'tidied' });
    expect(await flows.items()).toEqual([]);
    expect(await flows.waiting('time')).toEqual([]);
  });
});

describe('what waits for what will never be', () => {
  const NOTE = { text: 'its sender account is gone', cause: 'gone', remedy: 'put it back' };
  const giveUp = async (flows: StoredFlows): Promise<void> => {
    for (const waiting of await collect(flows.rooms.walk(ROOM))) await flows.releaser.giveUp(waiting, NOTE);
  };

  it('fails for those who are open, with the remedy, and becomes a dead letter', async () => {
    const flows = makeStoredFlows();
    const recipients = [sampleRecipient('a@x'), sampleRecipient('b@x', { status: 'accepted' })];
    const { id } = await flows.parked(ROOM, { recipients });
    await giveUp(flows);
    const row = await flows.read(id);
    expect(row).toMatchObject({ status: 'partially_sent', room: null });
    expect(row.replies[row.recipients[0]!.reply!]).toEqual(NOTE);
    expect(await flows.deadLetters.read('2026-11-24', `${id}.0.1`)).toMatchObject({ lastReply: NOTE.text });
    expect(await flows.waiting(ROOM)).toEqual([]);
  });

  it('is left while it is sending, since a parking may be under way, and tidied where it is final', async () => {
    const flows = makeStoredFlows();
    const sending = await staleRow(flows, { status: 'sending', claim });
    await staleRow(flows, { status: 'sent' });
    await giveUp(flows);
    expect((await flows.waiting(ROOM)).map((row) => row.id)).toEqual([sending.id]);
    expect(await flows.read(sending.id)).toEqual(sending);
  });
});
