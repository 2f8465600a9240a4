/**
 * The scopes' rows of the ledger: partition `ledger`, a row for each scope with what was taken of it by hour.
 *
 * A row keeps the tokens of its last transactions, not of the last one only: other instances may write it before one whose
 * answer was lost reads it again. A give-back that were done twice would make room that is not there.
 */
import type { TakenByHour } from '../../core/quotaLedger.ts';
import type { QuotaScope } from '../../core/rooms.ts';
import { decodeKey, encodeKey, inPartition, quoted } from './tableKeys.ts';
import type { Change, StoredRow, TableRows } from './tableRows.ts';
import { textIn } from './rowColumns.ts';

export interface ScopeRow {
  readonly taken: TakenByHour;
  /** Null: there is no row yet. */
  readonly etag: string | null;
  /** Of the last transactions, the newest last. */
  readonly tokens: readonly string[];
}

export const EMPTY_ROW: ScopeRow = { taken: {}, etag: null, tokens: [] };

/** What became of a transaction whose answer was a conflict or none. `unknown`: the rows do not tell any more. */
export type Fate = 'done' | 'notDone' | 'unknown';

const PARTITION = 'ledger';
/** More transactions than all instances together can do on one row while one of them tries again. */
const TOKENS_KEPT = 64;
/** A filter has at most 15 comparisons; above, the whole small partition is read. */
const ROWS_BY_NAME = 10;

export async function readScopeRows(
  table: TableRows,
  scopes: readonly QuotaScope[] | 'all',
): Promise<Map<QuotaScope, ScopeRow>> {
  const byName = scopes !== 'all' && scopes.length <= ROWS_BY_NAME;
  const names = byName ? scopes.map((scope) => `RowKey eq ${quoted(encodeKey(scope))}`).join(' or ') : null;
  const filter = inPartition(PARTITION) + (names === null ? '' : ` and (${names})`);
  const rows = new Map<QuotaScope, ScopeRow>();
  for await (const row of table.query({ filter, newer: 'throw' })) {
    const scope = decodeKey(row.rowKey);
    if (isScope(scope)) rows.set(scope, scopeRow(row));
  }
  if (scopes !== 'all') for (const scope of scopes) if (!rows.has(scope)) rows.set(scope, EMPTY_ROW);
  return rows;
}

/** A row after a transaction with the token. */
export function rowAfter(before: ScopeRow, taken: TakenByHour, token: string): ScopeRow {
  return { taken, etag: before.etag, tokens: [...before.tokens, token].slice(-TOKENS_KEPT) };
}

export function changeOf(scope: QuotaScope, next: ScopeRow): Change {
  const row = {
    partitionKey: PARTITION,
    rowKey: encodeKey(scope),
    columns: { taken: JSON.stringify(next.taken), tokens: next.tokens.join(' ') },
  };
  return next.etag === null
    ? { kind: 'insert', row }
    : { kind: 'update', row, etag: next.etag, mode: 'Replace' };
}

/**
 * Whether a transaction that was to change `before` was done. One row decides, since they change together: its token
 * stands there; or all that was written since `before` is known, and it is not among that.
 */
export function fateOf(
  token: string,
  before: ReadonlyMap<QuotaScope, ScopeRow>,
  standing: ReadonlyMap<QuotaScope, ScopeRow>,
): Fate {
  let isCovered = false;
  for (const [scope, row] of before) {
    const now = standing.get(scope) ?? EMPTY_ROW;
    if (now.tokens.includes(token)) return 'done';
    const last = row.tokens.at(-1);
    isCovered ||= last === undefined ? now.tokens.length < TOKENS_KEPT : now.tokens.includes(last);
  }
  return isCovered ? 'notDone' : 'unknown';
}

/** Whatever else may lie in the same partition has another name. */
function isScope(name: string): name is QuotaScope {
  return name === 'tenant' || name === 'external' || /^(?:account|app):/.test(name);
}

function scopeRow(row: StoredRow): ScopeRow {
  const tokens = textIn(row.columns, 'tokens') ?? '';
  const taken: TakenByHour = JSON.parse(textIn(row.columns, 'taken') ?? '{}');
  return {
    taken,
    etag: row.etag,
    tokens: tokens === '' ? [] : tokens.split(' '),
  };
}
