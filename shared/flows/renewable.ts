/**
 * One value that grows old and can be fetched anew: a password, an access token. In memory only.
 *
 *   unknown ── get ──► fetching ──► held ── no longer fresh, or refused ──► fetching
 *                         └───────► failed ── FAILED_FOR_MS, or what Retry-After says ──► fetching
 *
 * - fetching: one fetch at a time; whoever asks meanwhile gets its result.
 * - held: answered from memory while it is fresh. When the next fetch fails in passing (throttled, unavailable), the old value goes
 *   on being used while it is usable. Any other failure says something against it: it is dropped at once.
 * - failed: the failure is answered from memory, so that all the deliveries that wait do not hammer a throttled service.
 * - refused (a server did not take the version): fetched anew, once for all who were refused. If it is still the same version,
 *   more refusals of it within REFUSED_AGAIN_MS get it from memory: only a person can help. If the fetch fails, the refused value
 *   is dropped.
 *
 * Nothing is kept over a restart. What may repeat: a fetch. What may be lost: nothing.
 */
export interface Renewable<Value, Failure> {
  /** Never rejects, unless `fetch` does. */
  get(): Promise<Fetched<Value, Failure>>;
  /** After a server refused that version: a newer one, or the same again if there is none, or the failure. */
  refresh(refusedVersion: string): Promise<Fetched<Value, Failure>>;
}

/** Counted from when the fetch ended. `freshMs`: so long nobody asks again; `usableMs`: so long it is better than nothing. */
export interface Lives {
  readonly freshMs: number;
  readonly usableMs: number;
}

export type Fetched<Value, Failure> =
  | { readonly ok: true; readonly value: Value; readonly version: string }
  | { readonly ok: false; readonly failure: Failure };

interface AnyFailure {
  readonly kind: string;
  readonly retryAfterMs: number | null;
}

/** Some dozens of deliveries fail within a second of each other; the next ones may ask again. */
const FAILED_FOR_MS = 5000;
/** A Retry-After is obeyed up to here; a service that asks for more is asked again all the same. */
const MAX_RETRY_AFTER_MS = 300_000;
/** With an old value in hand nobody waits for the failing service more often than this. */
const STALE_RETRY_MS = 60_000;
/** Logins that were under way with the same value are refused within a few seconds of each other. */
const REFUSED_AGAIN_MS = 5000;

export function makeRenewable<Value, Failure extends AnyFailure>(deps: {
  fetch: () => Promise<Fetched<Value, Failure>>;
  livesOf: (value: Value) => Lives;
  /** Milliseconds since any moment; never goes back. */
  monotonicNow: () => number;
}): Renewable<Value, Failure> {
  type Result = Fetched<Value, Failure>;
  type Good = Extract<Result, { ok: true }>;
  const { fetch, livesOf, monotonicNow } = deps;
  let fetching: Promise<Result> | null = null;
  let held: { readonly good: Good; readonly usableUntilMs: number; freshUntilMs: number } | null = null;
  let failed: { readonly failure: Failure; readonly untilMs: number } | null = null;
  /** The version that a fetch after its refusal brought again, and until when that is believed. */
  let refused: { readonly version: string; readonly untilMs: number } | null = null;

  /** The one fetch, begun now or under way. */
  async function fetchAnew(): Promise<Result> {
    fetching ??= fetchInto().finally(() => {
      fetching = null;
    });
    return fetching;
  }

  async function fetchInto(): Promise<Result> {
    const fetched = await fetch();
    const nowMs = monotonicNow();
    if (fetched.ok) {
      const { freshMs, usableMs } = livesOf(fetched.value);
      held = { good: fetched, freshUntilMs: nowMs + freshMs, usableUntilMs: nowMs + usableMs };
      failed = null;
      return fetched;
    }
    if (held !== null && isPassing(fetched.failure) && nowMs < held.usableUntilMs) {
      held.freshUntilMs = Math.min(
        nowMs + Math.max(STALE_RETRY_MS, pauseMs(fetched.failure)),
        held.usableUntilMs,
      );
      return held.good;
    }
    held = null;
    failed = { failure: fetched.failure, untilMs: nowMs + pauseMs(fetched.failure) };
    return fetched;
  }

  return {
    async get() {
      const nowMs = monotonicNow();
      if (fetching !== null) return fetching;
      if (held !== null && nowMs < held.freshUntilMs) return held.good;
      if (failed !== null && nowMs < failed.untilMs) return { ok: false, failure: failed.failure };
      return fetchAnew();
    },

    async refresh(refusedVersion) {
      const nowMs = monotonicNow();
      if (held !== null && held.good.version !== refusedVersion) return held.good;
      if (held !== null && refused?.version === refusedVersion && nowMs < refused.untilMs) return held.good;
      if (failed !== null && nowMs < failed.untilMs) return { ok: false, failure: failed.failure };
      // What was refused must not come back as the old value that is good enough for an outage.
      held = null;
      const fetched = await fetchAnew();
      if (fetched.ok && fetched.version === refusedVersion) {
        refused = { version: refusedVersion, untilMs: monotonicNow() + REFUSED_AGAIN_MS };
      }
      return fetched;
    },
  };
}

/** It says nothing against the value that is held. */
function isPassing({ kind }: AnyFailure): boolean {
  return kind === 'throttled' || kind === 'unavailable';
}

function pauseMs({ retryAfterMs }: AnyFailure): number {
  return Math.max(FAILED_FOR_MS, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}
