/**
 * The passwords of the sender accounts, from Key Vault through memory.
 *
 * For each secret:
 *   unknown ── passwordFor ──► reading ──► held ── older than ttlMs, or refused ──► reading
 *                                 └──────► failed ── FAILED_FOR_MS, or what Retry-After says ──► reading
 *
 * - reading: one read at a time for a secret; whoever asks meanwhile gets its result.
 * - held: answered from memory. When the next read fails because Key Vault is throttled or unavailable, the old password
 *   goes on being used for up to STALE_FOR_MS: an outage of Key Vault alone stops no mail. When Key Vault says
 *   that the secret is gone, disabled or not for us, it is dropped at once.
 * - failed: the failure is answered from memory, so that all the deliveries that wait do not hammer a throttled vault.
 * - refused (the server did not take the version): read anew, once for all who were refused. If it is still the same version,
 *   more refusals of it within REFUSED_AGAIN_MS get it from memory: the password in Key Vault is wrong, and only a person
 *   can help. If the read fails, the refused password is dropped.
 *
 * Nothing is kept over a restart. What may repeat: a read. What may be lost: nothing.
 */
import type { SecretFailure, SecretRead, SecretStore } from '../ports.ts';

export interface Credentials {
  /** The password and its version. Never rejects for what Key Vault or the network does. */
  passwordFor(secretName: string): Promise<SecretRead>;
  /** After the server refused the login with that version: a newer one, or the same again if there is none, or the failure. */
  refresh(secretName: string, refusedVersion: string): Promise<SecretRead>;
  /** The next call reads anew; without a name for all secrets. After a person said that the cause is mended. */
  forget(secretName?: string): void;
}

export interface CredentialsOptions {
  readonly secrets: SecretStore;
  /** So soon a password that was changed in Key Vault is used, although the server still takes the old one. */
  readonly ttlMs: number;
  /** Milliseconds since any moment; never goes back. */
  readonly monotonicNow: () => number;
}

/** Some dozens of deliveries fail within a second of each other; the next ones may ask again. */
const FAILED_FOR_MS = 5000;
/** A Retry-After is obeyed up to here; a vault that asks for more is asked again all the same. */
const MAX_RETRY_AFTER_MS = 300_000;
/** Key Vault's longest outages lasted hours, and a rotated password is noticed by its refusal at once. */
const STALE_FOR_MS = 6 * 3_600_000;
/** With an old password in hand nobody waits for the failing vault more often than this. */
const STALE_RETRY_MS = 60_000;
/** Logins that were under way with the same password are refused within a few seconds of each other. */
const REFUSED_AGAIN_MS = 5000;

type Password = Extract<SecretRead, { ok: true }>;

interface Entry {
  reading: Promise<SecretRead> | null;
  held: { readonly password: Password; readonly readAtMs: number; freshUntilMs: number } | null;
  failed: { readonly failure: SecretFailure; readonly untilMs: number } | null;
  /** The version that a read after its refusal brought again, and until when that is believed. */
  refused: { readonly version: string; readonly untilMs: number } | null;
}

export function makeCredentials(options: CredentialsOptions): Credentials {
  const { secrets, ttlMs, monotonicNow } = options;
  const entries = new Map<string, Entry>();

  function entryOf(name: string): Entry {
    const known = entries.get(name);
    if (known !== undefined) return known;
    const added: Entry = { reading: null, held: null, failed: null, refused: null };
    entries.set(name, added);
    return added;
  }

  /** The one read of the secret, begun now or under way. An entry that was forgotten meanwhile keeps its result to itself. */
  function readAnew(name: string, entry: Entry): Promise<SecretRead> {
    entry.reading ??= readInto(name, entry).finally(() => {
      entry.reading = null;
    });
    return entry.reading;
  }

  async function readInto(name: string, entry: Entry): Promise<SecretRead> {
    const read = await secrets.read(name);
    const nowMs = monotonicNow();
    if (read.ok) {
      entry.held = { password: read, readAtMs: nowMs, freshUntilMs: nowMs + ttlMs };
      entry.failed = null;
      return read;
    }
    const { held } = entry;
    if (held !== null && isPassing(read.failure) && nowMs - held.readAtMs < STALE_FOR_MS) {
      held.freshUntilMs = nowMs + Math.max(STALE_RETRY_MS, pauseMs(read.failure));
      return held.password;
    }
    return fail(entry, read, nowMs);
  }

  function fail(entry: Entry, read: Extract<SecretRead, { ok: false }>, nowMs: number): SecretRead {
    entry.held = null;
    entry.failed = { failure: read.failure, untilMs: nowMs + pauseMs(read.failure) };
    return read;
  }

  return {
    async passwordFor(name) {
      const entry = entryOf(name);
      const nowMs = monotonicNow();
      if (entry.reading !== null) return entry.reading;
      if (entry.held !== null && nowMs < entry.held.freshUntilMs) return entry.held.password;
      if (entry.failed !== null && nowMs < entry.failed.untilMs)
        return { ok: false, failure: entry.failed.failure };
      return readAnew(name, entry);
    },

    async refresh(name, refusedVersion) {
      const entry = entryOf(name);
      const nowMs = monotonicNow();
      const { held, refused, failed } = entry;
      if (held !== null && held.password.version !== refusedVersion) return held.password;
      if (held !== null && refused?.version === refusedVersion && nowMs < refused.untilMs)
        return held.password;
      if (failed !== null && nowMs < failed.untilMs) return { ok: false, failure: failed.failure };
      // The refused password must not come back as the old one that is good enough for an outage.
      entry.held = null;
      const read = await readAnew(name, entry);
      if (read.ok && read.version === refusedVersion) {
        entry.refused = { version: refusedVersion, untilMs: monotonicNow() + REFUSED_AGAIN_MS };
      }
      return read;
    },

    forget(name) {
      if (name === undefined) entries.clear();
      else entries.delete(name);
    },
  };
}

/** It says nothing against the password that is held. */
function isPassing({ kind }: SecretFailure): boolean {
  return kind === 'throttled' || kind === 'unavailable';
}

function pauseMs({ retryAfterMs }: SecretFailure): number {
  return Math.max(FAILED_FOR_MS, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}
