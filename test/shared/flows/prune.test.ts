import { describe, expect, inject, it } from 'vitest';
import { dayOfMessageId } from '../../../shared/core/messageId.ts';
import type { DayReport } from '../../../shared/core/records.ts';
import type { DeliveryStatus } from '../../../shared/core/status.ts';
import { STATUSES, isFinal } from '../../../shared/core/status.ts';
import { DAY, NOON, collect, sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { countRequests } from './countRequests.ts';
import { DAY_MS, HOUR, PAYLOAD, crashAt, makeRetentionFlows } from './retentionFlows.ts';
import type { RetentionPorts } from './retentionFlows.ts';

/** What says that the day is closed: nothing of it is counted any more. */
const report = (day: string): DayReport => ({
  day,
  timeZone: 'UTC',
  closedAt: NOON,
  messages: 1,
  byStatus: {},
  scopes: [],
  accepted: 1,
  unknownSpends: 0,
});

const failed = {
  status: 'failed',
  recipients: [sampleRecipient('ann@contoso.com', { status: 'failed' })],
} as const;

describe('the content of a message', () => {
  it('goes when its days are over, and the row stays and says so', async () => {
    const flows = makeRetentionFlows();
    const ids = [await flows.stored(), await flows.stored({}, { parts: 3 }), await flows.stored(failed)];
    const before = await Promise.all(ids.map(flows.read));
    await flows.pruneAt(NOON + 7 * DAY_MS - 1);
    expect(await Promise.all(ids.map(flows.read))).toEqual(before);

    const now = NOON + 8 * DAY_MS;
    await flows.pruneAt(now);
    for (const [n, id] of ids.entries()) {
      const { head, deliveries } = await flows.read(id);
      expect(head.payload).toBeNull();
      expect(head.head).toEqual({ ...before[n]!.head.head, contentRemoved: { at: now, why: 'retention' } });
      const states = before[n]!.deliveries.map(({ delivery }) => delivery);
      expect(deliveries.map(({ delivery }) => delivery)).toEqual(states);
    }
    expect(flows.lines.filter((line) => /^(warn|error)/.test(line))).toEqual([]);
  });

  it('is kept of all that is not final, however old, in each status and in any part', async () => {
    const flows = makeRetentionFlows();
    const open = STATUSES.filter((status) => !isFinal(status));
    const ids = [];
    for (const status of open) ids.push(await flows.stored({ status }));
    const split = await flows.stored({}, { parts: 3 });
    const [, part] = (await flows.read(split)).deliveries;
    await flows.store.replace({ ...part!.delivery, status: 'held' }, part!.etag);
    const before = await Promise.all([...ids, split].map(flows.read));
    await flows.pruneAt(NOON + 1000 * DAY_MS);
    await flows.pruneAt(NOON + 1001 * DAY_MS);
    expect(await Promise.all([...ids, split].map(flows.read))).toEqual(before);
  });

  it.each(STATUSES.filter(isFinal))('goes of what is %s', async (status: DeliveryStatus) => {
    const flows = makeRetentionFlows();
    const id = await flows.stored({ status });
    await flows.pruneAt(NOON + 8 * DAY_MS);
    expect((await flows.read(id)).head.payload).toBeNull();
    await flows.pruneAt(NOON + 31 * DAY_MS);
    expect(await flows.left(DAY)).toEqual([]);
  });

  it('counts from the last final status, not from acceptance', async () => {
    const flows = makeRetentionFlows();
    const id = await flows.stored({}, { parts: 2 });
    const [, late] = (await flows.read(id)).deliveries;
    await flows.store.replace({ ...late!.delivery, updatedAt: NOON + 5 * DAY_MS }, late!.etag);
    await flows.pruneAt(NOON + 11 * DAY_MS);
    expect((await flows.read(id)).head.payload).not.toBeNull();
    await flows.pruneAt(NOON + 13 * DAY_MS);
    expect((await flows.read(id)).head.payload).toBeNull();
    await flows.pruneAt(NOON + 34 * DAY_MS);
    await flows.read(id);
    await flows.pruneAt(NOON + 36 * DAY_MS);
    expect(await flows.store.readMessage(id)).toBeNull();
  });

  it('goes with its blob, and with the claim check that was taken over; what its producer wrote since stays', async () => {
    const flows = makeRetentionFlows();
    // Blobs are stamped by the real clock: accepted an hour ago or ahead, as the claim check was written before or after it.
    const now = Date.now();
    const content = await flows.content;
    await content.createIfNotExists();
    for (const name of ['mine', 'reused', 'attached']) {
      await content.getBlockBlobClient(name).uploadData(PAYLOAD);
    }
    const stored = async (claimCheck: string, at: number): Promise<string> => {
      const id = await flows.stored(
        {},
        { at, head: { claimCheck, payloadBlob: `${dayOfMessageId(NOON_ID)}/x-${claimCheck}` } },
      );
      await flows.blobs.putPayload(`${dayOfMessageId(NOON_ID)}/x-${claimCheck}`, PAYLOAD);
      return id;
    };
    const ids = [await stored('mine', now + HOUR), await stored('reused', now - HOUR)];
    await flows.pruneAt(now + 9 * DAY_MS);
    for (const id of ids) {
      const { head } = (await flows.read(id)).head;
      expect(head).toMatchObject({
        payloadBlob: null,
        claimCheck: null,
        contentRemoved: { why: 'retention' },
      });
    }
    expect(await collect(flows.blobs.payloadDays())).toEqual([]);
    const sizes = ['mine', 'reused', 'attached'].map((name) => flows.blobs.contentSize(name));
    expect(await Promise.all(sizes)).toEqual([null, PAYLOAD.length, PAYLOAD.length]);
  });
});

const NOON_ID = sampleDelivery().id;

describe('the record of a message', () => {
  it('goes when its days are over, with its dead letters, and leaves nothing of its day', async () => {
    const flows = makeRetentionFlows();
    const ids = [await flows.stored(), await flows.stored({}, { parts: 5 }), await flows.stored(failed)];
    await flows.letter(ids[2]!);
    await flows.days.touch(DAY, NOON);
    await flows.days.touch('2026-12-30', NOON + 36 * DAY_MS);
    await flows.pruneAt(NOON + 8 * DAY_MS);
    await flows.pruneAt(NOON + 30 * DAY_MS - 1);
    expect((await flows.left(DAY)).toSorted()).toEqual(ids.toSorted());
    expect(await flows.deadLetters.days()).toEqual([DAY]);
    expect((await flows.days.touched()).map(({ value }) => value.day)).toEqual([DAY, '2026-12-30']);
    await flows.pruneAt(NOON + 31 * DAY_MS);
    expect(await flows.left(DAY)).toEqual([]);
    expect(await collect(flows.kept.days(null))).toEqual([]);
    expect(await flows.deadLetters.days()).toEqual([]);
    expect((await flows.days.touched()).map(({ value }) => value.day)).toEqual(['2026-12-30']);
  });

  it('goes at once with its content where nobody pruned for long', async () => {
    const flows = makeRetentionFlows();
    await flows.stored();
    await flows.stored({}, { parts: 2 });
    await flows.pruneAt(NOON + 40 * DAY_MS);
    expect(await flows.left(DAY)).toEqual([]);
  });

  it('stays as long as its day is not closed, and as a lease is open that it may charge', async () => {
    const flows = makeRetentionFlows({ payloadDays: 1, rowDays: 1, countDays: 400 });
    const id = await flows.stored();
    await flows.days.touch(DAY, NOON);
    await flows.pruneAt(NOON + 5 * DAY_MS);
    expect(await flows.left(DAY)).toEqual([id]);
    for (const day of [
      DAY,
      '2026-11-25',
      '2026-11-26',
      '2026-11-27',
      '2026-11-28',
      '2026-11-29',
      '2026-11-30',
    ]) {
      await flows.days.insertReport(report(day));
    }
    const lease = {
      id: `${NOON}-x`,
      instance: 'dead',
      takenAt: NOON,
      endsAt: NOON + 600_000,
      taken: new Map([['tenant', 1] as const]),
      spent: new Map(),
    };
    const scopes = new Map([['tenant' as const, { taken: { [NOON]: 1 }, etag: null }]]);
    await flows.ledger.write({ scopes, open: lease, close: [] });
    await flows.pruneAt(NOON + 6 * DAY_MS);
    expect(await flows.left(DAY)).toEqual([id]);
    const { leases } = await flows.ledger.read();
    await flows.ledger.write({ scopes: new Map(), open: null, close: leases });
    await flows.pruneAt(NOON + 7 * DAY_MS);
    expect(await flows.left(DAY)).toEqual([]);
  });

  it('is done with for a day that closeDay looks back to no more', async () => {
    const flows = makeRetentionFlows({ payloadDays: 1, rowDays: 1, countDays: 400 });
    await flows.stored();
    await flows.days.touch(DAY, NOON);
    await flows.pruneAt(NOON + 16 * DAY_MS);
    expect(await flows.left(DAY)).toEqual([]);
  });
});

describe('what is redriven while it is pruned', () => {
  /** Redrives the message right before the pruning writes; answers what became of it. */
  function redriveBetween(
    flows: ReturnType<typeof makeRetentionFlows>,
    id: string,
    call: 'rewrite' | 'empty',
  ) {
    const other = flows.instance();
    const answers: unknown[] = [];
    const wrap = (ports: RetentionPorts): RetentionPorts => ({
      ...ports,
      kept: {
        ...ports.kept,
        [call]: async (messages: never) => {
          if (answers.length === 0) answers.push(await other.redrive(id));
          return ports.kept[call](messages);
        },
      },
    });
    return { pruning: flows.instance(wrap), answers };
  }

  it.each([0, 3])('keeps its content if the redrive was quicker (deliveries: %i)', async (parts) => {
    const flows = makeRetentionFlows();
    const id = await flows.stored(failed, { parts });
    const quiet = await flows.stored();
    const { pruning, answers } = redriveBetween(flows, id, 'rewrite');
    await flows.pruneAt(NOON + 8 * DAY_MS, pruning);
    expect(answers).toEqual([{ kind: 'going', deliveries: Math.max(1, parts) }]);
    const { head, deliveries } = await flows.read(id);
    expect(Buffer.from(head.payload!).equals(PAYLOAD)).toBe(true);
    expect(new Set(deliveries.map(({ delivery }) => delivery.status))).toEqual(new Set(['queued']));
    expect((await flows.read(quiet)).head.payload).toBeNull();
  });

  it('is refused, with the reason, once the content is gone; and not found once the record is', async () => {
    const flows = makeRetentionFlows();
    const id = await flows.stored(failed);
    const now = NOON + 8 * DAY_MS;
    await flows.pruneAt(now);
    const { redrive } = flows.instance();
    expect(await redrive(id)).toEqual({ kind: 'contentRemoved', removal: { at: now, why: 'retention' } });
    const { pruning, answers } = redriveBetween(flows, id, 'empty');
    await flows.pruneAt(NOON + 31 * DAY_MS, pruning);
    expect(answers).toMatchObject([{ kind: 'contentRemoved' }]);
    expect(await redrive(id)).toEqual({ kind: 'missing' });
  });

  it('of many at once, each message either goes on whole or loses its content, never both', async () => {
    const flows = makeRetentionFlows();
    const ids = [];
    for (let n = 0; n < 12; n++) ids.push(await flows.stored(failed, { parts: n % 3 === 0 ? 2 : 0 }));
    flows.time.now = NOON + 8 * DAY_MS;
    const { redrive } = flows.instance();
    const [answers] = await Promise.all([
      Promise.all(ids.map((id) => redrive(id))),
      flows.instance().prune(),
      flows.instance().prune(),
    ]);
    for (const [n, id] of ids.entries()) {
      const { head, deliveries } = await flows.read(id);
      const isGoing = answers[n]!.kind === 'going';
      expect(answers[n]!.kind).toBeOneOf(['going', 'contentRemoved']);
      expect(head.payload !== null).toBe(isGoing);
      expect(deliveries.every(({ delivery }) => delivery.status === 'queued')).toBe(isGoing);
    }
  });
});

describe('a run that dies', () => {
  it('at any effect, before or after it, leaves what the next one finishes, and nothing that is not final', async () => {
    /** Everything that retention removes, one of each. */
    async function fill(flows: ReturnType<typeof makeRetentionFlows>) {
      const day = dayOfMessageId(NOON_ID);
      const old = [await flows.stored(), await flows.stored(failed, { parts: 2 })];
      const large = await flows.stored({}, { head: { payloadBlob: `${day}/large` } });
      await flows.blobs.putPayload(`${day}/large`, PAYLOAD);
      const open = await flows.stored({ status: 'held' }, { parts: 2 });
      await flows.letter(old[1]!, { raw: PAYLOAD });
      await flows.days.insertReport(report('2020-01-01'));
      return { old: [...old, large], open };
    }
    async function isDone(flows: ReturnType<typeof makeRetentionFlows>, open: string): Promise<void> {
      expect(await flows.left(DAY)).toEqual([open]);
      expect((await flows.read(open)).head.payload).not.toBeNull();
      expect(await flows.deadLetters.days()).toEqual([]);
      expect(await collect(flows.blobs.payloadDays())).toEqual([]);
      expect(await flows.days.readReport('2020-01-01')).toBeNull();
    }
    let effects = Infinity;
    for (let n = 1; n <= effects; n++) {
      for (const when of ['before', 'after'] as const) {
        const flows = makeRetentionFlows();
        const { open } = await fill(flows);
        const seen = { calls: 0 };
        await flows
          .pruneAt(NOON + 40 * DAY_MS, flows.instance(crashAt(n, when, seen)))
          .catch(() => undefined);
        if (seen.calls < n) effects = n - 1;
        // The round that died is gone on with, or the next one comes round.
        await flows.pruneAt(NOON + 40 * DAY_MS + 7 * HOUR);
        await flows.pruneAt(NOON + 40 * DAY_MS + 14 * HOUR);
        await isDone(flows, open);
      }
    }
    expect(effects).toBeGreaterThan(8);
  }, 240_000);

  it('two at once do no harm, and nothing twice', async () => {
    const flows = makeRetentionFlows();
    for (let n = 0; n < 30; n++) await flows.stored({}, { parts: n % 5 === 0 ? 3 : 0 });
    const open = await flows.stored({ status: 'deferred', room: 'tenant' });
    flows.time.now = NOON + 31 * DAY_MS;
    await Promise.all([flows.instance().prune(), flows.instance().prune()]);
    await flows.pruneAt(NOON + 31 * DAY_MS + 7 * HOUR);
    expect(await flows.left(DAY)).toEqual([open]);
  });
});

describe('a round', () => {
  it('goes on where the last run stopped, over days, and begins anew six hours after it began', async () => {
    const flows = makeRetentionFlows();
    const days = [0, 1, 2].map((n) => NOON + n * DAY_MS);
    for (const at of days) for (let n = 0; n < 2; n++) await flows.stored({}, { at });
    // Each look at the clock takes two minutes: a run of five has time for one group.
    const now = NOON + 12 * DAY_MS;
    flows.time.now = now;
    const slow = flows.instance((ports) => ({
      ...ports,
      kept: {
        ...ports.kept,
        async rewrite(rewrites) {
          flows.time.now += 6 * 60_000;
          return ports.kept.rewrite(rewrites);
        },
      },
    }));
    const contents = async (): Promise<number> => {
      let removed = 0;
      for await (const day of flows.kept.days(null)) {
        for await (const { head } of flows.kept.scan(day, null)) removed += head?.contentRemoved ? 1 : 0;
      }
      return removed;
    };
    const seen = [];
    for (let n = 0; n < 4; n++) {
      await slow.prune();
      seen.push(await contents());
    }
    expect(seen).toEqual([2, 4, 6, 6]);
    const late = await flows.stored();
    await flows.pruneAt(now + HOUR);
    expect((await flows.read(late)).head.payload).not.toBeNull();
    await flows.pruneAt(now + 6 * HOUR);
    expect((await flows.read(late)).head.payload).toBeNull();
  });

  it('passes over what cannot be seen to, and comes to it again in the next one', async () => {
    const flows = makeRetentionFlows();
    const [bad, good] = [await flows.stored(), await flows.stored({}, { at: NOON + DAY_MS })];
    let isBroken = true;
    const broken = flows.instance((ports) => ({
      ...ports,
      kept: {
        ...ports.kept,
        async rewrite(rewrites) {
          if (isBroken && rewrites.some(({ kept }) => kept.id === bad)) throw new Error('out of order');
          return ports.kept.rewrite(rewrites);
        },
      },
    }));
    const now = NOON + 9 * DAY_MS;
    await expect(flows.pruneAt(now, broken)).rejects.toThrow('parts of the retention failed');
    await flows.pruneAt(now + HOUR, broken);
    expect((await flows.read(good)).head.payload).toBeNull();
    expect((await flows.read(bad)).head.payload).not.toBeNull();
    isBroken = false;
    await flows.pruneAt(now + 7 * HOUR, broken);
    expect((await flows.read(bad)).head.payload).toBeNull();
  });

  it('takes a day of a thousand messages in few operations', async () => {
    const flows = makeRetentionFlows();
    for (let n = 0; n < 1000; n += 50)
      await Promise.all(Array.from({ length: 50 }, async () => flows.stored()));
    const tablePort = Number(/TableEndpoint=http:\/\/[^:]+:(\d+)/.exec(inject('azurite'))![1]);
    const count = countRequests([tablePort], flows.prefix);
    try {
      await flows.pruneAt(NOON + 8 * DAY_MS);
      const contents = count.take();
      // Sixteen shards of some 62 rows each; beside them the days, and one page of each shard.
      expect(contents['POST $batch']).toBeLessThanOrEqual(32);
      expect(contents['GET messages']).toBeLessThanOrEqual(24);
      await flows.pruneAt(NOON + 31 * DAY_MS);
      expect(count.take()['POST $batch']).toBeLessThanOrEqual(64);
    } finally {
      count.stop();
    }
    expect(await flows.left(DAY)).toEqual([]);
  }, 120_000);
});

describe('beside the messages', () => {
  it('dead letters lose their original with the payloads, and go with the rows', async () => {
    const flows = makeRetentionFlows();
    const id = await flows.stored({ status: 'rejected', recipients: [] });
    const letter = await flows.letter(id, {
      reason: 'rejected',
      raw: Buffer.from('{"to":"ann@contoso.com"}'),
    });
    const item = await flows.letter(id, { key: 'item-1', messageId: '', reason: 'comes_back', raw: PAYLOAD });
    await flows.pruneAt(NOON + 8 * DAY_MS);
    for (const one of [letter, item]) {
      expect(await flows.deadLetters.read(one.day, one.key)).toEqual({ ...one, raw: null });
    }
    const { redrive } = flows.instance();
    expect((await redrive(id)).kind).toBe('contentRemoved');
    await flows.pruneAt(NOON + 31 * DAY_MS);
    expect(await flows.deadLetters.days()).toEqual([]);
  });

  it('a blob without a row goes with its day; one that is young, or has its row, stays', async () => {
    const flows = makeRetentionFlows();
    const now = Date.now();
    const open = await flows.stored({ status: 'held' }, { at: now - 20 * DAY_MS });
    const own = `${dayOfMessageId(open)}/${open}`;
    const { head, deliveries } = await flows.read(open);
    await flows.store.recordAnew(
      { head: { ...head.head, payloadBlob: own }, payload: null },
      deliveries.map(({ delivery }) => delivery),
      deliveries[0]!.etag,
    );
    const orphan = `${dayOfMessageId(NOON_ID)}/${NOON_ID}`;
    const stranger = `${dayOfMessageId(open)}/notes.txt`;
    for (const name of [own, orphan, stranger]) await flows.blobs.putPayload(name, PAYLOAD);
    flows.time.now = now;
    const isThere = async (name: string): Promise<boolean> => (await flows.blobs.readPayload(name)) !== null;
    // Its acceptance may be under way, whatever its day is.
    await flows.pruneAt(Math.max(now, NOON + 9 * DAY_MS));
    const young = await isThere(orphan);
    await flows.pruneAt(Math.max(now, NOON + 9 * DAY_MS) + 2 * DAY_MS);
    expect([young || now < NOON + 8 * DAY_MS, await isThere(orphan)]).toEqual([true, false]);
    expect([await isThere(own), await isThere(stranger)]).toEqual([true, true]);
  });

  it('the daily counts go after their days, and never while closeDay would write them anew', async () => {
    const flows = makeRetentionFlows();
    for (const day of ['2025-10-19', '2025-11-20', DAY]) await flows.days.insertReport(report(day));
    await flows.pruneAt(NOON);
    expect((await collect(flows.days.reports('2020-01-01', DAY))).map(({ day }) => day)).toEqual([
      DAY,
      '2025-11-20',
    ]);
    const brief = makeRetentionFlows({ payloadDays: 1, rowDays: 1, countDays: 1 });
    for (const day of ['2026-11-08', '2026-11-09']) await brief.days.insertReport(report(day));
    await brief.pruneAt(NOON);
    expect((await collect(brief.days.reports('2020-01-01', DAY))).map(({ day }) => day)).toEqual([
      '2026-11-09',
    ]);
  });

  it('expired keys go within half a day', async () => {
    const flows = makeRetentionFlows();
    const key = (n: number, expiresAt: number) => ({
      app: 'a',
      key: `k${n}`,
      messageId: NOON_ID,
      fingerprint: 'f',
      expiresAt,
    });
    for (let n = 0; n < 30; n++)
      await flows.keys.claim(key(n, NOON + (n % 2 === 0 ? HOUR : 90 * DAY_MS)), NOON);
    for (let hour = 2; hour < 14; hour++) await flows.pruneAt(NOON + hour * HOUR);
    const claimed = [];
    for (let n = 0; n < 30; n++)
      claimed.push((await flows.keys.claim({ ...key(n, 1), fingerprint: 'g' }, NOON)).fingerprint);
    expect(claimed).toEqual(Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? 'g' : 'f')));
  });

  it('the ledger loses the rows of scopes of which nothing was taken for long', async () => {
    const flows = makeRetentionFlows();
    const take = async (n: number, scope: 'tenant' | `app:${string}`, hour: number, etag: string | null) =>
      flows.ledger.write({
        scopes: new Map([[scope, { taken: { [hour]: 1 }, etag }]]),
        open: {
          id: `${hour}-${n}`,
          instance: 'i',
          takenAt: hour,
          endsAt: hour + 1,
          taken: new Map([[scope, 1]]),
          spent: new Map(),
        },
        close: [],
      });
    await take(1, 'tenant', NOON, null);
    await take(2, 'app:old', NOON - 53 * HOUR, null);
    await take(3, 'app:leased', NOON - 60 * HOUR, null);
    await take(4, 'app:near', NOON - 51 * HOUR, null);
    const { leases } = await flows.ledger.read();
    const closed = leases.filter(({ lease }) => !lease.taken.has('app:leased'));
    await flows.ledger.write({ scopes: new Map(), open: null, close: closed });
    await flows.pruneAt(NOON);
    const { scopes } = await flows.ledger.read();
    expect([...scopes.keys()].toSorted()).toEqual(['app:leased', 'app:near', 'tenant']);
  });

  it('a day that was touched lately is not forgotten, nor the last one', async () => {
    const flows = makeRetentionFlows();
    await flows.days.touch('2026-10-01', NOON + 40 * DAY_MS - HOUR);
    await flows.days.touch('2026-10-02', NOON);
    await flows.days.touch('2026-10-03', NOON);
    await flows.pruneAt(NOON + 40 * DAY_MS);
    expect((await flows.days.touched()).map(({ value }) => value.day)).toEqual(['2026-10-01', '2026-10-03']);
  });

  it('one part that fails stops no other, and is told as what an alert waits for', async () => {
    const flows = makeRetentionFlows();
    const id = await flows.stored();
    const broken = flows.instance((ports) => ({
      ...ports,
      keys: { ...ports.keys, removeExpired: async () => Promise.reject(new Error('no keys')) },
      ledger: { ...ports.ledger, removeScope: async () => Promise.reject(new Error('no ledger')) },
    }));
    await expect(flows.pruneAt(NOON + 8 * DAY_MS, broken)).rejects.toThrow('parts of the retention failed');
    expect((await flows.read(id)).head.payload).toBeNull();
    expect(flows.lines.some((line) => line.includes('idempotency keys') && line.includes('no keys'))).toBe(
      true,
    );
    expect(flows.signals).toEqual([{ signal: 'retention', part: 'idempotency keys' }]);
  });
});
