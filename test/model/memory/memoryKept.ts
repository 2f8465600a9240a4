/** The table `messages` for whoever removes from it. Each message is an effect of its own, as in its own transaction. */
import { rowKeyOf } from '../../../shared/core/messageId.ts';
import { STATE_VERSION } from '../../../shared/core/delivery.ts';
import type { EmptiedMessage, KeptMessage, KeptMessages, StoredDelivery } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';
import { PAGE_ROWS, inPages } from './boundary.ts';
import type { MessageRow, MessageTable } from './messageTable.ts';
import { removeRow, rowsOfDay } from './messageTable.ts';

const ID_LENGTH = 26;
const idOf = ({ key }: Pick<MessageRow, 'key'>): string => key.slice(0, ID_LENGTH);

export function makeMemoryKept(table: MessageTable, boundary: Boundary): KeptMessages {
  const nextEtag = (): string => `m${++table.etags}`;
  const readable = ({ v }: MessageRow): boolean => v <= STATE_VERSION || table.isBlind;

  /** The rows as they were read; null: one of them has changed or gone. */
  function standing({ id, head, etag, deliveries }: KeptMessage): MessageRow[] | null {
    const expected: [number, string][] = deliveries.map((one) => [one.delivery.delivery, one.etag]);
    if (head.parts > 0) expected.unshift([0, etag]);
    const rows = expected.map(([delivery, tag]) => {
      const row = table.rows.get(rowKeyOf(id, delivery));
      return row?.etag === tag ? row : null;
    });
    return rows.includes(null) ? null : rows.flatMap((row) => row ?? []);
  }

  return {
    days: (from) =>
      inPages<string>(boundary, 'days with rows', (last) =>
        [...table.days]
          .flatMap(([day, keys]) => (keys.length > 0 ? [day] : []))
          .filter((day) => (from === null || day >= from) && (last === null || day > last))
          .toSorted()
          .slice(0, PAGE_ROWS),
      ),

    async *scan(day, after) {
      let rows: MessageRow[] = [];
      const from = after === null ? null : rowKeyOf(after, 999);
      const pages = inPages<MessageRow>(boundary, `scan ${day} for what must go`, (last) =>
        rowsOfDay(table, day, last?.key ?? from)
          .slice(0, PAGE_ROWS)
          .map((row) => Object.assign({}, row)),
      );
      for await (const row of pages) {
        if (!readable(row)) continue;
        if (rows[0] !== undefined && idOf(rows[0]) !== idOf(row)) {
          yield* messageOf(rows);
          rows = [];
        }
        rows.push(row);
      }
      yield* messageOf(rows);
    },

    read: (id) =>
      boundary('read', `read what is kept of ${id}`, () => {
        const rows = [...table.rows.values()].filter((row) => idOf(row) === id && readable(row));
        const [message] = messageOf(rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
        return message?.head ? message : null;
      }),

    async rewrite(rewrites) {
      const done: KeptMessage[] = [];
      for (const { kept, head, deliveries } of rewrites) {
        const written = await boundary('write', `rewrite ${kept.id}`, () => {
          table.removals++;
          const rows = standing(kept);
          if (rows === null) return null;
          const standingNow = rows.flatMap(({ delivery }) => delivery ?? []);
          if (head.contentRemoved && !kept.head.contentRemoved) table.watchRemoval('content', standingNow);
          for (const row of rows) {
            if (row.head) row.head = { head, payload: null };
            row.etag = nextEtag();
          }
          const own = head.parts > 0 ? rows.slice(1) : rows;
          const next = own.map((row, n): StoredDelivery => {
            row.delivery = deliveries[n]!;
            return { delivery: row.delivery, etag: row.etag, head: null };
          });
          return { id: kept.id, head, etag: rows[0]!.etag, deliveries: next };
        });
        if (written) done.push(written);
      }
      return done;
    },

    async empty(messages) {
      const done: EmptiedMessage[] = [];
      for (const kept of messages) {
        const emptied = await boundary('write', `empty ${kept.id}`, () => {
          table.removals++;
          const rows = standing(kept);
          if (rows === null) return null;
          const gone = rows.flatMap(({ delivery }) => delivery ?? []);
          table.watchRemoval('rows', gone);
          table.removed.push(...gone);
          for (const row of rows) {
            Object.assign(row, { head: null, delivery: null, isEmptied: true, etag: nextEtag() });
          }
          return { id: kept.id, head: null, rows: rows.map(numberOf) };
        });
        if (emptied) done.push(emptied);
      }
      return done;
    },

    async clear(messages) {
      for (const { id, rows } of messages) {
        await boundary('write', `clear ${id}`, () => {
          table.removals++;
          for (const number of rows) {
            const row = table.rows.get(rowKeyOf(id, number));
            // Whatever stands there goes, like in the real one.
            if (row?.delivery) table.watchRemoval('rows', [row.delivery]);
            if (row) removeRow(table, row);
          }
        });
      }
    },
  };
}

function numberOf({ key }: MessageRow): number {
  return key.length === ID_LENGTH ? 0 : Number(key.slice(ID_LENGTH + 1));
}

function messageOf(rows: readonly MessageRow[]): (KeptMessage | EmptiedMessage)[] {
  const [first] = rows;
  if (first === undefined) return [];
  const id = idOf(first);
  if (first.key === id && first.head) {
    const deliveries = rows.flatMap(({ delivery, etag }): StoredDelivery[] =>
      delivery ? [{ delivery, etag, head: null }] : [],
    );
    return [{ id, head: first.head.head, etag: first.etag, deliveries }];
  }
  return rows.every(({ isEmptied }) => isEmptied) ? [{ id, head: null, rows: rows.map(numberOf) }] : [];
}
