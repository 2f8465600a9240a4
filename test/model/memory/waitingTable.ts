import type { WaitingRow } from '../../../shared/core/rooms.ts';
import type { WaitingRooms } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';
import { PAGE_ROWS, inPages } from './boundary.ts';

interface Waiting {
  readonly row: WaitingRow;
  readonly etag: string;
}

/** Rooms by name, each with its rows by key. */
export interface WaitingTable {
  readonly rooms: Map<string, Map<string, Waiting>>;
  etags: number;
}

export function makeWaitingTable(): WaitingTable {
  return { rooms: new Map(), etags: 0 };
}

export function allWaiting(table: WaitingTable): WaitingRow[] {
  return [...table.rooms.values()].flatMap((room) => [...room.values()].map(({ row }) => row));
}

export function makeMemoryRooms(table: WaitingTable, boundary: Boundary): WaitingRooms {
  const inOrder = (room: string): Waiting[] =>
    [...(table.rooms.get(room)?.values() ?? [])].toSorted((a, b) => (a.row.key < b.row.key ? -1 : 1));

  return {
    put: (row) =>
      boundary('write', `put waiting ${row.room} ${row.key}`, () => {
        const room = table.rooms.get(row.room) ?? new Map<string, Waiting>();
        table.rooms.set(row.room, room);
        if ((room.get(row.key)?.row.attempt ?? 0) > row.attempt) return;
        room.set(row.key, { row, etag: `w${++table.etags}` });
      }),

    has: (room, key) =>
      boundary('read', `has waiting ${room} ${key}`, () => table.rooms.get(room)?.has(key) ?? false),

    front: (room) => boundary('read', `front ${room}`, () => inOrder(room)[0]?.row ?? null),

    walk: (room) =>
      inPages<Waiting>(boundary, `walk ${room}`, (last) =>
        inOrder(room)
          .filter(({ row }) => last === null || row.key > last.row.key)
          .slice(0, PAGE_ROWS),
      ),

    remove: (row, etag) =>
      boundary('write', `remove waiting ${row.room} ${row.key}`, () => {
        const room = table.rooms.get(row.room);
        const standing = room?.get(row.key);
        if (!room || !standing) return true;
        if (standing.etag !== etag) return false;
        room.delete(row.key);
        if (room.size === 0) table.rooms.delete(row.room);
        return true;
      }),

    rooms: () =>
      inPages<string>(boundary, 'rooms', (last) =>
        [...table.rooms.keys()]
          .toSorted()
          .filter((room) => last === null || room > last)
          .slice(0, PAGE_ROWS),
      ),
  };
}
