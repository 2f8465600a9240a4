/** The tables `days`, `accounts`, `deadletters` and `keys`, and the blobs. */
import type {
  DayReport,
  DeadLetter,
  Erasure,
  PruneRound,
  Standing,
  TouchedDay,
} from '../../../shared/core/records.ts';
import type {
  Blobs,
  Days,
  DeadLetterFacts,
  DeadLetters,
  IdempotencyKeys,
  KeptLetter,
  KeyRecord,
  RetentionNotes,
  Standings,
  StoredBlob,
} from '../../../shared/ports.ts';
import { KEY_SHARDS } from '../../../shared/ports.ts';
import type { Boundary } from './boundary.ts';
import { PAGE_ROWS, inPages } from './boundary.ts';

interface Tagged<T> {
  readonly value: T;
  readonly etag: string;
}

export interface SmallTables {
  readonly days: Map<string, Tagged<TouchedDay>>;
  readonly reports: Map<string, DayReport>;
  beat: number | null;
  readonly standings: Map<string, Tagged<Standing>>;
  readonly letters: Map<string, DeadLetter>;
  /** The keys of all that were ever put, each with its reason. */
  readonly lettersPut: Set<string>;
  readonly keys: Map<string, KeyRecord>;
  readonly payloads: Map<string, Uint8Array>;
  readonly content: Map<string, Uint8Array>;
  /** When a blob was written, and its ETag; letters by the key of `letters`. */
  readonly blobFacts: Map<string, { readonly writtenAt: number; readonly etag: string }>;
  readonly letterEtags: Map<string, string>;
  round: Tagged<PruneRound> | null;
  readonly erasures: Map<string, Tagged<Erasure>>;
  etags: number;
}

export function makeSmallTables(): SmallTables {
  return {
    days: new Map(),
    reports: new Map(),
    beat: null,
    standings: new Map(),
    letters: new Map(),
    lettersPut: new Set(),
    keys: new Map(),
    payloads: new Map(),
    content: new Map(),
    blobFacts: new Map(),
    letterEtags: new Map(),
    round: null,
    erasures: new Map(),
    etags: 0,
  };
}

export function makeMemoryDays(table: SmallTables, boundary: Boundary): Days {
  const { days, reports } = table;
  const set = (value: TouchedDay): void => {
    days.set(value.day, { value, etag: `d${++table.etags}` });
  };
  return {
    touch: (day, at) =>
      boundary('write', `touch ${day}`, () => {
        const standing = days.get(day)?.value;
        if (standing && standing.touchedAt >= at && standing.earliestDue === null) return;
        set({ day, touchedAt: Math.max(standing?.touchedAt ?? 0, Math.ceil(at)), earliestDue: null });
      }),
    touched: () =>
      boundary('read', 'touched days', () =>
        [...days.values()].toSorted((a, b) => (a.value.day < b.value.day ? -1 : 1)),
      ),
    noteScan: (day, earliestDue, etag) =>
      boundary('write', `note scan ${day} ${earliestDue}`, () => {
        const standing = days.get(day);
        if (standing?.etag !== etag) return false;
        set({ ...standing.value, earliestDue });
        return true;
      }),
    forget: (day, etag) =>
      boundary('write', `forget ${day}`, () => {
        if (days.get(day)?.etag === etag) days.delete(day);
      }),
    beat: (at) => boundary('write', 'beat', () => void (table.beat = at)),
    lastBeat: () => boundary('read', 'last beat', () => table.beat),
    insertReport: (report) =>
      boundary('write', `close ${report.day}`, () => {
        if (reports.has(report.day)) return false;
        reports.set(report.day, report);
        return true;
      }),
    readReport: (day) => boundary('read', `report ${day}`, () => reports.get(day) ?? null),
    removeReports: (before) =>
      boundary('write', `remove reports before ${before}`, () => {
        const old = [...reports.keys()].filter((day) => day < before);
        for (const day of old) reports.delete(day);
        return old.length;
      }),
    reports: (from, to) =>
      inPages<DayReport>(boundary, `reports from ${from} to ${to}`, (last) =>
        [...reports.values()]
          .filter(({ day }) => day >= from && day <= to && (last === null || day < last.day))
          .toSorted((a, b) => (a.day < b.day ? 1 : -1))
          .slice(0, PAGE_ROWS),
      ),
  };
}

export function makeMemoryStandings(table: SmallTables, boundary: Boundary): Standings {
  return {
    readAll: () => boundary('read', 'standings', () => [...table.standings.values()]),
    replace: (standing, etag) =>
      boundary('write', `standing ${standing.name} ${standing.trouble?.cause ?? 'clear'}`, () => {
        if ((table.standings.get(standing.name)?.etag ?? null) !== etag) return false;
        table.standings.set(standing.name, { value: standing, etag: `s${++table.etags}` });
        return true;
      }),
  };
}

function factsOf(letter: DeadLetter): DeadLetterFacts {
  const { raw: _raw, ...facts } = letter;
  return facts;
}

export function makeMemoryDeadLetters(table: SmallTables, boundary: Boundary): DeadLetters {
  const { letters, lettersPut, letterEtags } = table;
  const keyOf = (day: string, key: string): string => `${day} ${key}`;
  const set = (letter: DeadLetter): void => {
    const key = keyOf(letter.day, letter.key);
    letters.set(key, letter);
    letterEtags.set(key, `e${++table.etags}`);
  };
  return {
    put: (letter) =>
      boundary('write', `dead letter ${letter.key} ${letter.reason}`, () => {
        set(letter);
        lettersPut.add(`${letter.key} ${letter.reason}`);
      }),
    remove: (day, key) =>
      boundary('write', `remove dead letter ${key}`, () => {
        letters.delete(keyOf(day, key));
        letterEtags.delete(keyOf(day, key));
      }),
    all: () =>
      inPages<KeptLetter>(boundary, 'all dead letters', (last) => {
        const from = last === null ? '' : keyOf(last.letter.day, last.letter.key);
        return [...letters]
          .filter(([key]) => key > from)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, PAGE_ROWS)
          .map(([key, letter]) => ({
            letter: factsOf(letter),
            hasOriginal: letter.raw !== null,
            etag: letterEtags.get(key)!,
          }));
      }),
    replace: (letter, etag) =>
      boundary('write', `replace dead letter ${letter.key}`, () => {
        if (letterEtags.get(keyOf(letter.day, letter.key)) !== etag) return false;
        set(letter);
        return true;
      }),
    discard: ({ day, key }, etag) =>
      boundary('write', `discard dead letter ${key}`, () => {
        const name = keyOf(day, key);
        if (letters.has(name) && letterEtags.get(name) !== etag) return false;
        letters.delete(name);
        letterEtags.delete(name);
        return true;
      }),
    read: (day, key) =>
      boundary('read', `read dead letter ${key}`, () => letters.get(keyOf(day, key)) ?? null),
    days: () =>
      boundary('read', 'days with dead letters', () =>
        [...new Set([...letters.values()].map(({ day }) => day))].toSorted().toReversed(),
      ),
    list(day, { reason, app, below }) {
      const wanted = (letter: DeadLetter): boolean =>
        letter.day === day &&
        (reason === undefined || letter.reason === reason) &&
        (app === undefined || letter.app === app) &&
        (below === undefined || letter.key < below);
      return inPages<DeadLetterFacts>(boundary, `dead letters of ${day}`, (last) =>
        [...letters.values()]
          .filter((letter) => wanted(letter) && (last === null || letter.key < last.key))
          .toSorted((a, b) => (a.key < b.key ? 1 : -1))
          .slice(0, PAGE_ROWS)
          .map(factsOf),
      );
    },
  };
}

export function makeMemoryKeys({ keys }: SmallTables, boundary: Boundary): IdempotencyKeys {
  return {
    find: (app, key, now) =>
      boundary('read', `find key ${key}`, () => {
        const standing = keys.get(JSON.stringify([app, key]));
        return standing && standing.expiresAt > now ? standing : null;
      }),
    claim: (key, now) =>
      boundary('write', `claim key ${key.key}`, () => {
        const name = JSON.stringify([key.app, key.key]);
        const standing = keys.get(name);
        if (standing && standing.expiresAt > now) return standing;
        keys.set(name, key);
        return key;
      }),
    removeExpired: (first, last, now) =>
      boundary('write', `remove expired keys from ${first} to ${last}`, () => {
        const isIn = (name: string): boolean => shardOf(name) >= first && shardOf(name) <= last;
        const old = [...keys].filter(([name, key]) => isIn(name) && key.expiresAt <= now);
        for (const [name] of old) keys.delete(name);
        return old.length;
      }),
  };
}

/** As good as a hash: the suite asks for all of them. */
function shardOf(name: string): number {
  return Buffer.from(name).reduce((sum, byte) => sum + byte, 0) % KEY_SHARDS;
}

export function makeMemoryNotes(table: SmallTables, boundary: Boundary): RetentionNotes {
  const { erasures } = table;
  return {
    readRound: () => boundary('read', 'the round of retention', () => table.round),
    writeRound: (value, etag) =>
      boundary('write', 'note the round of retention', () => {
        if ((table.round?.etag ?? null) !== etag) return false;
        table.round = { value, etag: `r${++table.etags}` };
        return true;
      }),
    erasures: () => boundary('read', 'erasures', () => [...erasures.values()]),
    writeErasure: (value, etag) =>
      boundary('write', `note erasure ${value.id}`, () => {
        if ((erasures.get(value.id)?.etag ?? null) !== etag) return null;
        const noted = { value, etag: `r${++table.etags}` };
        erasures.set(value.id, noted);
        return noted.etag;
      }),
    removeErasure: (id, etag) =>
      boundary('write', `remove erasure ${id}`, () => {
        if (erasures.has(id) && erasures.get(id)?.etag !== etag) return false;
        erasures.delete(id);
        return true;
      }),
  };
}

/** `now`: Storage's time, milliseconds since the epoch. */
export function makeMemoryBlobs(table: SmallTables, boundary: Boundary, now: () => number): Blobs {
  const { payloads, content, blobFacts } = table;
  return {
    putPayload: (name, bytes) =>
      boundary('write', `put payload ${name}`, () => {
        payloads.set(name, bytes);
        blobFacts.set(name, { writtenAt: now(), etag: `b${++table.etags}` });
      }),
    payloadDays: () =>
      inPages<string>(boundary, 'days of payloads', (last) =>
        [
          ...new Set(
            [...payloads.keys()].filter((name) => name.includes('/')).map((name) => name.split('/')[0]!),
          ),
        ]
          .toSorted()
          .filter((day) => last === null || day > last)
          .slice(0, PAGE_ROWS),
      ),
    listPayloads: (day) =>
      inPages<StoredBlob>(boundary, `payloads of ${day}`, (last) =>
        [...payloads.keys()]
          .toSorted()
          .filter((name) => name.startsWith(`${day}/`) && (last === null || name > last.name))
          .slice(0, PAGE_ROWS)
          .map((name) => Object.assign({ name }, blobFacts.get(name)!)),
      ),
    removePayload: (name, etag) =>
      boundary('write', `remove payload ${name}`, () => {
        if (etag !== null && payloads.has(name) && blobFacts.get(name)?.etag !== etag) return false;
        payloads.delete(name);
        return true;
      }),
    removeContent: (path, unmodifiedSince) =>
      boundary('write', `remove content ${path}`, () => {
        if ((blobFacts.get(`content ${path}`)?.writtenAt ?? 0) > unmodifiedSince) return false;
        content.delete(path);
        return true;
      }),
    readPayload: (name) => boundary('read', `read payload ${name}`, () => payloads.get(name) ?? null),
    contentSize: (path) => boundary('read', `size of ${path}`, () => content.get(path)?.length ?? null),
    readContent: (path, atMostBytes) =>
      boundary('read', `content ${path}`, () => {
        const bytes = content.get(path);
        if (!bytes) return { ok: false, reason: 'missing' };
        return bytes.length > atMostBytes ? { ok: false, reason: 'tooLarge' } : { ok: true, bytes };
      }),
  };
}
