/** Σ spent ≤ Σ taken, to the recipient, over several instances whose answers get lost at random. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeLedger } from '../../../../shared/adapters/storage/ledger.ts';
import type { Lease } from '../../../../shared/core/lease.ts';
import type { QuotaScope } from '../../../../shared/core/rooms.ts';
import type { Ledger, LedgerChange } from '../../../../shared/ports.ts';
import { Unavailable } from '../../../../shared/ports.ts';
import { closeOver, sampleLease, standingIn, takeOver, TENANT } from '../../../contracts/ledger.ts';
import { NOON } from '../../../contracts/sampleMessages.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';
import type { Fault } from './storageProxy.ts';
import { startStorageProxy } from './storageProxy.ts';

const APPS: readonly QuotaScope[] = ['app:payroll', 'app:crm'];

/** What one run knows. */
interface Books {
  /** With what they would have spent at their closing. */
  readonly all: Map<string, Lease>;
  readonly opened: Set<string>;
  /** Done, as only the rows told. */
  unanswered: number;
}

it('opens each lease whole or not at all, and gives back of each what it left, once', async (context) => {
  const proxy = await startStorageProxy(context);
  const books: Books = { all: new Map(), opened: new Set(), unanswered: 0 };
  const faults = fc.infiniteStream(fc.constantFrom<Fault>('lose', 'refuse', null, null, null));
  await fc.assert(
    fc.asyncProperty(faults, fc.array(fc.nat(5), { minLength: 9, maxLength: 15 }), async (fault, sizes) => {
      proxy.fault = ({ path }) => (path.includes('$batch') ? fault.next().value! : null);
      const prefix = freshPrefix();
      const ledgers = [1, 2, 3].map(() =>
        makeLedger({ ...openStorage(prefix, proxy.connectionString), chance }),
      );
      books.all.clear();
      books.opened.clear();
      await Promise.all(
        sizes.map(async (size, n) => live(ledgers[n % 3]!, sizedLease(n, size), n % 4 > 0, books)),
      );
      proxy.fault = () => null;
      const { taken, leases } = standingIn(await ledgers[0]!.read());
      for (const scope of [TENANT, ...APPS]) {
        expect(taken[scope]?.[NOON] ?? 0).toBe(takenBy(leases, scope, books));
      }
    }),
    { numRuns: 4 },
  );
  // Or no fault was met.
  expect(books.unanswered).toBeGreaterThan(0);
});

function sizedLease(n: number, size: number): Lease {
  const scopes = [TENANT, APPS[n % 2]!] as const;
  const lease = sampleLease(
    n,
    scopes.map((scope) => [scope, size + 1]),
  );
  return { ...lease, spent: new Map(scopes.map((scope) => [scope, n % (size + 2)])) };
}

/** Whoever meets a conflict reads again, as the flows do; whom nobody answers gives up. */
async function live(ledger: Ledger, lease: Lease, closes: boolean, books: Books): Promise<void> {
  const isDone = async (change: LedgerChange): Promise<boolean> => {
    const written = await ledger.write(change);
    if (written?.scopes === null) books.unanswered++;
    return written !== null;
  };
  books.all.set(lease.id, lease);
  try {
    while (!(await isDone(takeOver(await ledger.read(), lease))));
    books.opened.add(lease.id);
    for (let isClosed = !closes; !isClosed;) {
      const read = await ledger.read();
      const row = read.leases.find(({ lease: { id } }) => id === lease.id);
      isClosed = row === undefined || (await isDone(closeOver(read, [{ lease, etag: row.etag }])));
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
  }
}

/** What is open is taken whole; what was opened and does not stand was closed, and its spend stays. The rest never was. */
function takenBy(open: readonly Lease[], scope: QuotaScope, { all, opened }: Books): number {
  const isOpen = new Set(open.map(({ id }) => id));
  let sum = 0;
  for (const lease of all.values()) {
    const amounts = isOpen.has(lease.id) ? lease.taken : opened.has(lease.id) ? lease.spent : null;
    sum += amounts?.get(scope) ?? 0;
  }
  return sum;
}
