import { beforeEach, describe, expect, it } from 'vitest';
import type { WaitingRow } from '../../shared/core/rooms.ts';
import { roomKey, timeRoomKey } from '../../shared/core/rooms.ts';
import type { WaitingRooms } from '../../shared/ports.ts';
import { collect, NOON, sampleDelivery, sampleId } from './sampleMessages.ts';

/** The contract of the port WaitingRooms. Each `open` gives empty rooms. */
export function describeWaitingRooms(title: string, open: () => Promise<WaitingRooms>): void {
  describe(`WaitingRooms: ${title}`, () => {
    let rooms: WaitingRooms;
    beforeEach(async () => {
      rooms = await open();
    });

    it('keeps a row as it was put', async () => {
      const row = waitingRow({ delivery: 7, attempt: 3, recipients: 50, external: 4, writtenAt: NOON + 5 });
      await rooms.put(row);
      expect(await rooms.front(row.room)).toEqual(row);
    });

    it('tells whether a row stands', async () => {
      const row = waitingRow({});
      expect(await rooms.has(row.room, row.key)).toBe(false);
      await rooms.put(row);
      expect(await rooms.has(row.room, row.key)).toBe(true);
      expect(await rooms.has('quota:external', row.key)).toBe(false);
    });

    it('walks a room by priority, then time of acceptance, whatever the order of the puts', async () => {
      const rows = (['bulk', 'critical', 'normal'] as const).flatMap((priority) =>
        [2, 0, 1].map((n) => {
          const id = sampleId(n, NOON + n * 1000);
          return waitingRow({ id, key: roomKey({ priority, createdAt: NOON + n * 1000, id, delivery: 0 }) });
        }),
      );
      for (const row of rows) await rooms.put(row);
      const walked = (await collect(rooms.walk('quota:tenant'))).map(({ row }) => row);
      expect(walked).toEqual([
        ...[4, 5, 3].map((n) => rows[n]),
        ...[7, 8, 6].map((n) => rows[n]),
        ...[1, 2, 0].map((n) => rows[n]),
      ]);
      expect(await rooms.front('quota:tenant')).toEqual(walked[0]);
    });

    it('walks the room of times by the instant first', async () => {
      const keys = [NOON + 1, NOON - 1, 5].map((atMs) => timeRoomKey(atMs, sampleDelivery()));
      for (const key of keys) await rooms.put(waitingRow({ room: 'time', key }));
      const walked = (await collect(rooms.walk('time'))).map(({ row }) => row.key);
      expect(walked).toEqual([keys[2], keys[1], keys[0]]);
    });

    it('replaces a row that is put again', async () => {
      await rooms.put(waitingRow({ attempt: 1 }));
      await rooms.put(waitingRow({ attempt: 2 }));
      const walked = await collect(rooms.walk('quota:tenant'));
      expect(walked.map(({ row }) => row.attempt)).toEqual([2]);
    });

    it('keeps the row of a later attempt, whoever comes late with an earlier one', async () => {
      await rooms.put(waitingRow({ attempt: 2 }));
      await rooms.put(waitingRow({ attempt: 1 }));
      const walked = await collect(rooms.walk('quota:tenant'));
      expect(walked.map(({ row }) => row.attempt)).toEqual([2]);
      await rooms.put(waitingRow({ attempt: 2, recipients: 9 }));
      expect((await rooms.front('quota:tenant'))?.recipients).toBe(9);
    });

    it('removes a row by the ETag that was read, and not one that was written anew meanwhile', async () => {
      await rooms.put(waitingRow({ attempt: 1 }));
      const [read] = await collect(rooms.walk('quota:tenant'));
      await rooms.put(waitingRow({ attempt: 2 }));
      expect(await rooms.remove(read!.row, read!.etag)).toBe(false);
      const [again] = await collect(rooms.walk('quota:tenant'));
      expect(again?.row.attempt).toBe(2);
      expect(await rooms.remove(again!.row, again!.etag)).toBe(true);
      expect(await rooms.front('quota:tenant')).toBeNull();
      // One that has gone already is as good as removed.
      expect(await rooms.remove(again!.row, again!.etag)).toBe(true);
    });

    it('names the rooms that have a row, and no other', async () => {
      expect(await collect(rooms.rooms())).toEqual([]);
      const names = [
        'time',
        'quota:tenant',
        'quota:external',
        'quota:account:hve@contoso.com',
        "quota:app:O'Neil / Söhne #1? 100 %\\~\t",
        'account:a+b=c@contoso.com',
        'pool:news',
        'tenant',
        'external',
      ];
      for (const room of names) {
        await rooms.put(waitingRow({ room }));
        await rooms.put(waitingRow({ room, key: '2-b' }));
      }
      expect((await collect(rooms.rooms())).toSorted()).toEqual(names.toSorted());
      for (const room of names) expect((await rooms.front(room))?.room).toBe(room);

      for (const { row, etag } of await collect(rooms.walk('tenant'))) await rooms.remove(row, etag);
      expect(await collect(rooms.rooms())).not.toContain('tenant');
    });

    it('keeps rooms apart whose names begin alike', async () => {
      await rooms.put(waitingRow({ room: 'account:a@contoso.com' }));
      await rooms.put(waitingRow({ room: 'account:a@contoso.com.example' }));
      expect(await collect(rooms.walk('account:a@contoso.com'))).toHaveLength(1);
      expect(await rooms.front('account')).toBeNull();
    });
  });
}

function waitingRow(changes: Partial<WaitingRow> = {}): WaitingRow {
  const delivery = sampleDelivery();
  return {
    room: 'quota:tenant',
    key: roomKey(delivery),
    id: delivery.id,
    delivery: 0,
    attempt: 1,
    recipients: 1,
    external: 0,
    writtenAt: NOON,
    ...changes,
  };
}
