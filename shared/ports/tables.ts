/** The small tables: days, standings, dead letters, apps, idempotency keys. */
import type { AppRules } from '../core/appRules.ts';
import type { DayReport, DeadLetter, DeadLetterFacts, Standing, TouchedDay } from '../core/records.ts';

export interface Days {
  /** Never goes back: read, then compare-and-swap to the larger; what the last scan saw no longer holds. */
  touch(day: string, at: number): Promise<void>;
  touched(): Promise<readonly { readonly value: TouchedDay; readonly etag: string }[]>;
  /** What a settled scan saw, if nobody touched the day since `etag`. */
  noteScan(day: string, earliestDue: number | 'quiet', etag: string): Promise<boolean>;
  forget(day: string, etag: string): Promise<void>;
  /** The sweep was here. */
  beat(at: number): Promise<void>;
  lastBeat(): Promise<number | null>;
  /** False: the day was closed already. */
  insertReport(report: DayReport): Promise<boolean>;
  readReport(day: string): Promise<DayReport | null>;
  /** Of the closed days from one to the other, both included, the newest first. A newer version's are passed over. */
  reports(from: string, to: string): AsyncIterable<DayReport>;
  /** Of the days before that one. How many. */
  removeReports(before: string): Promise<number>;
}

export interface Standings {
  /** Accounts, `tenant` and `external` that have trouble or had some; an account without a row is active. */
  readAll(): Promise<readonly { readonly value: Standing; readonly etag: string }[]>;
  /** `etag` null: there is no row yet. False: it has changed meanwhile. */
  replace(standing: Standing, etag: string | null): Promise<boolean>;
}

export interface DeadLetters {
  /** Upserts by day and key. */
  put(letter: DeadLetter): Promise<void>;
  remove(day: string, key: string): Promise<void>;
  read(day: string, key: string): Promise<DeadLetter | null>;
  /** Days that have a letter, the newest first. */
  days(): Promise<readonly string[]>;
  /** A day's letters by descending key, which begins with the message's id: the newest message first. */
  list(day: string, filter: DeadLetterFilter): AsyncIterable<DeadLetterFacts>;
  /** All that are kept, the oldest day first. */
  all(): AsyncIterable<KeptLetter>;
  /** Compare-and-swap. False: it has changed meanwhile, or has gone. */
  replace(letter: DeadLetter, etag: string): Promise<boolean>;
  /** False: it has changed meanwhile, and stays. */
  discard(letter: DeadLetterFacts, etag: string): Promise<boolean>;
}

export interface KeptLetter {
  readonly letter: DeadLetterFacts;
  readonly hasOriginal: boolean;
  readonly etag: string;
}

export interface DeadLetterFilter {
  readonly reason?: DeadLetter['reason'] | undefined;
  readonly app?: string | undefined;
  /** Only keys below this one: a page goes on there. */
  readonly below?: string | undefined;
}

export interface Apps {
  /** Null: nothing was laid down for the app. */
  read(name: string): Promise<AppRules | null>;
  /** Whatever stands there. */
  write(rules: AppRules): Promise<void>;
}

export interface IdempotencyKeys {
  /** What stands there; null: nothing, or it has expired. */
  find(app: string, key: string, now: number): Promise<KeyRecord | null>;
  /** Inserts, or answers what stands there. An expired one is replaced. */
  claim(key: KeyRecord, now: number): Promise<KeyRecord>;
  /** Removes what has expired in some of the `KEY_SHARDS` shards, numbered from 0; both bounds included. How many. */
  removeExpired(firstShard: number, lastShard: number, now: number): Promise<number>;
}

export const KEY_SHARDS = 256;

export interface KeyRecord {
  readonly app: string;
  readonly key: string;
  readonly messageId: string;
  /** SHA-256 of the body. */
  readonly fingerprint: string;
  readonly expiresAt: number;
}
