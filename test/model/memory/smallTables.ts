/** The tables `days`, `accounts`, `deadletters` and `keys`, and the blobs. */
import type { DayReport, DeadLetter, Standing, TouchedDay } from '../../../shared/core/records.ts';
import type {
  Blobs,
  Days,
  DeadLetterFacts,
  DeadLetters,
  IdempotencyKeys,
  KeyRecord,
  Standings,
} from '../../../shared/ports.ts';
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

export function makeMemoryDeadLetters({ letters, lettersPut }: SmallTables, boundary: Boundary): DeadLetters {
  const keyOf = (day: string, key: string): string => `${day} ${key}`;
  return {
    put: (letter) =>
      boundary('write', `dead letter ${letter.key} ${letter.reason}`, () => {
        letters.set(keyOf(letter.day, letter.key), letter);
        lettersPut.add(`${letter.key} ${letter.reason}`);
      }),
    remove: (day, key) =>
      boundary('write', `remove dead letter ${key}`, () => void letters.delete(keyOf(day, key))),
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
  };
}

export function makeMemoryBlobs({ payloads, content }: SmallTables, boundary: Boundary): Blobs {
  return {
    putPayload: (name, bytes) =>
      boundary('write', `put payload ${name}`, () => void payloads.set(name, bytes)),
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
