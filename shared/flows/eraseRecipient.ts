/**
 * Erases an address from all that is recorded, on a person's request. The request is noted first, without the address (a
 * salted hash tells it), and stays until nothing is left: what is not final yet is done when it is, by the hourly timer,
 * whatever dies meanwhile.
 *
 *   noted ── walk over the record ──► what was not settled, again and again ── dead letters ──► done, the note is removed
 *
 * Each message is one compare-and-swap over all its rows, and only once no outcome can come any more: so nothing brings the
 * address back. What may repeat: all of it; what is recorded after the request is not meant.
 */
import type { Durations } from '../core/durations.ts';
import type { IsErased } from '../core/erasure.ts';
import { eraseFromMessage, makeErasure, matcherOf, RECORD_START } from '../core/erasure.ts';
import { utcDay } from '../core/messageId.ts';
import type { Erasure } from '../core/records.ts';
import { blobsOf, finalSince } from '../core/retention.ts';
import { HOUR_MS } from '../core/window.ts';
import type { Chance, Clock, KeptMessage, KeptMessages, Log, RetentionNotes } from '../ports.ts';
import type { EraseLetters } from './eraseLetters.ts';
import type { ContentRemover } from './removeContent.ts';
import type { Group } from './walkKept.ts';
import { walkKept } from './walkKept.ts';

export interface ErasureReport {
  /** Messages and dead letters that the address was erased from since it was asked for. */
  readonly erased: number;
  /** Known to have it, and not final yet, or only just: they follow by themselves. */
  readonly pending: number;
  /** All that was recorded before the request was looked through, and nothing is left. */
  readonly complete: boolean;
}

export interface Eraser {
  /** Begins, or goes on with what was begun, for up to a minute. `address` as `checkAddress` gives it. */
  eraseRecipient(address: string): Promise<ErasureReport>;
  /** Goes on with all that was asked for. */
  continueErasures(isOver: () => boolean): Promise<void>;
}

/** The caller waits, 230 s at the most in Azure. */
const CALL_MS = 60_000;
const PENDING_KEPT = 1000;
const RANDOM_BYTES = 12;

interface Noted {
  readonly value: Erasure;
  readonly etag: string;
}

export function makeEraser(deps: {
  kept: KeptMessages;
  retentionNotes: RetentionNotes;
  eraseLetters: EraseLetters;
  remover: ContentRemover;
  clock: Clock;
  chance: Chance;
  durations: Durations;
  log: Log;
}): Eraser {
  const { kept, retentionNotes, eraseLetters, remover, clock, chance, durations, log } = deps;

  /** No claim of it can be under way any more, whatever became of its instance. */
  function isSettled({ head, deliveries }: KeptMessage): boolean {
    const since = finalSince(
      head,
      deliveries.map(({ delivery }) => delivery),
    );
    return since !== null && since + durations.claim + 2 * durations.margin <= clock.now();
  }

  async function eraseFrom(
    message: KeptMessage,
    isErased: IsErased,
  ): Promise<'done' | 'pending' | 'nothing'> {
    const states = message.deliveries.map(({ delivery }) => delivery);
    const next = eraseFromMessage(message.head, states, isErased, clock.now());
    if (next === null) {
      // Whoever erased it may have died before its blobs were gone: nothing of the row tells the address any more.
      const isLeft = message.head.contentRemoved && blobsOf(message.head).length > 0;
      if (isLeft && (await remover.removeBlobs([message])).length === 0) return 'pending';
      return 'nothing';
    }
    if (!isSettled(message)) return 'pending';
    return (await remover.removeContent([{ kept: message, ...next }])).length > 0 ? 'done' : 'pending';
  }

  async function walk(erasure: Erasure, isErased: IsErased, isOver: () => boolean): Promise<Erasure> {
    const pending = new Set(erasure.pending);
    let { erased } = erasure;
    const visit = async (group: Group): Promise<void> => {
      for (const message of group) {
        if (message.head === null) continue;
        const what = await eraseFrom(message, isErased);
        if (what === 'done') erased++;
        if (what === 'pending') pending.add(message.id);
      }
    };
    const lastDay = utcDay(erasure.requestedAt + 24 * HOUR_MS);
    const { place, failure } = await walkKept(kept, erasure.place, lastDay, visit, isOver);
    if (failure) {
      const words = failure.error instanceof Error ? failure.error.message : String(failure.error);
      log(
        'error',
        `erasure ${erasure.id}: a part of the record could not be seen to, and is again: ${words}`,
      );
    }
    const isCut = erasure.isCut || failure !== null || pending.size > PENDING_KEPT;
    return { ...erasure, place, pending: [...pending].slice(0, PENDING_KEPT), isCut, erased };
  }

  async function eraseFromPending(erasure: Erasure, isErased: IsErased): Promise<Erasure> {
    const pending: string[] = [];
    let { erased } = erasure;
    for (const id of erasure.pending) {
      const message = await kept.read(id);
      const what = message === null ? 'nothing' : await eraseFrom(message, isErased);
      if (what === 'done') erased++;
      if (what === 'pending') pending.push(id);
    }
    return { ...erasure, pending, erased };
  }

  async function work(noted: Noted, isOver: () => boolean): Promise<ErasureReport> {
    const isErased = matcherOf(noted.value);
    let { value, etag } = noted;
    const report = (letters = 0): ErasureReport => {
      const { erased, pending } = value;
      return { erased, pending: pending.length + letters, complete: false };
    };
    if (value.place !== null) {
      value = await walk(value, isErased, isOver);
      const written = await retentionNotes.writeErasure(value, etag);
      // Another instance is at it: it goes on by what it noted.
      if (written === null || value.place !== null) return report();
      etag = written;
    }
    value = await eraseFromPending(value, isErased);
    const letters = await eraseLetters(isErased, isOver);
    const pending = [...new Set([...value.pending, ...letters.goneOn])];
    value = { ...value, erased: value.erased + letters.erased, pending };
    const isLeft = value.pending.length > 0 || letters.pending > 0;
    if (!isLeft && !value.isCut) {
      await retentionNotes.removeErasure(value.id, etag);
      log('info', `erasure ${value.id} is complete: the address was erased from ${value.erased} records`);
      return { ...report(), complete: true };
    }
    if (value.isCut) value = { ...value, place: RECORD_START, isCut: false };
    await retentionNotes.writeErasure(value, etag);
    return report(letters.pending);
  }

  async function note(address: string): Promise<Noted> {
    const known = (await retentionNotes.erasures()).find(({ value }) => matcherOf(value)(address));
    // What was recorded since it was asked for first is meant now, too.
    if (known && known.value.place !== null) return known;
    const [id, salt] = [hex(chance.bytes(RANDOM_BYTES)), hex(chance.bytes(RANDOM_BYTES))];
    const fresh = makeErasure({ id, salt }, address, clock.now());
    const value = known ? { ...known.value, requestedAt: fresh.requestedAt, place: RECORD_START } : fresh;
    const etag = await retentionNotes.writeErasure(value, known?.etag ?? null);
    return etag === null ? note(address) : { value, etag };
  }

  return {
    async eraseRecipient(address) {
      const endsAt = clock.monotonic() + CALL_MS;
      const noted = await note(address);
      log('info', `erasure ${noted.value.id} was asked for, or goes on`);
      return work(noted, () => clock.monotonic() >= endsAt);
    },

    async continueErasures(isOver) {
      const failures: unknown[] = [];
      for (const noted of await retentionNotes.erasures()) {
        if (isOver()) break;
        await work(noted, isOver).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, 'erasures failed; they go on in an hour');
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
