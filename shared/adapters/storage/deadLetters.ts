import { STATE_VERSION } from '../../core/delivery.ts';
import { lowestIdAt, timeOfMessageId } from '../../core/messageId.ts';
import type { DeadLetter, DeadLetterFacts } from '../../core/records.ts';
import type { DeadLetterFilter, DeadLetters } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { packBytes, packedJson, unpackBytes } from './packed.ts';
import { encodeKey, inPartition, quoted } from './tableKeys.ts';
import { numberIn } from './rowColumns.ts';
import type { Keys, NewRow } from './tableRows.ts';

const LETTER = packedJson<DeadLetterFacts>('letter');
/** A row has this column where it has the original. */
const HAS_ORIGINAL = 'rawChunks';
const DAY_MS = 24 * 3_600_000;
/** A page of Table Storage: a slice of a day that has more is read in smaller ones. */
const SLICE_ROWS = 1000;

/** Dead letters in the table `deadletters`: day / key. The original as it came is kept to the byte. */
export function makeDeadLetters(deps: { readonly storage: StorageAccess }): DeadLetters {
  const table = deps.storage.table('deadletters');

  /** The letters with keys from `from` on and below `below`, newest first; null where there are more than `atMost`. */
  async function slice(
    day: string,
    from: string,
    below: string | null,
    filter: DeadLetterFilter,
    atMost: number,
  ): Promise<DeadLetterFacts[] | null> {
    const bounds = `RowKey ge ${quoted(from)}${below === null ? '' : ` and RowKey lt ${quoted(below)}`}`;
    const equals = (['reason', 'app'] as const)
      .map((name) => (filter[name] === undefined ? '' : ` and ${name} eq ${quoted(filter[name])}`))
      .join('');
    const letters: DeadLetterFacts[] = [];
    const rows = table.query({
      filter: `${inPartition(day)} and ${bounds}${equals}`,
      columns: LETTER.names,
      newer: 'skip',
    });
    for await (const row of rows) {
      if (letters.length === atMost) return null;
      const letter = LETTER.read(row.columns);
      if (letter) letters.push(letter);
    }
    return letters.toReversed();
  }

  return {
    async put(letter) {
      await table.upsert(rowOf(letter));
    },

    async *all() {
      const columns = [...LETTER.names, HAS_ORIGINAL];
      for await (const row of table.query({ filter: "PartitionKey gt ''", columns, newer: 'skip' })) {
        const letter = LETTER.read(row.columns);
        const hasOriginal = numberIn(row.columns, HAS_ORIGINAL) !== null;
        if (letter) yield { letter, hasOriginal, etag: row.etag };
      }
    },

    async replace(letter, etag) {
      return (await table.update(rowOf(letter), etag, 'Replace')) !== null;
    },

    async discard({ day, key }, etag) {
      return table.remove(keysOf(day, key), etag);
    },

    async remove(day, key) {
      await table.remove(keysOf(day, key), null);
    },

    async read(day, key) {
      const row = await table.read(keysOf(day, key));
      if (row === null) return null;
      const letter = LETTER.read(row.columns);
      return letter && { ...letter, raw: unpackBytes('raw', row.columns) };
    },

    async days() {
      const days: string[] = [];
      for (;;) {
        const rows = table.query({
          filter: `PartitionKey gt ${quoted(days.at(-1) ?? '')} and v le ${STATE_VERSION}`,
          columns: [],
          newer: 'skip',
          pageSize: 1,
        });
        let found: string | null = null;
        for await (const row of rows) {
          found = row.partitionKey;
          break;
        }
        if (found === null) return days.toReversed();
        days.push(found);
      }
    },

    async *list(day, filter) {
      const dayStart = Date.parse(`${day}T00:00:00Z`);
      const first = lowestIdAt(dayStart);
      let below = filter.below === undefined ? null : encodeKey(filter.below);
      // Behind all ids: what is about a queue item.
      const idsEnd = lowestIdAt(dayStart + DAY_MS);
      if (below === null || below > idsEnd) {
        yield* (await slice(day, idsEnd, below, filter, Infinity)) ?? [];
        below = idsEnd;
      }
      // Table Storage sorts upwards only: a day is read from its end, in slices of time that fit into a page.
      for (let widthMs = DAY_MS; below > first;) {
        const startMs = Math.max(dayStart, timeOfMessageId(below) - widthMs);
        const start = lowestIdAt(startMs);
        const letters = await slice(day, start, below, filter, widthMs > 1 ? SLICE_ROWS : Infinity);
        if (letters === null) {
          widthMs = Math.max(1, Math.floor(widthMs / 4));
          continue;
        }
        yield* letters;
        below = start;
        widthMs = Math.min(widthMs * 4, DAY_MS);
      }
    },
  };
}

function rowOf(letter: DeadLetter): NewRow {
  const { raw, ...rest } = letter;
  const { messageId, app, reason } = letter;
  const columns = {
    ...LETTER.columnsOf(rest),
    ...(raw && packBytes('raw', raw)),
    messageId,
    app,
    reason,
    at: BigInt(Math.round(letter.at)),
  };
  return { ...keysOf(letter.day, letter.key), columns };
}

function keysOf(day: string, key: string): Keys {
  return { partitionKey: day, rowKey: encodeKey(key) };
}
