/** What of a claim's charge goes back when nobody knows whether its outcome was written. */
import { describe, expect, it } from 'vitest';
import type { Claim, Delivery } from '../../../shared/core/delivery.ts';
import type { Fate, Fates } from '../../../shared/core/outcome.ts';
import { makeOutcomeRecorder } from '../../../shared/flows/recordOutcome.ts';
import { makeReplacer } from '../../../shared/flows/rowWriter.ts';
import type { MessageStore } from '../../../shared/ports.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';

const ACCEPTED: Fate = { kind: 'accepted', note: { text: '250 2.0.0 OK', cause: null, remedy: null } };
const REFUSED: Fate = { kind: 'failed', note: { text: '550 5.1.10 gone', cause: 'gone', remedy: 'none' } };
const BOTH: Fates = new Map<number, Fate>([
  [0, ACCEPTED],
  [1, REFUSED],
]);

type Losing = MessageStore & { lose: (() => Promise<void>) | null };

/** The next replacement is written, and its answer lost; `lose` is what comes then. */
function losesAnAnswer(store: MessageStore): Losing {
  const losing: Losing = {
    ...store,
    lose: null,
    async replace(next: Delivery, etag: string) {
      const written = await store.replace(next, etag);
      if (losing.lose === null) return written;
      const { lose } = losing;
      losing.lose = null;
      await lose();
      throw new Unavailable('the row', new Error('the answer is lost'));
    },
  };
  return losing;
}

async function claimed() {
  let store: Losing | null = null;
  const flows = makeStoredFlows({ wrapStore: (real) => (store = losesAnAnswer(real)) });
  const recorder = makeOutcomeRecorder(flows);
  const before = { lease: 'a-lease', account: 'hve@contoso.com', recipients: 3, external: 0 };
  const claim: Claim = {
    token: 'token',
    instance: 'the first',
    account: 'hve@contoso.com',
    at: NOON,
    endsAt: NOON + flows.durations.claim,
    charge: { lease: 'a-lease', account: 'hve@contoso.com', recipients: 2, external: 1 },
    recipients: [0, 1],
  };
  const row = await flows.stored({
    status: 'sending',
    due: claim.endsAt,
    claim,
    charges: [before],
    recipients: [sampleRecipient('ann@contoso.com'), sampleRecipient('cy@example.org', { kind: 'external' })],
  });
  const { etag } = (await flows.store.readDelivery(row.id, 0))!;
  return { ...flows, store: store!, recorder, claim, row, writer: makeReplacer(flows.store, row, etag) };
}

describe('an outcome', () => {
  it('whose answer was lost gives back what the row no longer charges', async () => {
    const { store, recorder, row, claim, writer, read } = await claimed();
    store.lose = async () => undefined;
    expect(await recorder.record(row, claim, BOTH, writer)).toEqual({ recipients: 1, external: 0 });
    expect((await read(row.id)).charges).toEqual([
      { lease: 'a-lease', account: 'hve@contoso.com', recipients: 4, external: 0 },
    ]);
  });

  it('that comes after its claim was taken over gives nothing back', async () => {
    const { recorder, row, claim, writer, read, store, time } = await claimed();
    time.now = claim.endsAt + 1;
    const { etag } = (await store.readDelivery(row.id, 0))!;
    await recorder.record(row, claim, new Map(), makeReplacer(store, row, etag));
    expect(await recorder.record(row, claim, BOTH, writer)).toEqual({ recipients: 2, external: 1 });
    const { charges, recipients } = await read(row.id);
    expect(charges).toEqual([{ lease: 'a-lease', account: 'hve@contoso.com', recipients: 5, external: 1 }]);
    expect(recipients[0]!.status).toBe('accepted');
  });

  it('that was lost, and after which the row was tried again, is left to the sweep', async () => {
    const { store, recorder, row, claim, writer, read, durations } = await claimed();
    const again: Fates = new Map<number, Fate>([[0, ACCEPTED]]);
    // The answer to its write is lost, and before it looks again the same instance has claimed the row on the same lease.
    store.lose = async () => {
      const found = (await store.readDelivery(row.id, 0))!;
      const second: Delivery = {
        ...found.delivery,
        status: 'sending',
        due: NOON + durations.claim,
        claim: { ...claim, token: 'second' },
      };
      const other = makeReplacer(store, row, found.etag);
      await other.write(second);
      await recorder.record(second, second.claim!, again, other);
    };
    expect(
      await recorder.record(
        row,
        claim,
        new Map([
          [0, REFUSED],
          [1, REFUSED],
        ]),
        writer,
      ),
    ).toBeNull();
    expect((await read(row.id)).charges[0]).toMatchObject({ recipients: 5 });
  });
});
