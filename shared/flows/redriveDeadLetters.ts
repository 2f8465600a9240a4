/**
 * Redriving dead letters, by their ids or by a filter. A call does a bounded piece of work and says where the next one goes
 * on. Letters of one message go in one transaction. What may repeat: the call; a letter that no longer counts is passed
 * over.
 */
import type { ApiProblemCode } from '../core/api/problemCodes.ts';
import { deadLetterId } from '../core/deadLetterView.ts';
import type { Needs, ScopeNeed } from '../core/quotaNeeds.ts';
import { addNeeds, holdAgainst } from '../core/quotaNeeds.ts';
import { appsOf } from '../core/rooms.ts';
import { isMessageId } from '../core/messageId.ts';
import { tellRemoval } from '../core/retention.ts';
import type { DeadLetterFacts } from '../core/records.ts';
import type { Clock } from '../ports.ts';
import type { Limits } from './limits.ts';
import type { Quota } from './quota.ts';
import type { DeadLetterQuery, DeadLetterReader, SeenLetter } from './readDeadLetters.ts';
import type { Redrive, Redriven } from './redrive.ts';

export type RedriveRequest =
  | {
      /** Of dead letters, or of messages: then all of it that was given up. */
      readonly ids: readonly string[];
      readonly dryRun: boolean;
    }
  | { readonly filter: DeadLetterQuery; readonly dryRun: boolean };

export interface RedriveReport {
  /** Deliveries that go on; with `dryRun`: that would, as far as that can be told before. */
  readonly count: number;
  readonly dryRun: boolean;
  /** What was asked for and does not go on, with the reason. */
  readonly skipped: readonly { readonly id: string; readonly code: string; readonly detail: string }[];
  /** Of a dry run: of each limited scope how many recipients it would take, and how many have room now. The others would wait. */
  readonly quota?: readonly ScopeNeed[];
  /** There may be more: the same request with this cursor goes on there. */
  readonly cursor?: string;
}

export type RedriveDeadLetters = (request: RedriveRequest) => Promise<RedriveReport>;

/** So many letters one call looks at, and so long it goes on: the caller waits, 230 s at the most in Azure. */
const LETTERS_AT_MOST = 1000;
const CALL_MS = 60_000;

interface Tally {
  count: number;
  needs: Needs;
  readonly skipped: { readonly id: string; readonly code: string; readonly detail: string }[];
}

export function makeRedriveDeadLetters(deps: {
  reader: DeadLetterReader;
  redrive: Redrive;
  /** What it would come to: nothing is written. */
  foreseeRedrive: Redrive;
  quota: Pick<Quota, 'usage'>;
  limits: Limits;
  clock: Clock;
}): RedriveDeadLetters {
  const { reader, redrive, foreseeRedrive, quota, limits, clock } = deps;

  async function byId(id: string, act: Redrive, tally: Tally): Promise<void> {
    if (isMessageId(id)) {
      report([id], await act(id), tally);
      return;
    }
    const seen = await reader.look(id);
    if (seen === null) skip(tally, id, MISSING);
    else if (seen.stale) skip(tally, id, STALE);
    else await redriveSeen([seen], act, tally);
  }

  async function reportOf({ count, skipped, needs }: Tally, dryRun: boolean): Promise<RedriveReport> {
    if (!dryRun || needs.size === 0) return { count, dryRun, skipped };
    const [inForce, usage] = await Promise.all([limits.of(appsOf(needs.keys())), quota.usage()]);
    return { count, dryRun, skipped, quota: holdAgainst(needs, inForce, usage) };
  }

  return async (request) => {
    const { dryRun } = request;
    const act = dryRun ? foreseeRedrive : redrive;
    const tally: Tally = { count: 0, needs: new Map(), skipped: [] };
    if ('ids' in request) {
      for (const id of new Set(request.ids)) await byId(id, act, tally);
      return reportOf(tally, dryRun);
    }
    const endsAt = clock.monotonic() + CALL_MS;
    let looks = 0;
    for await (const group of reader.walk(request.filter)) {
      await redriveSeen(group, act, tally);
      looks += group.length;
      if (looks < LETTERS_AT_MOST && clock.monotonic() < endsAt) continue;
      return { ...(await reportOf(tally, dryRun)), cursor: deadLetterId(group.at(-1)!.letter) };
    }
    return reportOf(tally, dryRun);
  };
}

/** Those of one message together. */
async function redriveLetters(
  letters: readonly DeadLetterFacts[],
  act: Redrive,
  tally: Tally,
): Promise<void> {
  const byMessage = Map.groupBy(letters, ({ messageId }) => messageId);
  await Promise.all(
    [...byMessage].map(async ([messageId, ofMessage]) => {
      const only = new Set(ofMessage.map(({ delivery }) => delivery));
      report(ofMessage.map(deadLetterId), await act(messageId, only), tally);
    }),
  );
}

async function redriveSeen(seen: readonly SeenLetter[], act: Redrive, tally: Tally): Promise<void> {
  const counting = seen.flatMap(({ letter, stale }) => (stale ? [] : [letter]));
  const letters = counting.filter(({ messageId }) => isMessageId(messageId));
  for (const letter of counting) {
    if (!isMessageId(letter.messageId)) skip(tally, deadLetterId(letter), NO_MESSAGE);
  }
  await redriveLetters(letters, act, tally);
}

const MISSING = { code: 'not_found', detail: 'there is no such dead letter' };
const STALE = { code: 'stale', detail: 'the delivery has gone on since; look at the message' };
const NO_MESSAGE = {
  code: 'no_message',
  detail: 'it is about a queue item that names no message; nothing can be sent from it',
};

function skip(tally: Tally, id: string, why: { readonly code: string; readonly detail: string }): void {
  tally.skipped.push({ id, ...why });
}

function report(ids: readonly string[], redriven: Redriven, tally: Tally): void {
  if (redriven.kind === 'going') {
    tally.count += redriven.deliveries;
    if (redriven.needs) tally.needs = addNeeds(tally.needs, redriven.needs);
    return;
  }
  for (const id of ids) skip(tally, id, whyNot(redriven));
}

/** In the words of the API. */
export function whyNot(redriven: Exclude<Redriven, { kind: 'going' }>): {
  readonly code: ApiProblemCode;
  readonly detail: string;
} {
  switch (redriven.kind) {
    case 'missing':
      return { code: 'not_found', detail: 'there is no such message' };
    case 'wrongState':
      return {
        code: 'wrong_state',
        detail: `it is ${redriven.status}; only what is failed, partially_sent, expired or rejected can be redriven`,
      };
    case 'stillRejected': {
      const words = redriven.problems.map(({ pointer, code }) => `${pointer || '(whole)'} ${code}`);
      return {
        code: 'still_rejected',
        detail: `it was validated anew and is still not valid: ${words.join('; ')}`,
      };
    }
    case 'originalGone':
      return {
        code: 'original_gone',
        detail: 'its original is no longer kept; its producer must send it again',
      };
    case 'contentRemoved':
      return {
        code: 'content_removed',
        detail: `${tellRemoval(redriven.removal)}; its producer must send it again`,
      };
    case 'repeats':
      return { code: 'repeats', detail: `${redriven.id} was accepted since under the same idempotency key` };
  }
}
