import { beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../shared/core/lease.ts';
import { makeLeaseId, unspentOf } from '../../shared/core/lease.ts';
import type { TakenByHour } from '../../shared/core/quotaLedger.ts';
import { addTaken } from '../../shared/core/quotaLedger.ts';
import type { QuotaScope } from '../../shared/core/rooms.ts';
import { HOUR_MS } from '../../shared/core/window.ts';
import type {
  LeaseRow,
  Ledger,
  LedgerChange,
  LedgerState,
  LedgerWritten,
  ScopeRow,
} from '../../shared/ports.ts';
import { NOON } from './sampleMessages.ts';

export const TENANT: QuotaScope = 'tenant';
export const PAYROLL: QuotaScope = 'app:payroll';
const UNTAKEN: ScopeRow = { taken: {}, etag: null };

/** A lease of noon; `n` (0 to 255) makes its id, and sorts several of one hour. */
export function sampleLease(n: number, taken: readonly (readonly [QuotaScope, number])[]): Lease {
  return {
    id: makeLeaseId(NOON, (count) => new Uint8Array(count).fill(n)),
    instance: 'one',
    takenAt: NOON + 1000,
    endsAt: NOON + 601_000,
    taken: new Map(taken),
    spent: new Map(),
  };
}

/** The change that takes the lease, over what was read. */
export function takeOver({ scopes }: Pick<LedgerState, 'scopes'>, open: Lease): LedgerChange {
  const rows = [...open.taken].map(([scope, n]): [QuotaScope, ScopeRow] => {
    const { taken, etag } = scopes.get(scope) ?? UNTAKEN;
    return [scope, { taken: addTaken(taken, NOON, n), etag }];
  });
  return { scopes: new Map(rows), open, close: [] };
}

/** The change that closes the leases and gives back what is not spent of them, over what was read. */
export function closeOver({ scopes }: Pick<LedgerState, 'scopes'>, close: readonly LeaseRow[]): LedgerChange {
  const rows = new Map<QuotaScope, ScopeRow>();
  for (const { lease } of close) {
    for (const [scope, n] of unspentOf(lease)) {
      const { taken, etag } = rows.get(scope) ?? scopes.get(scope) ?? UNTAKEN;
      rows.set(scope, { taken: addTaken(taken, NOON, -n), etag });
    }
  }
  return { scopes: rows, open: null, close };
}

/** What stands in the ledger, without its ETags. */
export function standingIn({ scopes, leases }: LedgerState): {
  readonly taken: Readonly<Record<string, TakenByHour>>;
  readonly leases: readonly Lease[];
} {
  const taken = [...scopes].map(([scope, row]) => [scope, row.taken]);
  return { taken: Object.fromEntries(taken), leases: leases.map(({ lease }) => lease) };
}

/** Throws where nothing was done. */
export function done(written: LedgerWritten | null): LedgerWritten {
  if (written === null) throw new Error('A row has changed since it was read.');
  return written;
}

/** The contract of the port Ledger. `open` gives that many instances over one empty ledger. */
export function describeLedger(title: string, open: (instances: number) => Promise<readonly Ledger[]>): void {
  describe(`Ledger: ${title}`, () => {
    let ledger: Ledger;
    let other: Ledger;
    beforeEach(async () => {
      const [one, two] = await open(2);
      ledger = one!;
      other = two!;
    });
    /** Read and written at once. */
    const take = async (lease: Lease): Promise<LedgerWritten> =>
      done(await ledger.write(takeOver(await ledger.read(), lease)));
    const standing = async (): Promise<ReturnType<typeof standingIn>> => standingIn(await other.read());

    it('is empty at first', async () => {
      expect(await standing()).toEqual({ taken: {}, leases: [] });
    });

    it('keeps what was taken by hour, and the lease, whole', async () => {
      const lease = {
        ...sampleLease(1, [
          [TENANT, 5],
          [PAYROLL, 3],
        ]),
        spent: new Map([[TENANT, 2]]),
      };
      const old = { [NOON - HOUR_MS]: 7 };
      const scopes = new Map([
        [TENANT, { taken: { ...old, [NOON]: 5 }, etag: null }],
        [PAYROLL, { taken: { [NOON]: 3 }, etag: null }],
      ]);
      await ledger.write({ scopes, open: lease, close: [] });
      expect(await standing()).toEqual({
        taken: { [TENANT]: { ...old, [NOON]: 5 }, [PAYROLL]: { [NOON]: 3 } },
        leases: [lease],
      });
    });

    it('answers the rows with ETags that the next changes can use, without a read between', async () => {
      const first = await take(
        sampleLease(1, [
          [TENANT, 5],
          [PAYROLL, 3],
        ]),
      );
      expect(first.scopes?.get(PAYROLL)).toEqual({ taken: { [NOON]: 3 }, etag: expect.any(String) });
      const lease = sampleLease(2, [
        [TENANT, 1],
        [PAYROLL, 1],
      ]);
      const second = done(await ledger.write(takeOver({ scopes: first.scopes! }, lease)));
      const row = { lease, etag: second.leaseEtag! };
      const closed = done(await ledger.write(closeOver({ scopes: second.scopes! }, [row])));
      expect(closed.leaseEtag).toBeNull();
      const again = takeOver({ scopes: closed.scopes! }, sampleLease(3, [[TENANT, 2]]));
      expect(await ledger.write(again)).not.toBeNull();
      const { taken, leases } = await standing();
      expect(taken).toEqual({ [TENANT]: { [NOON]: 7 }, [PAYROLL]: { [NOON]: 3 } });
      expect(leases.map(({ id }) => id)).toEqual([1, 3].map((n) => sampleLease(n, []).id));
    });

    it('lists the open leases with the oldest hour first', async () => {
      const hours = [NOON, NOON - 2 * HOUR_MS, NOON - HOUR_MS];
      const ids = hours.map((hour) => makeLeaseId(hour, (count) => new Uint8Array(count)));
      for (const id of ids) await take({ ...sampleLease(0, []), id });
      expect((await standing()).leases.map(({ id }) => id)).toEqual(ids.toSorted());
    });

    it('does nothing at all where one of the scopes has changed since it was read', async () => {
      await take(
        sampleLease(1, [
          [TENANT, 5],
          [PAYROLL, 3],
        ]),
      );
      const read = await other.read();
      await take(sampleLease(2, [[PAYROLL, 1]]));
      const before = await standing();
      expect(
        await other.write(
          takeOver(
            read,
            sampleLease(3, [
              [TENANT, 1],
              [PAYROLL, 1],
            ]),
          ),
        ),
      ).toBeNull();
      expect(await other.write(closeOver(read, read.leases))).toBeNull();
      expect(await standing()).toEqual(before);
    });

    it('does nothing at all where a scope’s first row stands already', async () => {
      await take(sampleLease(1, [[TENANT, 5]]));
      const read = await other.read();
      await take(sampleLease(2, [[PAYROLL, 1]]));
      const before = await standing();
      expect(
        await other.write(
          takeOver(
            read,
            sampleLease(3, [
              [TENANT, 1],
              [PAYROLL, 1],
            ]),
          ),
        ),
      ).toBeNull();
      expect(await standing()).toEqual(before);
    });

    it('closes several leases at once, and gives back what is left of them', async () => {
      await take({
        ...sampleLease(1, [
          [TENANT, 5],
          [PAYROLL, 3],
        ]),
        spent: new Map([[TENANT, 4]]),
      });
      await take(sampleLease(2, [[TENANT, 2]]));
      await take(sampleLease(3, [[TENANT, 10]]));
      const read = await other.read();
      const [one, two, three] = read.leases;
      expect(await other.write(closeOver(read, [one!, two!]))).not.toBeNull();
      expect(await standing()).toEqual({
        taken: { [TENANT]: { [NOON]: 14 }, [PAYROLL]: { [NOON]: 0 } },
        leases: [three!.lease],
      });
    });

    it('opens a lease and closes another in one change', async () => {
      await take(sampleLease(1, [[TENANT, 5]]));
      const read = await ledger.read();
      const opened = sampleLease(2, [[TENANT, 3]]);
      const scopes = new Map([[TENANT, { ...read.scopes.get(TENANT)!, taken: { [NOON]: 3 } }]]);
      const written = done(await ledger.write({ scopes, open: opened, close: read.leases }));
      expect(await ledger.noteSpent(opened, written.leaseEtag!)).not.toBeNull();
      expect(await standing()).toEqual({ taken: { [TENANT]: { [NOON]: 3 } }, leases: [opened] });
    });

    it('closes a lease whatever its owner noted on it since it was read: what goes back stands in the change', async () => {
      await take(sampleLease(1, [[TENANT, 5]]));
      const read = await other.read();
      const { lease, etag } = read.leases[0]!;
      expect(await ledger.noteSpent({ ...lease, spent: new Map([[TENANT, 1]]) }, etag)).not.toBeNull();
      const closed = { lease: { ...lease, spent: new Map([[TENANT, 2]]) }, etag };
      expect(await other.write(closeOver(read, [closed]))).not.toBeNull();
      expect(await standing()).toEqual({ taken: { [TENANT]: { [NOON]: 2 } }, leases: [] });
    });

    it('closes nothing where one of the leases has gone', async () => {
      await take(sampleLease(1, [[TENANT, 5]]));
      await take(sampleLease(2, [[TENANT, 1]]));
      const read = await other.read();
      await ledger.write({ scopes: new Map(), open: null, close: [read.leases[0]!] });
      const before = await standing();
      expect(await other.write(closeOver(read, read.leases))).toBeNull();
      expect(await standing()).toEqual(before);
    });

    it('gives nothing back for leases that have gone, even if it takes them for its own work', async () => {
      await take({ ...sampleLease(1, [[TENANT, 5]]), spent: new Map([[TENANT, 1]]) });
      const read = await ledger.read();
      done(await ledger.write(closeOver(read, read.leases)));
      const before = await standing();
      expect(before.taken).toEqual({ [TENANT]: { [NOON]: 1 } });
      for (const scopes of [read.scopes, (await other.read()).scopes]) {
        // It may answer that it is done: the leases are closed. It knows no ETags then.
        expect((await other.write(closeOver({ scopes }, read.leases)))?.scopes ?? null).toBeNull();
      }
      expect(await standing()).toEqual(before);
    });

    it('notes what was spent, again and again by the ETags it answers, and changes nothing else', async () => {
      const lease = sampleLease(1, [[TENANT, 5]]);
      let { leaseEtag: etag } = await take(lease);
      for (const spent of [3, 2]) {
        etag = await ledger.noteSpent({ ...lease, instance: '', spent: new Map([[TENANT, spent]]) }, etag!);
        const leases = [{ ...lease, spent: new Map([[TENANT, spent]]) }];
        expect(await standing()).toEqual({ taken: { [TENANT]: { [NOON]: 5 } }, leases });
      }
      const read = await ledger.read();
      expect(read.leases[0]!.etag).toBe(etag);
      expect(await ledger.write(closeOver(read, [{ lease, etag: etag! }]))).not.toBeNull();
    });

    it('notes nothing of a lease that has changed or was closed', async () => {
      const lease = sampleLease(1, [[TENANT, 5]]);
      const { leaseEtag: etag } = await take(lease);
      const newer = await ledger.noteSpent({ ...lease, spent: new Map([[TENANT, 3]]) }, etag!);
      const before = await standing();
      expect(await other.noteSpent({ ...lease, spent: new Map([[TENANT, 5]]) }, etag!)).toBeNull();
      expect(await standing()).toEqual(before);
      const read = await other.read();
      await other.write(closeOver(read, read.leases));
      expect(await ledger.noteSpent(lease, newer!)).toBeNull();
      expect((await standing()).leases).toEqual([]);
    });

    it.each([
      "o'neil/sales#1?@contoso.com",
      'a%2Fb\\c~2f',
      ' größer & straße ',
      'lease:1',
      'app:',
      'UPPER',
      'upper',
    ])('keeps accounts and apps apart, whatever their names: %j', async (name) => {
      const lease = sampleLease(1, [
        [`account:${name}`, 1],
        [`app:${name}`, 2],
        [`app:${name}.`, 3],
        [`account:app:${name}`, 4],
      ]);
      await take(lease);
      expect(await standing()).toEqual({
        taken: Object.fromEntries([...lease.taken].map(([scope, n]) => [scope, { [NOON]: n }])),
        leases: [lease],
      });
    });

    it('takes 90 scopes in one lease, and gives them back', async () => {
      const names = Array.from({ length: 88 }, (_, n): [QuotaScope, number] => [
        `account:hve${n}@contoso.com`,
        n + 1,
      ]);
      const lease = sampleLease(1, [[TENANT, 4000], [PAYROLL, 4000], ...names]);
      await take(lease);
      const read = await other.read();
      expect(read.scopes.size).toBe(90);
      expect(read.leases[0]!.lease).toEqual(lease);
      expect(await other.write(closeOver(read, read.leases))).not.toBeNull();
      const { taken, leases } = await standing();
      expect(new Set(Object.values(taken).map((byHour) => byHour[NOON]))).toEqual(new Set([0]));
      expect(leases).toEqual([]);
    });

    it('lets exactly one of two writers take what both have read', async () => {
      await take(sampleLease(0, [[TENANT, 1]]));
      for (let round = 1; round <= 8; round++) {
        const read = await ledger.read();
        const answers = await Promise.all(
          [ledger, other].map(async (writer, n) =>
            writer.write(
              takeOver(
                read,
                sampleLease(round * 2 + n, [
                  [TENANT, 1],
                  [`app:${round}`, 1],
                ]),
              ),
            ),
          ),
        );
        expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
      }
      const { taken, leases } = await standing();
      expect(taken[TENANT]).toEqual({ [NOON]: 9 });
      expect(leases).toHaveLength(9);
    });

    it('removes the row of a scope by its ETag, and comes again with the next take', async () => {
      await take(
        sampleLease(1, [
          [TENANT, 5],
          [PAYROLL, 5],
        ]),
      );
      const before = await ledger.read();
      const { etag } = before.scopes.get(PAYROLL)!;
      await take(sampleLease(2, [[PAYROLL, 1]]));
      expect(await ledger.removeScope(PAYROLL, etag!)).toBe(false);
      const now = await ledger.read();
      expect(await ledger.removeScope(PAYROLL, now.scopes.get(PAYROLL)!.etag!)).toBe(true);
      expect((await standing()).taken).toEqual({ [TENANT]: { [NOON]: 5 } });
      // Who decided by the row that has gone finds that, and nothing was done.
      expect(
        await other.write(
          takeOver(
            now,
            sampleLease(3, [
              [TENANT, 1],
              [PAYROLL, 1],
            ]),
          ),
        ),
      ).toBeNull();
      expect((await standing()).leases).toHaveLength(2);
      await take(
        sampleLease(4, [
          [TENANT, 1],
          [PAYROLL, 3],
        ]),
      );
      expect((await standing()).taken).toEqual({ [TENANT]: { [NOON]: 6 }, [PAYROLL]: { [NOON]: 3 } });
    });

    it('lets one of two win, who takes of a scope and who removes its row', async () => {
      for (let round = 1; round <= 8; round++) {
        const read = await ledger.read();
        const { taken, etag } = read.scopes.get(PAYROLL) ?? UNTAKEN;
        const before = Object.values(taken).reduce((sum, n) => sum + n, 0);
        const [removed, written] = await Promise.all([
          etag === null ? false : ledger.removeScope(PAYROLL, etag),
          other.write(takeOver(read, sampleLease(round, [[PAYROLL, 2]]))),
        ]);
        const now = Object.values((await standing()).taken[PAYROLL] ?? {}).reduce((sum, n) => sum + n, 0);
        expect(removed).toBe(written === null);
        expect(now).toBe(removed ? 0 : before + 2);
      }
    });

    it('gives back once what two close at once', async () => {
      for (let round = 1; round <= 8; round++) {
        await take({ ...sampleLease(round, [[TENANT, 5]]), spent: new Map([[TENANT, 1]]) });
        const read = await ledger.read();
        const answers = await Promise.all(
          [ledger, other].map(async (writer) => writer.write(closeOver(read, read.leases))),
        );
        expect(answers.filter((answer) => answer?.scopes)).toHaveLength(1);
        expect(await standing()).toEqual({ taken: { [TENANT]: { [NOON]: round } }, leases: [] });
      }
    });

    it('loses nothing of what many take and close at once, each trying until it is done', async () => {
      const untilDone = async (
        writer: Ledger,
        changeOver: (read: LedgerState) => LedgerChange,
      ): Promise<void> => {
        // Of those that met a conflict one at least was done, so that each is done in the end.
        while ((await writer.write(changeOver(await writer.read()))) === null);
      };
      const leases = Array.from({ length: 8 }, (_, n) =>
        sampleLease(n, [
          [TENANT, 10],
          [`app:${n % 2}`, 10],
        ]),
      );
      await Promise.all(
        leases.map(async (lease, n) => {
          const writer = n % 2 === 0 ? ledger : other;
          await untilDone(writer, (read) => takeOver(read, lease));
          const spent = new Map([...lease.taken.keys()].map((scope) => [scope, n]));
          await untilDone(writer, (read) => {
            const { etag } = read.leases.find(({ lease: { id } }) => id === lease.id)!;
            return closeOver(read, [{ lease: { ...lease, spent }, etag }]);
          });
        }),
      );
      expect(await standing()).toEqual({
        taken: { [TENANT]: { [NOON]: 28 }, 'app:0': { [NOON]: 12 }, 'app:1': { [NOON]: 16 } },
        leases: [],
      });
    });
  });
}
