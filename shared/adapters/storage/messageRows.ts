/**
 * A message in the columns of its rows. What filters and people look for stands in columns of its own; the rest is packed.
 * A message of one delivery is one row with both parts; a split one has its head there, and its deliveries after it.
 */
import type { Delivery } from '../../core/delivery.ts';
import { partitionOfMessage, rowKeyOf } from '../../core/messageId.ts';
import type { Head } from '../../core/records.ts';
import type { StoredDelivery, StoredHead } from '../../ports.ts';
import { packedJson } from './packed.ts';
import type { Columns, StoredColumns } from './rowColumns.ts';
import type { Keys, StoredRow } from './tableRows.ts';
import { bytesIn } from './rowColumns.ts';

const HEAD = packedJson<Head>('head');
const STATE = packedJson<Delivery>('state');
/** What a row says that has no `due` and no room: a merge cannot remove a column. */
const NO_DUE = 0n;
const NO_ROOM = '';

export const HEAD_COLUMNS: readonly string[] = HEAD.names;
export const STATE_COLUMNS: readonly string[] = STATE.names;

export function keysOf(id: string, delivery: number): Keys {
  return { partitionKey: partitionOfMessage(id), rowKey: rowKeyOf(id, delivery) };
}

export function headColumns(stored: StoredHead): Columns {
  const { head, payload } = stored;
  return {
    ...HEAD.columnsOf(head),
    isHead: true,
    parts: head.parts,
    app: head.app,
    reference: head.reference ?? '',
    idempotencyKey: head.idempotencyKey ?? '',
    tags: head.tags.join('\n'),
    ...(payload && { payload }),
  };
}

export function deliveryColumns(delivery: Delivery): Columns {
  return {
    ...STATE.columnsOf(delivery),
    app: delivery.app,
    status: delivery.status,
    due: delivery.due === null ? NO_DUE : BigInt(Math.round(delivery.due)),
    room: delivery.room ?? NO_ROOM,
  };
}

export function headIn(columns: StoredColumns): StoredHead | null {
  const head = HEAD.read(columns);
  const payload = bytesIn(columns, 'payload');
  // One that was removed is empty: a merge cannot remove a column.
  return head && { head, payload: payload?.length ? payload : null };
}

/** Null: the row is the head of a split message. */
export function deliveryIn(row: StoredRow): StoredDelivery | null {
  const delivery = STATE.read(row.columns);
  return delivery && { delivery, etag: row.etag, head: headIn(row.columns) };
}
