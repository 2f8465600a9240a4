/** The quota's ledger. */
import type { Lease } from '../core/lease.ts';
import type { QuotaScope } from '../core/rooms.ts';
import type { TakenByHour } from '../core/quotaLedger.ts';

/** A scope's row of the ledger. */
export interface ScopeRow {
  readonly taken: TakenByHour;
  /** Null: there is no row yet. */
  readonly etag: string | null;
}

export interface LeaseRow {
  readonly lease: Lease;
  readonly etag: string;
}

/** Of one moment, as far as a query over one partition is. */
export interface LedgerState {
  readonly scopes: ReadonlyMap<QuotaScope, ScopeRow>;
  /** Not closed yet; by id, so that the oldest hour comes first. */
  readonly leases: readonly LeaseRow[];
}

export interface LedgerChange {
  /** As the scopes' rows are to be, with the ETags they were read with. */
  readonly scopes: ReadonlyMap<QuotaScope, ScopeRow>;
  /** Inserted. */
  readonly open: Lease | null;
  /** Deleted, whatever was noted on them since they were read. Where one of them has gone, nothing is done. */
  readonly close: readonly LeaseRow[];
}

/** What a change left behind. `scopes` null: it was done, but the rows' new ETags are not known. */
export interface LedgerWritten {
  readonly scopes: ReadonlyMap<QuotaScope, ScopeRow> | null;
  /** Of the lease that was opened. */
  readonly leaseEtag: string | null;
}

/** The quota's one partition. It decides nothing: who writes has decided by what was read. */
export interface Ledger {
  read(): Promise<LedgerState>;
  /**
   * One transaction of at most 100 rows. Null: a row has changed since it was read, and nothing was done. `Unavailable`: it may
   * have been done, or may still be; whoever sends another change over the same rows keeps it from that.
   */
  write(change: LedgerChange): Promise<LedgerWritten | null>;
  /** What the lease's owner has spent, for the usage. The new ETag, or null: the lease has changed, or was closed. */
  noteSpent(lease: Lease, etag: string): Promise<string | null>;
  /** Of a scope of which nothing counts any more. False: somebody has taken of it meanwhile, and the row stays. */
  removeScope(scope: QuotaScope, etag: string): Promise<boolean>;
}
