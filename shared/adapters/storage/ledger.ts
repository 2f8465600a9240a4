/**
 * The quota's ledger: one partition of the table `quota`, with a row for each scope (what was taken of it by hour) and one for
 * each open lease. They change together, in one transaction: the scopes by their ETags, a lease is deleted if it stands.
 *
 * R1: no answer, or a conflict that may be with our own first try: the leases' rows tell. Ours stands, or those to be deleted
 * have gone: it was done. As long as nothing tells, the very same transaction is sent again; of the two only one can land.
 */
import type { Amounts, Lease } from '../../core/lease.ts';
import type { TakenByHour } from '../../core/quotaLedger.ts';
import type { QuotaScope } from '../../core/rooms.ts';
import { isQuotaScope } from '../../core/rooms.ts';
import type {
  Chance,
  LeaseRow,
  Ledger,
  LedgerChange,
  LedgerState,
  LedgerWritten,
  ScopeRow,
} from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { pause } from './pause.ts';
import { numberIn, textIn } from './rowColumns.ts';
import { decodeKey, encodeKey, inPartition } from './tableKeys.ts';
import type { Change, NewRow, StoredRow } from './tableRows.ts';

const PARTITION = 'ledger';
const LEASE = 'lease:';
/** How often the same transaction is sent while no answer comes; each time the SDK has tried for up to 10 s. */
const SENT_AT_MOST = 3;
const SEND_AGAIN_WITHIN_MS = 500;

export function makeLedger(deps: { readonly storage: StorageAccess; readonly chance: Chance }): Ledger {
  const table = deps.storage.table('quota');

  async function read(): Promise<LedgerState> {
    const scopes = new Map<QuotaScope, ScopeRow>();
    const leases: LeaseRow[] = [];
    for await (const row of table.query({ filter: inPartition(PARTITION), newer: 'throw' })) {
      const name = decodeKey(row.rowKey);
      if (name.startsWith(LEASE))
        leases.push({ lease: leaseOf(name.slice(LEASE.length), row), etag: row.etag });
      else if (isQuotaScope(name)) scopes.set(name, scopeRow(row));
    }
    return { scopes, leases };
  }

  /** The ETag of the lease that was opened, or that nothing else can have deleted those; null: it does not stand like that. */
  async function isDone(
    { open, close }: LedgerChange,
    token: string,
  ): Promise<{ etag: string | null } | null> {
    if (open !== null) {
      const row = await table.read(keysOf(open.id));
      return row && { etag: row.columns['token'] === token ? row.etag : null };
    }
    const { leases } = await read();
    const stands = close.some(({ lease: { id } }) => leases.some(({ lease }) => lease.id === id));
    return stands ? null : { etag: null };
  }

  return {
    read,

    async write(change) {
      const token = table.newToken();
      const changes = changesOf(change);
      for (let sentTimes = 1; ; sentTimes++) {
        const sent = await table.transact(changes, token);
        if (sent.done) return written(change, sent.etags);
        const done = await isDone(change, token);
        if (done) return { scopes: null, leaseEtag: done.etag };
        if (sent.doubt === 'conflict') return null;
        if (sentTimes === SENT_AT_MOST) throw sent.error;
        await pause(deps.chance.random() * SEND_AGAIN_WITHIN_MS);
      }
    },

    async noteSpent({ id, spent }, etag) {
      return table.update({ ...keysOf(id), columns: { spent: textOf(spent) } }, etag, 'Merge');
    },

    async removeScope(scope, etag) {
      return table.remove({ partitionKey: PARTITION, rowKey: encodeKey(scope) }, etag);
    },
  };
}

function keysOf(id: string): { readonly partitionKey: string; readonly rowKey: string } {
  return { partitionKey: PARTITION, rowKey: encodeKey(LEASE + id) };
}

/** The scopes first, then the lease that is opened, then those that are closed. */
function changesOf({ scopes, open, close }: LedgerChange): Change[] {
  const changes = [...scopes].map(([scope, { taken, etag }]): Change => {
    const row: NewRow = {
      partitionKey: PARTITION,
      rowKey: encodeKey(scope),
      columns: { taken: JSON.stringify(taken) },
    };
    return etag === null ? { kind: 'insert', row } : { kind: 'update', row, etag, mode: 'Replace' };
  });
  if (open !== null) {
    const { instance, takenAt, endsAt, taken, spent } = open;
    const columns = {
      instance,
      takenAt: BigInt(takenAt),
      endsAt: BigInt(Math.floor(endsAt)),
      taken: textOf(taken),
      spent: textOf(spent),
    };
    changes.push({ kind: 'insert', row: { ...keysOf(open.id), columns } });
  }
  for (const { lease } of close) changes.push({ kind: 'delete', row: keysOf(lease.id) });
  return changes;
}

function written({ scopes, open }: LedgerChange, etags: readonly string[]): LedgerWritten {
  const rows = [...scopes].map(([scope, { taken }], n) => [scope, { taken, etag: etags[n]! }] as const);
  return { scopes: new Map(rows), leaseEtag: open === null ? null : etags[scopes.size]! };
}

function scopeRow({ columns, etag }: StoredRow): ScopeRow {
  const taken: TakenByHour = JSON.parse(textIn(columns, 'taken') ?? '{}');
  return { taken, etag };
}

function leaseOf(id: string, { columns }: StoredRow): Lease {
  return {
    id,
    instance: textIn(columns, 'instance') ?? '',
    takenAt: numberIn(columns, 'takenAt') ?? 0,
    endsAt: numberIn(columns, 'endsAt') ?? 0,
    taken: amountsIn(textIn(columns, 'taken')),
    spent: amountsIn(textIn(columns, 'spent')),
  };
}

function textOf(amounts: Amounts): string {
  return JSON.stringify(Object.fromEntries(amounts));
}

function amountsIn(text: string | null): Amounts {
  const parsed: Readonly<Record<string, number>> = JSON.parse(text ?? '{}');
  const entries = Object.entries(parsed);
  return new Map(entries.flatMap(([scope, n]) => (isQuotaScope(scope) ? [[scope, n] as const] : [])));
}
