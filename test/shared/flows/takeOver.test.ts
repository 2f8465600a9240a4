/** What an item does with a claim that it finds on its row. */
import { describe, expect, it } from 'vitest';
import type { Claim, Delivery } from '../../../shared/core/delivery.ts';
import { makeDeliver } from '../../../shared/flows/deliver.ts';
import { makeOutcomeRecorder } from '../../../shared/flows/recordOutcome.ts';
import { makeReplacer } from '../../../shared/flows/rowWriter.ts';
import { makeShutdown } from '../../../shared/flows/shutdown.ts';
import { makeTakeOver } from '../../../shared/flows/takeOver.ts';
import { NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';
import { makeWatchedTelemetry } from './watchedTelemetry.ts';

const MINUTE = 60_000;
const CLAIM: Claim = {
  token: 'a token',
  instance: 'the dead',
  account: 'hve@contoso.com',
  at: NOON,
  endsAt: NOON + 15 * MINUTE,
  charge: { lease: `${NOON}-lease`, account: 'hve@contoso.com', recipients: 2, external: 1 },
  recipients: [0, 2],
};

const NOTHING_COMPOSED = { ok: false as const, note: { text: '', cause: null, remedy: null } };

function makeWorld() {
  const { telemetry, measured } = makeWatchedTelemetry();
  const flows = { ...makeStoredFlows(), telemetry };
  const puts: { readonly attempt: number; readonly delayMs: number }[] = [];
  const rows: typeof flows.rows = {
    ...flows.rows,
    async putItem(delivery, delayMs) {
      puts.push({ attempt: delivery.attempt, delayMs });
      await flows.rows.putItem(delivery, delayMs);
    },
  };
  const recorder = makeOutcomeRecorder(flows);
  const takeOver = makeTakeOver({ ...flows, recorder });
  const attempted: string[] = [];
  const deliver = makeDeliver({
    ...flows,
    rows,
    takeOver,
    attempts: {
      async run({ id }) {
        attempted.push(id);
        return true;
      },
    },
    // Only attempts compose a mail.
    mails: { ofRecord: async () => NOTHING_COMPOSED, ofMessage: async () => NOTHING_COMPOSED },
    shutdown: makeShutdown(flows),
  });
  return {
    ...flows,
    puts,
    measured,
    attempted,
    takeOver,
    take: async ({ id, attempt }: Delivery) => deliver({ messageId: id, delivery: 0, attempt }),
    sending: async (changes: Partial<Delivery> = {}) =>
      flows.stored({
        status: 'sending',
        claim: CLAIM,
        recipients: [
          sampleRecipient('a@contoso.com'),
          sampleRecipient('b@contoso.com', { status: 'accepted' }),
          sampleRecipient('c@x.org', { kind: 'external' }),
        ],
        ...changes,
      }),
  };
}

describe('a claim', () => {
  it('that may still be going on is left, and an item is put for its end and the margin', async () => {
    const { sending, take, read, time, puts, attempted } = makeWorld();
    const before = await sending();
    time.now = NOON + 17 * MINUTE - 1;
    await take(before);
    expect(await read(before.id)).toEqual(before);
    expect(puts).toEqual([{ attempt: 1, delayMs: 1 }]);
    expect(attempted).toEqual([]);
  });

  it('that has ended without a word makes its recipients unknown, and charges all of it', async () => {
    const { sending, take, read, time, lines, measured, attempted } = makeWorld();
    const before = await sending();
    time.now = NOON + 17 * MINUTE;
    await take(before);
    const after = await read(before.id);
    expect(after).toMatchObject({
      status: 'queued',
      attempt: 2,
      claim: null,
      charges: [CLAIM.charge],
      unknownSpends: 2,
    });
    expect(after.recipients.map(({ status, identity }) => [status, identity])).toEqual([
      ['unknown', 0],
      ['accepted', null],
      ['unknown', 0],
    ]);
    expect(lines).toContain(`warn ${before.id}: an attempt ended without a word; its recipients are unknown`);
    expect(measured.map(({ name, attributes }) => [name, attributes['status']])).toEqual([
      ['hve.claims.taken_over', undefined],
      ['hve.attempts', 'queued'],
    ]);
    // It goes again by the schedule, not at once.
    expect(attempted).toEqual([]);
  });

  it('is taken over once, by however many who find it', async () => {
    const { sending, store, takeOver, read, time } = makeWorld();
    const { id } = await sending();
    time.now = NOON + 20 * MINUTE;
    const { delivery, etag } = (await store.readDelivery(id, 0))!;
    const over = async (): Promise<number> => takeOver(delivery, CLAIM, makeReplacer(store, delivery, etag));
    expect(await Promise.all([over(), over(), over()])).toEqual([0, 0, 0]);
    expect(await read(id)).toMatchObject({ attempt: 2, unknownSpends: 2, charges: [CLAIM.charge] });
  });

  it('of a message whose repeat is not wanted ends held', async () => {
    const { sending, take, read, time } = makeWorld();
    const before = await sending({ onUnknown: 'hold' });
    time.now = NOON + 17 * MINUTE;
    await take(before);
    expect(await read(before.id)).toMatchObject({ status: 'held', charges: [CLAIM.charge] });
  });

  it('that was taken over already is none of an old item’s business', async () => {
    const { sending, take, read, time, attempted } = makeWorld();
    const before = await sending();
    time.now = NOON + 17 * MINUTE;
    await take(before);
    const after = await read(before.id);
    await take(before);
    expect(await read(before.id)).toEqual(after);
    expect(attempted).toEqual([]);
    await take(after);
    expect(attempted).toEqual([before.id]);
  });
});
