import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { DAY, NOON, collect, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { DAY_MS, HOUR, PAYLOAD, crashAt, makeRetentionFlows } from './retentionFlows.ts';

const ANN = 'ann@contoso.com';
const MINUTE = 60_000;
/** From then on no outcome of a claim can come any more. */
const SETTLED = NOON + 20 * MINUTE;

const toAnn = (changes: Partial<Delivery> = {}): Partial<Delivery> => ({
  status: 'partially_sent',
  recipients: [
    sampleRecipient('bob@contoso.com', { status: 'accepted', at: NOON }),
    sampleRecipient(ANN, { status: 'failed', reply: 0, at: NOON }),
  ],
  replies: [{ text: `550 5.1.10 ${ANN} not found`, cause: 'unknown recipient', remedy: null }],
  ...changes,
});

type Flows = ReturnType<typeof makeRetentionFlows>;

/** All that the tables hold, but for payloads and originals, which are looked at by themselves. */
async function everything(flows: Flows): Promise<string> {
  const seen: unknown[] = [];
  for await (const day of flows.kept.days(null)) seen.push(...(await collect(flows.kept.scan(day, null))));
  const letters = await collect(flows.deadLetters.all());
  const originals = await Promise.all(
    letters.map(async ({ letter: { day, key } }) => (await flows.deadLetters.read(day, key))?.raw),
  );
  return JSON.stringify([
    seen,
    letters,
    originals.map((raw) => raw && Buffer.from(raw).toString()),
    await flows.retentionNotes.erasures(),
  ]);
}

describe('erasing an address', () => {
  it('leaves the record without it, whatever it stood in, and says from how many', async () => {
    const flows = makeRetentionFlows();
    const single = await flows.stored(toAnn());
    const split = await flows.stored(toAnn(), { parts: 3 });
    const old = await flows.stored(toAnn(), { at: NOON - 20 * DAY_MS });
    const other = await flows.stored();
    await flows.letter(single, { lastReply: `550 5.1.10 ${ANN} not found` });
    const rejected = await flows.stored({ status: 'rejected', recipients: [] });
    await flows.letter(rejected, { reason: 'rejected', raw: Buffer.from(`{"to":"Ann@Contoso.com","x":1}`) });
    const coded = Buffer.from(`{"to":["bob@x.org","${ANN}"]}`).toString('base64');
    await flows.letter(rejected, {
      key: 'item-1',
      messageId: '',
      reason: 'comes_back',
      raw: Buffer.from(coded),
    });
    const untouched = await flows.read(other);
    flows.time.now = SETTLED;
    const { eraseRecipient, redrive } = flows.instance();
    // The item may still be on its queue; the letter is looked at again.
    expect(await eraseRecipient(ANN)).toEqual({ erased: 5, pending: 1, complete: false });
    flows.time.now = NOON + HOUR;
    expect(await eraseRecipient(ANN)).toEqual({ erased: 6, pending: 0, complete: true });

    const all = await everything(flows);
    expect(all).not.toMatch(/ann@/i);
    expect(all).not.toContain(coded);
    expect(await flows.retentionNotes.erasures()).toEqual([]);
    for (const id of [single, split, old, rejected]) {
      const { head } = await flows.read(id);
      expect([head.payload, head.head.contentRemoved?.why]).toEqual([null, 'erased']);
      expect(await redrive(id)).toMatchObject({ kind: 'contentRemoved', removal: { why: 'erased' } });
    }
    const [part] = (await flows.read(split)).deliveries;
    expect(part?.delivery.recipients.map(({ address, status }) => [address, status])).toEqual([
      ['bob@contoso.com', 'accepted'],
      ['erased-2', 'failed'],
    ]);
    expect(await flows.read(other)).toEqual(untouched);
    expect(Buffer.from(untouched.head.payload!).equals(PAYLOAD)).toBe(true);
    expect(flows.lines.join('\n')).not.toMatch(/ann@/i);
  });

  it('finds nothing the second time, nor where there is nothing', async () => {
    const flows = makeRetentionFlows();
    await flows.stored(toAnn());
    flows.time.now = SETTLED;
    const { eraseRecipient } = flows.instance();
    expect(await eraseRecipient('nobody@contoso.com')).toEqual({ erased: 0, pending: 0, complete: true });
    expect(await eraseRecipient(ANN)).toMatchObject({ erased: 1, complete: true });
    expect(await eraseRecipient(ANN)).toEqual({ erased: 0, pending: 0, complete: true });
  });

  it.each(['queued', 'sending', 'deferred', 'scheduled', 'held'] as const)(
    'leaves what is %s as it is, and follows by itself when it is final',
    async (status) => {
      const flows = makeRetentionFlows();
      const id = await flows.stored(toAnn({ status }), { parts: 2 });
      const before = await flows.read(id);
      flows.time.now = SETTLED;
      expect(await flows.instance().eraseRecipient(ANN)).toEqual({ erased: 0, pending: 1, complete: false });
      expect(await flows.read(id)).toEqual(before);
      // Nobody remembers the address: another instance has the request only, which does not hold it.
      expect(JSON.stringify(await flows.retentionNotes.erasures())).not.toMatch(/ann/i);
      await flows.pruneAt(NOON + HOUR);
      expect(await flows.read(id)).toEqual(before);
      for (const { delivery, etag } of before.deliveries) {
        await flows.store.replace({ ...delivery, status: 'failed', updatedAt: NOON + 2 * HOUR }, etag);
      }
      // An outcome of its last claim may still come.
      await flows.pruneAt(NOON + 2 * HOUR + MINUTE);
      expect(await everything(flows)).toMatch(/ann@/);
      await flows.pruneAt(NOON + 3 * HOUR);
      expect(await everything(flows)).not.toMatch(/ann@/);
      expect(await flows.retentionNotes.erasures()).toEqual([]);
    },
  );

  it('is not undone by who read a row before: of an outcome, a redrive and the erasing each finds the other', async () => {
    const flows = makeRetentionFlows();
    const id = await flows.stored(toAnn());
    const [read] = (await flows.read(id)).deliveries;
    flows.time.now = SETTLED;
    const [report, redriven] = await Promise.all([
      flows.instance().eraseRecipient(ANN),
      flows.instance().redrive(id),
    ]);
    const now = await flows.read(id);
    const isErased = now.deliveries[0]!.delivery.status === 'partially_sent';
    expect(report.erased).toBe(isErased ? 1 : 0);
    expect(redriven.kind).toBe(isErased ? 'contentRemoved' : 'going');
    expect(now.head.payload === null).toBe(isErased);
    expect(report.complete).toBe(isErased);
    expect(await flows.store.replace(read!.delivery, read!.etag)).toBeNull();
  });

  it('follows a rejected message that somebody redrives while the record is walked', async () => {
    const flows = makeRetentionFlows();
    const id = await flows.stored({ status: 'rejected', recipients: [] });
    await flows.letter(id, { reason: 'rejected', raw: Buffer.from(`{"to":"${ANN}"}`) });
    flows.time.now = SETTLED;
    const meeting = flows.instance((ports) => ({
      ...ports,
      deadLetters: {
        ...ports.deadLetters,
        async *all() {
          const { head, deliveries } = await flows.read(id);
          const row = deliveries[0]!;
          if (row.delivery.status === 'rejected') {
            const next = { ...row.delivery, ...toAnn(), status: 'queued' as const };
            await ports.store.recordAnew(head, [next], row.etag);
          }
          yield* ports.deadLetters.all();
        },
      },
    }));
    expect(await meeting.eraseRecipient(ANN)).toEqual({ erased: 1, pending: 1, complete: false });
    const [sent] = (await flows.read(id)).deliveries;
    await flows.store.replace({ ...sent!.delivery, status: 'sent', updatedAt: SETTLED }, sent!.etag);
    await flows.pruneAt(NOON + 2 * HOUR);
    expect(await everything(flows)).not.toMatch(/ann@/);
    expect(await flows.retentionNotes.erasures()).toEqual([]);
  });

  it('goes on, wherever a run of it died, until nothing is left', async () => {
    let effects = Infinity;
    for (let n = 1; n <= effects; n++) {
      for (const when of ['before', 'after'] as const) {
        const flows = makeRetentionFlows();
        const id = await flows.stored(toAnn(), { head: { payloadBlob: `${DAY}/large` } });
        await flows.blobs.putPayload(`${DAY}/large`, PAYLOAD);
        await flows.letter(id, { detail: `${ANN} is unknown` });
        const rejected = await flows.stored({ status: 'rejected', recipients: [] });
        await flows.letter(rejected, { reason: 'rejected', raw: Buffer.from(`{"to":"${ANN}"}`) });
        flows.time.now = SETTLED;
        const seen = { calls: 0 };
        const dying = flows.instance(crashAt(n, when, seen));
        const isNoted = await dying.eraseRecipient(ANN).then(
          () => true,
          async () => (await flows.retentionNotes.erasures()).length > 0,
        );
        if (seen.calls < n) effects = n - 1;
        // Whoever got no answer asks again; what was noted goes on by itself.
        if (!isNoted) await flows.instance().eraseRecipient(ANN);
        await flows.pruneAt(NOON + HOUR);
        await flows.pruneAt(NOON + 8 * HOUR);
        expect(await everything(flows), `the effect ${n}, ${when}`).not.toMatch(/ann@/);
        expect(await flows.retentionNotes.erasures()).toEqual([]);
        expect(await flows.blobs.readPayload(`${DAY}/large`)).toBeNull();
      }
    }
    expect(effects).toBeGreaterThan(6);
  }, 120_000);

  it('two at once, and the timer beside them, do no harm', async () => {
    const flows = makeRetentionFlows();
    for (let n = 0; n < 20; n++) await flows.stored(n % 2 === 0 ? toAnn() : {}, { parts: n % 3 });
    flows.time.now = SETTLED;
    await Promise.all([
      flows.instance().eraseRecipient(ANN),
      flows.instance().eraseRecipient(ANN),
      flows.instance().prune(),
    ]);
    await flows.pruneAt(NOON + HOUR);
    expect(await everything(flows)).not.toMatch(/ann@/);
    expect(await flows.retentionNotes.erasures()).toEqual([]);
  });

  it('walks a long record in pieces, and never passes over what could not be seen to', async () => {
    const flows = makeRetentionFlows();
    for (let day = 0; day < 4; day++) await flows.stored(toAnn(), { at: NOON - day * DAY_MS });
    flows.time.now = SETTLED;
    let calls = 0;
    const slow = flows.instance((ports) => ({
      ...ports,
      kept: {
        ...ports.kept,
        async rewrite(rewrites) {
          // A call has a minute; and the second one meets trouble.
          flows.time.now += 2 * MINUTE;
          if (++calls === 2) throw new Error('out of order');
          return ports.kept.rewrite(rewrites);
        },
      },
    }));
    const reports = [];
    for (let n = 0; n < 12; n++) {
      reports.push(await slow.eraseRecipient(ANN));
      if (reports.at(-1)!.complete) break;
    }
    expect(reports[0]).toEqual({ erased: 1, pending: 0, complete: false });
    expect(reports.at(-1)).toEqual({ erased: 4, pending: 0, complete: true });
    expect(
      flows.lines.some((line) => line.startsWith('error erasure') && line.includes('out of order')),
    ).toBe(true);
    expect(await everything(flows)).not.toMatch(/ann@/);
  });
});
