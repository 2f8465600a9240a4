/** The table `messages`: rows with ETags and the version that wrote them. What happens to a row is told to who watches. */
import type { Delivery } from '../../../shared/core/delivery.ts';
import { STATE_VERSION } from '../../../shared/core/delivery.ts';
import { dayOfMessageId, rowKeyOf } from '../../../shared/core/messageId.ts';
import { isMoving } from '../../../shared/core/status.ts';
import type { MessageStore, StoredDelivery, StoredHead } from '../../../shared/ports.ts';
import { NewerVersion } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';
import { PAGE_ROWS, inPages } from './boundary.ts';

export interface MessageRow {
  readonly key: string;
  readonly day: string;
  head: StoredHead | null;
  delivery: Delivery | null;
  /** It is to be removed: nobody finds it any more. */
  isEmptied: boolean;
  etag: string;
  /** What a newer version wrote is not read by this one. */
  v: number;
}

export interface MessageTable {
  readonly rows: Map<string, MessageRow>;
  /** Called when a write has landed, with what stood there before. */
  watch: (before: Delivery | null, after: Delivery) => void;
  /** Called when the rows of a message go for good, and when its content does. */
  watchRemoval: (what: 'content' | 'rows', deliveries: readonly Delivery[]) => void;
  /** What retention removed, as it stood last; and how often it tried to take something. */
  readonly removed: Delivery[];
  removals: number;
  /** The days that have rows, each with its rows' keys in their order. */
  readonly days: Map<string, string[]>;
  /** Reads rows of a newer version as if they were its own: only to break that rule. */
  isBlind: boolean;
  etags: number;
}

export function makeMessageTable(): MessageTable {
  return {
    rows: new Map(),
    watch: () => undefined,
    watchRemoval: () => undefined,
    removed: [],
    removals: 0,
    days: new Map(),
    isBlind: false,
    etags: 0,
  };
}

export function allDeliveries(table: MessageTable): Delivery[] {
  return [...table.rows.values()].flatMap((row) => row.delivery ?? []);
}

/** Those that went with their days included. */
export function everyDelivery(table: MessageTable): Delivery[] {
  return [...allDeliveries(table), ...table.removed];
}

/** As it stands, or stood last; null: there never was one. */
export function lastOf(table: MessageTable, id: string, delivery: number): Delivery | null {
  const standing = table.rows.get(rowKeyOf(id, delivery))?.delivery ?? null;
  return standing ?? table.removed.find((one) => one.id === id && one.delivery === delivery) ?? null;
}

/** Whether the message is recorded, or was and went with its days. */
export function wasRecorded({ rows, removed }: MessageTable, id: string): boolean {
  return rows.has(id) || removed.some((one) => one.id === id);
}

export function removeRow(table: MessageTable, row: MessageRow): void {
  table.rows.delete(row.key);
  const keys = table.days.get(row.day) ?? [];
  table.days.set(
    row.day,
    keys.filter((key) => key !== row.key),
  );
}

/** The rows of a day in their order, behind a key. */
export function rowsOfDay(table: MessageTable, day: string, last: string | null): MessageRow[] {
  const keys = table.days.get(day) ?? [];
  return keys.filter((key) => last === null || key > last).map((key) => table.rows.get(key)!);
}

function storedOf(row: MessageRow): StoredDelivery | null {
  return row.delivery && { delivery: row.delivery, etag: row.etag, head: row.head };
}

export function makeMemoryStore(table: MessageTable, boundary: Boundary): MessageStore {
  function readable(row: MessageRow): MessageRow {
    if (row.v > STATE_VERSION && !table.isBlind) throw new NewerVersion(`row ${row.key}`);
    return row;
  }

  const nextEtag = (): string => `m${++table.etags}`;

  function add(key: string, head: StoredHead | null, delivery: Delivery | null): string {
    const day = dayOfMessageId(key.slice(0, 26));
    const row: MessageRow = {
      key,
      day,
      head,
      delivery,
      isEmptied: false,
      etag: nextEtag(),
      v: STATE_VERSION,
    };
    table.rows.set(key, row);
    table.days.set(day, [...(table.days.get(day) ?? []), key].toSorted());
    if (delivery) table.watch(null, delivery);
    return row.etag;
  }

  function addAll(message: StoredHead, deliveries: readonly Delivery[]): string[] {
    const { id } = message.head;
    const isSingle = deliveries[0]?.delivery === 0;
    if (!isSingle) add(rowKeyOf(id, 0), message, null);
    return deliveries.map((delivery) =>
      add(rowKeyOf(id, delivery.delivery), isSingle ? message : null, delivery),
    );
  }

  function write(row: MessageRow, next: Delivery): string {
    const before = row.delivery;
    row.delivery = next;
    row.etag = nextEtag();
    table.watch(before, next);
    return row.etag;
  }

  return {
    insert: (message, deliveries) =>
      boundary('write', `insert ${message.head.id}`, () => {
        if (table.rows.has(rowKeyOf(message.head.id, 0))) return { inserted: false };
        return { inserted: true, etags: addAll(message, deliveries) };
      }),

    readDelivery: (id, delivery) =>
      boundary('read', `read ${rowKeyOf(id, delivery)}`, () => {
        const row = table.rows.get(rowKeyOf(id, delivery));
        return row ? storedOf(readable(row)) : null;
      }),

    readHead: (id) =>
      boundary('read', `read head ${id}`, () => {
        const row = table.rows.get(rowKeyOf(id, 0));
        return row ? readable(row).head : null;
      }),

    readMessage: (id) =>
      boundary('read', `read all of ${id}`, () => {
        const row = table.rows.get(rowKeyOf(id, 0));
        if (!row?.head) return null;
        const { parts } = readable(row).head!.head;
        const numbers = parts === 0 ? [0] : Array.from({ length: parts }, (_, n) => n + 1);
        const rows = numbers.flatMap((number) => table.rows.get(rowKeyOf(id, number)) ?? []);
        return { head: row.head, deliveries: rows.flatMap((one) => storedOf(readable(one)) ?? []) };
      }),

    replace: (next, etag) =>
      boundary('write', `replace ${rowKeyOf(next.id, next.delivery)} ${next.status}`, () => {
        const row = table.rows.get(rowKeyOf(next.id, next.delivery));
        if (!row || row.etag !== etag) return null;
        return write(readable(row), next);
      }),

    replaceAll: (changes) =>
      boundary('write', `replace all of ${changes[0]?.next.id}`, () => {
        const rows = changes.map(({ next, etag }) => {
          const row = table.rows.get(rowKeyOf(next.id, next.delivery));
          return row?.etag === etag ? readable(row) : null;
        });
        if (rows.includes(null)) return false;
        for (const [n, { next }] of changes.entries()) write(rows[n]!, next);
        return true;
      }),

    recordAnew: (message, deliveries, etag) =>
      boundary('write', `record anew ${message.head.id}`, () => {
        const { id } = message.head;
        const row = table.rows.get(rowKeyOf(id, 0));
        if (row?.etag !== etag) return false;
        readable(row);
        removeRow(table, row);
        addAll(message, deliveries);
        return true;
      }),

    async *scanDay(day, only) {
      let newer: NewerVersion | null = null;
      const pages = inPages<MessageRow & { readonly seen: StoredDelivery | null }>(
        boundary,
        `scan ${day} ${only ?? 'all'}`,
        (last) =>
          rowsOfDay(table, day, last?.key ?? null)
            .filter((row) => only === undefined || (row.delivery !== null && isMoving(row.delivery.status)))
            .slice(0, PAGE_ROWS)
            .map((row) => Object.assign({ seen: storedOf(row) }, row)),
      );
      for await (const { key, v, seen } of pages) {
        if (v > STATE_VERSION && !table.isBlind) newer ??= new NewerVersion(`row ${key}`);
        else if (seen) yield { ...seen, head: null };
      }
      if (newer) throw newer;
    },

    async *listHeads(day, from, below, filter) {
      const { app, tag, reference, idempotencyKey } = filter;
      const pages = inPages<MessageRow>(boundary, `list heads of ${day}`, (last) =>
        rowsOfDay(table, day, last?.key ?? null)
          .filter(({ key, head }) => head !== null && key >= from && key < below)
          .slice(0, PAGE_ROWS),
      );
      for await (const row of pages) {
        const { head } = row.head!;
        if (app !== undefined && head.app !== app) continue;
        if (tag !== undefined && !head.tags.includes(tag)) continue;
        if (reference !== undefined && head.reference !== reference) continue;
        if (idempotencyKey !== undefined && head.idempotencyKey !== idempotencyKey) continue;
        yield head;
      }
    },
  };
}
