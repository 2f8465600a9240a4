import { addDays } from '../../core/calendarDay.ts';
import type { DayReport, TouchedDay } from '../../core/records.ts';
import type { Chance, Days } from '../../ports.ts';
import { Unavailable } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { packedJson } from './packed.ts';
import { pause } from './pause.ts';
import { inPartition, quoted, rowKeysBetween } from './tableKeys.ts';
import type { Columns, StoredColumns } from './rowColumns.ts';
import type { Keys } from './tableRows.ts';
import { numberIn } from './rowColumns.ts';

const TOUCHED = 'touched';
const REPORT = packedJson<DayReport>('report');
const HEARTBEAT: Keys = { partitionKey: 'heartbeat', rowKey: 'sweep' };
/** What the column `earliestDue` says beside a time. */
const NOT_SCANNED = 0n;
const QUIET = -1n;
const TOUCHES_AT_MOST = 25;
/** Others touch the same day at the same time, each with one read and one write. */
const TOUCH_AGAIN_WITHIN_MS = 100;
/** Reports that are read, and held in memory, at once: Table Storage sorts upwards only. */
const SLICE_DAYS = 31;

/** Days in the table `days`: `touched` / day, the sweep's heartbeat, and the reports in `closed-` + year / day. */
export function makeDays(deps: {
  readonly storage: StorageAccess;
  readonly chance: Pick<Chance, 'random'>;
}): Days {
  const table = deps.storage.table('days');

  /** False: somebody was quicker. */
  async function touchOnce(day: string, at: number): Promise<boolean> {
    const row = await table.read(keysOf(day));
    if (row === null) {
      const { inserted } = await table.insert({ ...keysOf(day), columns: touchedColumns(at, null) });
      return inserted;
    }
    const { touchedAt, earliestDue } = touchedIn(day, row.columns);
    // Nothing to write, and no scan under way is misled although the ETag stays: it began 12 minutes or more after
    // `touchedAt`, so after `at`, and whoever touched relies on that for 10 minutes only.
    if (touchedAt >= at && earliestDue === null) return true;
    // Else the ETag changes: a scan that read the row before cannot note what it saw.
    const columns = touchedColumns(Math.max(touchedAt, at), null);
    return (await table.update({ ...keysOf(day), columns }, row.etag, 'Replace')) !== null;
  }

  return {
    async touch(day, at) {
      for (let n = 0; n < TOUCHES_AT_MOST; n++) {
        if (await touchOnce(day, at)) return;
        await pause(deps.chance.random() * TOUCH_AGAIN_WITHIN_MS);
      }
      throw new Unavailable(
        `table ${table.name}, row ${TOUCHED} / ${day}`,
        new Error(`it changed under ${TOUCHES_AT_MOST} compare-and-swaps in a row`),
      );
    },

    async touched() {
      const days: { readonly value: TouchedDay; readonly etag: string }[] = [];
      for await (const row of table.query({ filter: inPartition(TOUCHED), newer: 'throw' })) {
        days.push({ value: touchedIn(row.rowKey, row.columns), etag: row.etag });
      }
      return days;
    },

    async noteScan(day, earliestDue, etag) {
      const due = earliestDue === 'quiet' ? QUIET : BigInt(Math.round(earliestDue));
      // A merge by ETag: `touchedAt` stays as it was read.
      const row = { ...keysOf(day), columns: { earliestDue: due } };
      return (await table.update(row, etag, 'Merge')) !== null;
    },

    async forget(day, etag) {
      await table.remove(keysOf(day), etag);
    },

    async beat(at) {
      await table.upsert({ ...HEARTBEAT, columns: { at: BigInt(Math.round(at)) } });
    },

    async lastBeat() {
      const row = await table.read(HEARTBEAT);
      return row && numberIn(row.columns, 'at');
    },

    async insertReport(report) {
      const { messages, accepted, unknownSpends } = report;
      const columns = { messages, accepted, unknownSpends, ...REPORT.columnsOf(report) };
      const { inserted } = await table.insert({ ...keysOfReport(report.day), columns });
      return inserted;
    },

    async readReport(day) {
      const row = await table.read(keysOfReport(day));
      return row && REPORT.read(row.columns);
    },

    async removeReports(before) {
      const years = `PartitionKey ge ${quoted(yearOf('0000'))} and PartitionKey le ${quoted(yearOf(before))}`;
      const filter = `${years} and RowKey lt ${quoted(before)}`;
      let removed = 0;
      for await (const { partitionKey, rowKey } of table.query({ filter, columns: [], newer: 'skip' })) {
        await table.remove({ partitionKey, rowKey }, null);
        removed++;
      }
      return removed;
    },

    async *reports(from, to) {
      for (let last = to; last >= from;) {
        const sliceStart = addDays(last, 1 - SLICE_DAYS);
        const first = sliceStart > from ? sliceStart : from;
        const years = `PartitionKey ge ${quoted(yearOf(first))} and PartitionKey le ${quoted(yearOf(last))}`;
        const filter = `${years} and ${rowKeysBetween(first, last)}`;
        const slice: DayReport[] = [];
        for await (const row of table.query({ filter, columns: REPORT.names, newer: 'skip' })) {
          const report = REPORT.read(row.columns);
          if (report !== null) slice.unshift(report);
        }
        yield* slice;
        last = addDays(first, -1);
      }
    },
  };
}

function keysOf(day: string): Keys {
  return { partitionKey: TOUCHED, rowKey: day };
}

function keysOfReport(day: string): Keys {
  return { partitionKey: yearOf(day), rowKey: day };
}

/** The partition of a year's reports. */
function yearOf(day: string): string {
  return `closed-${day.slice(0, 4)}`;
}

function touchedColumns(touchedAt: number, earliestDue: number | null): Columns {
  return {
    touchedAt: BigInt(Math.ceil(touchedAt)),
    earliestDue: earliestDue === null ? NOT_SCANNED : BigInt(earliestDue),
  };
}

function touchedIn(day: string, columns: StoredColumns): TouchedDay {
  const due = BigInt(numberIn(columns, 'earliestDue') ?? 0);
  const earliestDue = due === NOT_SCANNED ? null : due === QUIET ? 'quiet' : Number(due);
  return { day, touchedAt: numberIn(columns, 'touchedAt') ?? 0, earliestDue };
}
