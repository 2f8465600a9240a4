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
import type { BlobRead, Blobs, Clock, DeadLetters, Log, MessageStore, Telemetry } from '../ports.ts';
import type { AcceptMessage, Acceptance } from './acceptMessage.ts';
import type { JudgeMessage } from './judgeMessage.ts';
import { quotaProblem } from './quotaProblem.ts';
import { tellGivenUp } from './tellGivenUp.ts';
import { NO_TURN_BYTES, type Turns } from './turns.ts';

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

/** What an item or its claim check says: decoded, not yet validated. */
type Content =
  | { readonly value: unknown; readonly claimCheck?: string; readonly inTurn?: boolean }
  | { readonly problems: readonly Problem[] };

export function makeTakeFromOutbox(deps: {
  accept: AcceptMessage;
  judgeMessage: JudgeMessage;
  store: MessageStore;
  blobs: Blobs;
  deadLetters: DeadLetters;
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
  turns: Turns;
}): TakeFromOutbox {
  const { accept, judgeMessage, store, blobs, deadLetters, clock, log, turns } = deps;

  /** A claim check is followed; one that leads to much content waits for its turn, until `use` is done with it. */
  async function withContent<Result>(
    item: unknown,
    use: (content: Content) => Promise<Result>,
  ): Promise<Result> {
    const decoded = decodeItem(item);
    if (decoded.kind === 'message') return use({ value: decoded.value });
    if (decoded.kind === 'unreadable') return use({ problems: decoded.problems });
    const { path } = decoded;
    const small = await blobs.readContent(path, NO_TURN_BYTES);
    if (small.ok || small.reason === 'missing') return use(claimed(path, small));
    return turns.take(async () => {
      const content = claimed(path, await blobs.readContent(path, CLAIM_CHECK_BYTES));
      return use('problems' in content ? content : { ...content, inTurn: true });
    });
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

  async function takeContent(id: string, item: unknown, read: Content): Promise<void> {
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
    take: (id, item) => withContent(item, (read) => takeContent(id, item, read)),
    takeAgain: (id, original, etag) =>
      withContent(new TextDecoder().decode(original), async (read): Promise<Acceptance> => {
        if ('problems' in read) return { kind: 'invalid', problems: read.problems, tooLarge: false };
        return accept({ id, ...read, source: 'redrive', replaces: etag });
      }),
    judgeAgain: (original) =>
      withContent(new TextDecoder().decode(original), async (read) => {
        if ('problems' in read) return read.problems;
        const judged = await judgeMessage(read.value);
        return judged.ok ? [] : judged.problems;
      }),
    async giveUp(id, item) {
      if (await store.readHead(id)) return;
      const detail = 'the process ended each time it took this item; look at the log of that time';
      await reject(id, item, null, [makeProblem([], 'comes_back', detail)]);
    },
  };
}

/** What the blob of a claim check says. */
function claimed(path: string, read: BlobRead): Content {
  if (read.ok) {
    const body = decodeBody(read.bytes);
    return body.ok ? { value: body.value, claimCheck: path } : { problems: body.problems };
  }
  const detail =
    read.reason === 'missing'
      ? `there is no blob ${path} in the container mail-content; put it there before the item`
      : `the blob ${path} is larger than ${CLAIM_CHECK_BYTES} bytes`;
  const code = read.reason === 'missing' ? 'claim_check_missing' : 'claim_check_too_large';
  return { problems: [makeProblem(['$ref'], code, detail)] };
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
