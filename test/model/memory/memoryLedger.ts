/** The quota's one partition: rows of scopes and of leases with ETags, changed together or not at all. */
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import type { LeaseRow, Ledger, LedgerChange, LedgerWritten, ScopeRow } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';

interface StoredLease extends LeaseRow {
  /** R1: of the write that made the row what it is. */
  readonly token: object;
}

export interface LedgerTable {
  readonly scopes: Map<QuotaScope, ScopeRow>;
  readonly leases: Map<string, StoredLease>;
  /** Called when a change has landed, with the scopes' rows that it replaced. */
  watch: (change: LedgerChange, before: ReadonlyMap<QuotaScope, ScopeRow>) => void;
  etags: number;
  /** Changes that met another one. */
  conflicts: number;
}

export function makeLedgerTable(): LedgerTable {
  return { scopes: new Map(), leases: new Map(), watch: () => undefined, etags: 0, conflicts: 0 };
}

export function makeMemoryLedger(table: LedgerTable, boundary: Boundary): Ledger {
  const { scopes, leases } = table;
  const nextEtag = (): string => `l${++table.etags}`;

  const fits = (change: LedgerChange): boolean =>
    [...change.scopes].every(([scope, { etag }]) => (scopes.get(scope)?.etag ?? null) === etag) &&
    !(change.open && leases.has(change.open.id)) &&
    change.close.every(({ lease }) => leases.has(lease.id));

  /** As the real one finds out by the leases' rows. */
  function wasDone({ open, close }: LedgerChange, token: object): LedgerWritten | null {
    if (open !== null) {
      const row = leases.get(open.id);
      return row ? { scopes: null, leaseEtag: row.token === token ? row.etag : null } : null;
    }
    return close.some(({ lease }) => leases.has(lease.id)) ? null : { scopes: null, leaseEtag: null };
  }

  function apply(change: LedgerChange, token: object): LedgerWritten {
    const { open, close } = change;
    const before = new Map<QuotaScope, ScopeRow>();
    const written = new Map<QuotaScope, ScopeRow>();
    for (const [scope, { taken }] of change.scopes) {
      before.set(scope, scopes.get(scope) ?? { taken: {}, etag: null });
      written.set(scope, { taken, etag: nextEtag() });
      scopes.set(scope, written.get(scope)!);
    }
    if (open !== null) leases.set(open.id, { lease: open, etag: nextEtag(), token });
    for (const { lease } of close) leases.delete(lease.id);
    table.watch(change, before);
    return { scopes: written, leaseEtag: open && leases.get(open.id)!.etag };
  }

  return {
    read: () =>
      boundary('read', 'ledger', () => ({
        scopes: new Map(scopes),
        leases: [...leases.values()].toSorted((a, b) => (a.lease.id < b.lease.id ? -1 : 1)),
      })),

    write(change) {
      const token = {};
      return boundary('write', `ledger: ${describe(change)}`, () => {
        if (fits(change)) return apply(change, token);
        table.conflicts++;
        return wasDone(change, token);
      });
    },

    removeScope: (scope, etag) =>
      boundary('write', `remove the row of ${scope}`, () => {
        if (scopes.get(scope)?.etag !== etag) return !scopes.has(scope);
        return scopes.delete(scope);
      }),

    noteSpent: ({ id, spent }, etag) =>
      boundary('write', `note what is spent of ${id}`, () => {
        const row = leases.get(id);
        if (row?.etag !== etag) return null;
        const noted = { lease: { ...row.lease, spent }, etag: nextEtag(), token: {} };
        leases.set(id, noted);
        return noted.etag;
      }),
  };
}

function describe({ open, close }: LedgerChange): string {
  const taken = open ? [`take ${[...open.taken].map(([scope, n]) => `${n} of ${scope}`).join(', ')}`] : [];
  const closed = close.length > 0 ? [`close ${close.map(({ lease }) => lease.id).join(', ')}`] : [];
  return [...taken, ...closed].join('; ') || 'change';
}
