/**
 * An item of the outbox, whatever a producer wrote: decoded, claim check followed, accepted; or recorded as `rejected`
 * with every problem, and the original kept as a dead letter. Never a silent poison.
 */
import { newDelivery } from '../core/delivery.ts';
import { decodeBody, decodeItem } from '../core/decodeItem.ts';
import type { Problem } from '../core/message.ts';
import { APP_NAME } from '../core/messageFields.ts';
import { DEFAULT_APP } from '../core/messageSchema.ts';
import { makeProblem } from '../core/messageProblems.ts';
import { isRecord } from '../core/messageRelations.ts';
import { dayOfMessageId } from '../core/messageId.ts';
import type { Head } from '../core/records.ts';
import type { Blobs, Clock, DeadLetters, Log, MessageStore, Telemetry } from '../ports.ts';
import type { AcceptMessage, Acceptance } from './acceptMessage.ts';
import type { JudgeMessage } from './judgeMessage.ts';
import { quotaProblem } from './quotaProblem.ts';
import { tellGivenUp } from './tellGivenUp.ts';

export interface TakeFromOutbox {
  take(id: string, item: unknown): Promise<void>;
  /** The kept original of a rejected message once more, as if it came now. `etag`: of its row, whose place it takes. */
  takeAgain(id: string, original: Uint8Array, etag: string): Promise<Acceptance>;
  /** What would be wrong with it then; its quota and its key are not looked at. Nothing is written. */
  judgeAgain(original: Uint8Array): Promise<readonly Problem[]>;
  /** The item ends whoever takes it: recorded as `rejected`, unless it is recorded already. */
  giveUp(id: string, item: unknown): Promise<void>;
}

/** A claim-checked message: the largest mail in base64, with all that JSON adds. */
const CLAIM_CHECK_BYTES = 64_000_000;
const PROBLEMS_KEPT = 100;

export function makeTakeFromOutbox(deps: {
  accept: AcceptMessage;
  judgeMessage: JudgeMessage;
  store: MessageStore;
  blobs: Blobs;
  deadLetters: DeadLetters;
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
}): TakeFromOutbox {
  const { accept, judgeMessage, store, blobs, deadLetters, clock, log } = deps;

  async function valueOf(
    item: unknown,
  ): Promise<
    { readonly value: unknown; readonly claimCheck?: string } | { readonly problems: readonly Problem[] }
  > {
    const decoded = decodeItem(item);
    if (decoded.kind === 'message') return { value: decoded.value };
    if (decoded.kind === 'unreadable') return { problems: decoded.problems };
    const read = await blobs.readContent(decoded.path, CLAIM_CHECK_BYTES);
    if (read.ok) {
      const body = decodeBody(read.bytes);
      return body.ok ? { value: body.value, claimCheck: decoded.path } : { problems: body.problems };
    }
    const detail =
      read.reason === 'missing'
        ? `there is no blob ${decoded.path} in the container mail-content; put it there before the item`
        : `the blob ${decoded.path} is larger than ${CLAIM_CHECK_BYTES} bytes`;
    const code = read.reason === 'missing' ? 'claim_check_missing' : 'claim_check_too_large';
    return { problems: [makeProblem(['$ref'], code, detail)] };
  }

  async function reject(
    id: string,
    item: unknown,
    value: unknown,
    problems: readonly Problem[],
  ): Promise<void> {
    if (await store.readHead(id)) {
      // Accepted at an earlier delivery of the item; what has changed since (an attachment that is gone) is no reason.
      log('detail', `${id} stands already; its item is completed`, { messageId: id });
      return;
    }
    const now = clock.now();
    const said = whatItSays(value);
    const kept = problems.slice(0, PROBLEMS_KEPT);
    const words = kept.map((problem) => `${problem.pointer || '(whole)'} ${problem.code}: ${problem.detail}`);
    await deadLetters.put({
      day: dayOfMessageId(id),
      key: `${id}.0.1`,
      messageId: id,
      delivery: 0,
      attempt: 1,
      app: said.app,
      at: now,
      reason: 'rejected',
      detail: words.join('\n'),
      lastReply: null,
      raw: Buffer.from(typeof item === 'string' ? item : JSON.stringify(item)),
    });
    const head: Head = {
      id,
      ...said,
      subject: '',
      priority: 'normal',
      from: '',
      tags: [],
      createdAt: now,
      parts: 0,
      showRecipients: true,
      payloadBlob: null,
      problems: kept,
    };
    await store.insert({ head, payload: null }, [
      {
        ...newDelivery({ id, app: said.app, priority: 'normal', sender: '', createdAt: now }),
        status: 'rejected',
      },
    ]);
    tellGivenUp(deps, 'warn', `${id} is rejected: ${words.join('; ')}`, {
      messageId: id,
      delivery: 0,
      app: said.app,
      reason: 'rejected',
    });
  }

  async function take(id: string, item: unknown): Promise<void> {
    const read = await valueOf(item);
    if ('problems' in read) return reject(id, item, null, read.problems);
    const acceptance = await accept({ id, ...read, source: 'outbox' });
    if (acceptance.kind === 'invalid') return reject(id, item, read.value, acceptance.problems);
    if (acceptance.kind === 'keyReused') {
      const detail = `the key was used by ${acceptance.id} with another body; use a new key for a new message`;
      return reject(id, item, read.value, [makeProblem(['idempotencyKey'], 'key_reused', detail)]);
    }
    if (acceptance.kind === 'quotaFull') {
      return reject(id, item, read.value, [quotaProblem(acceptance.refused)]);
    }
    if (acceptance.replayed && acceptance.id !== id) {
      log('detail', `${id} repeats ${acceptance.id} under its key; completed`, { messageId: acceptance.id });
    }
  }

  return {
    take,
    async takeAgain(id, original, etag) {
      const read = await valueOf(new TextDecoder().decode(original));
      if ('problems' in read) return { kind: 'invalid', problems: read.problems, tooLarge: false };
      return accept({ id, ...read, source: 'redrive', replaces: etag });
    },
    async judgeAgain(original) {
      const read = await valueOf(new TextDecoder().decode(original));
      if ('problems' in read) return read.problems;
      const judged = await judgeMessage(read.value);
      return judged.ok ? [] : judged.problems;
    },
    async giveUp(id, item) {
      if (await store.readHead(id)) return;
      const detail = 'the process ended each time it took this item; look at the log of that time';
      await reject(id, item, null, [makeProblem([], 'comes_back', detail)]);
    },
  };
}

/** A short text that is safe in a record. */
function textOf(field: unknown): string | null {
  return typeof field === 'string' && /^[^\p{Cc}]{1,255}$/u.test(field) ? field : null;
}

/** What can be told of a message that is no valid one, so that its producer finds it. */
function whatItSays(value: unknown): {
  app: string;
  reference: string | null;
  idempotencyKey: string | null;
} {
  const fields = isRecord(value) ? value : {};
  const app = textOf(fields['app'])?.toLowerCase();
  return {
    app: app !== undefined && APP_NAME.test(app) ? app : DEFAULT_APP,
    reference: textOf(fields['reference']),
    idempotencyKey: textOf(fields['idempotencyKey']),
  };
}
