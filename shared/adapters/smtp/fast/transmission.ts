/**
 * One transaction on its way over a connection.
 *
 * ```
 *             the envelope           the data              pointOfNoReturn yes,
 *             goes out               goes out              the last byte goes out
 * begun ────► asking ──────────────► sending ────────────► committed ──► settled
 *               │ MAIL or all RCPT     │ no, or too late,      │ the server's answer, or the connection is over
 *               │ refused              │ or refused meanwhile  │
 *               └──────► settled ◄─────┘
 * ```
 * | the connection is over, or makes no sense any more, while it is | whoever has no answer of his own is |
 * |---|---|
 * | asking, sending | `notSent`: the server cannot have had the end of the data |
 * | committed | `unknown` |
 *
 * Nothing leads back, and nothing is said twice. With DATA `sending` begins with the server's 354, so that all answers but
 * the last are there before it is committed; with BDAT it may be committed before any answer. What it asks is answered in
 * order, by replies that no other transaction of the connection sees.
 */
import type { Transaction, TransactionResult, TransportFailure } from '../../../ports.ts';
import { describeError } from '../describeError.ts';
import { judgeTransaction } from '../judgeTransaction.ts';
import { GivenUp } from '../mailStream.ts';
import { renderIdentity } from '../renderIdentity.ts';
import type { Step } from '../smtpDialogue.ts';
import type { SmtpTimeouts } from '../smtpTimeouts.ts';
import { Answers } from './answers.ts';
import type { Capabilities } from './capabilities.ts';
import { envelopeOf, RESET, type Command } from './commands.ts';
import type { Answer, Asker, Deadline, SmtpLine } from './smtpLine.ts';
import { StageTimes } from './stageTimes.ts';
import { stageOf } from './steps.ts';

export interface TransmissionOptions {
  readonly line: SmtpLine;
  readonly transaction: Transaction;
  readonly capabilities: Capabilities;
  readonly timeouts: SmtpTimeouts;
  /** Whether RSET goes first: what was before it is not known to have ended well. */
  readonly resetsFirst: boolean;
  /** Whether the connection has just shown that it takes mail: only then is it worth while to send before an answer. */
  readonly isTrusted: boolean;
  /** Called once, when its last byte is out or it will send none: the next one may write. */
  readonly onWritten: () => void;
}

export class Transmission implements Asker {
  readonly sizeBytes: number;
  /** RSET where it is needed, MAIL and all RCPT. */
  readonly envelope: readonly Command[];
  /** Of all its answers, once it is committed. */
  deadline: Deadline | null = null;
  readonly #options: TransmissionOptions;
  readonly #identity: Uint8Array;
  #answers = new Answers();
  /** What is not answered yet. */
  readonly #open: Step[] = [];
  readonly #times = new StageTimes();
  #isCommitted = false;
  #isWritten = false;
  #onAnswered: (() => void) | null = null;
  #ownFailure: { readonly error: string; readonly givenUp: boolean } | null = null;

  constructor(options: TransmissionOptions) {
    this.#options = options;
    const { transaction, capabilities, resetsFirst } = options;
    const { account, recipients, identity, mail } = transaction;
    this.#identity = renderIdentity(identity);
    this.sizeBytes = this.#identity.length + mail.sizeBytes;
    const envelope = envelopeOf(account, recipients, this.sizeBytes, capabilities);
    this.envelope = resetsFirst ? [RESET, ...envelope] : envelope;
  }

  /** What goes out as its data: the identity and the mail. */
  *parts(): Generator<Uint8Array, void> {
    yield this.#identity;
    yield* this.#options.transaction.mail.pieces;
  }

  get isTrusted(): boolean {
    return this.#options.isTrusted;
  }

  get isCommitted(): boolean {
    return this.#isCommitted;
  }

  /** Settled as too late, although the server still owes it answers. */
  get isLate(): boolean {
    return this.#ownFailure?.givenUp === false;
  }

  /** The server took somebody. */
  get hasRecipients(): boolean {
    return this.#answers.hasRecipients;
  }

  get isMailRefused(): boolean {
    return this.#answers.isMailRefused;
  }

  get isDataRefused(): boolean {
    return this.#answers.isDataRefused;
  }

  /** The server's session is as if it had not been: the next one needs no RSET. */
  get endedClean(): boolean {
    return this.#answers.isClean;
  }

  get wasTaken(): boolean {
    return this.#isCommitted && this.#answers.wasTaken;
  }

  /** Whether there is still a reason to send. */
  get goesOn(): boolean {
    const { end } = this.#answers;
    return (
      this.#options.line.error === null && this.#ownFailure === null && end === null && !this.isDataRefused
    );
  }

  /** Asks something in one piece. */
  say(commands: readonly Command[]): void {
    let lines = '';
    for (const { step, line } of commands) {
      lines += `${line}\r\n`;
      this.expect(step);
    }
    this.write(lines);
  }

  /** To be called with what is written and must be answered. `withinMs` null: the deadline alone counts. */
  expect(step: Step, withinMs: number | null = this.#options.timeouts.replyMs): void {
    this.#open.push(step);
    this.#options.line.expect({ step, withinMs, asker: this });
  }

  /** Before the last byte is committed its answer may come at any time, or not at all. */
  expectEnd(): void {
    this.expect('end-of-data', null);
  }

  /** Waits until everything that was asked so far is answered (true), or the connection is over. One may wait at a time. */
  async answered(): Promise<boolean> {
    const { line } = this.#options;
    if (this.#open.length > 0 && line.error === null) {
      await new Promise<void>((resolve) => {
        this.#onAnswered = resolve;
      });
    }
    return line.error === null;
  }

  write(bytes: Buffer | string): void {
    this.#options.line.write(bytes);
  }

  /** Resolves when there is room for more, or the connection is over. */
  drained(): Promise<void> {
    return this.#options.line.drained(this.#options.timeouts.replyMs);
  }

  /** By the line, in the order of the questions. */
  hear(step: Step, answer: Answer | null): void {
    if (answer !== null) this.#note(step, answer);
    if (this.#options.line.error === null && this.#open.length > 0) return;
    this.#onAnswered?.();
    this.#onAnswered = null;
  }

  /** To be asked right before the last byte; false: it must not go. */
  mayEnd(): boolean {
    const { line, transaction, timeouts } = this.#options;
    if (!this.goesOn) return false;
    if (!transaction.pointOfNoReturn()) {
      this.#ownFailure = { error: new GivenUp().message, givenUp: true };
      return false;
    }
    // POINT OF NO RETURN. From here on the server may have the whole message, whatever becomes of the connection: nothing
    // may try it again on its own, only the server's answer says that it was not taken.
    this.#isCommitted = true;
    this.deadline = { at: performance.now() + timeouts.dataMs, withinMs: timeouts.dataMs };
    line.watch();
    return true;
  }

  written(): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    this.#options.onWritten();
  }

  /** It did not come to its last byte in time, and must not any more. Who gave up before has given up. */
  late(error: string): void {
    this.#ownFailure ??= { error, givenUp: false };
  }

  /** For data that was begun and cannot be ended: the connection can carry nothing else. */
  breakOff(): void {
    this.#options.line.end(
      new Error(this.#ownFailure?.error ?? 'the server answered before the end of the data'),
    );
  }

  result(): TransactionResult {
    const { recipients } = this.#options.transaction;
    return {
      recipients: judgeTransaction(this.#answers, recipients.length, this.#isCommitted, this.#failure()),
      stages: this.#times.list(),
    };
  }

  #note(step: Step, { reply, waitedMs }: Answer): void {
    this.#open.shift();
    if (step !== 'reset') this.#times.add(stageOf(step), waitedMs);
    if (this.#answers.note(step, reply)) return;
    this.#answers = new Answers();
    this.#options.line.end(new Error(`the server answered out of order: ${reply.text}`));
  }

  #failure(): TransportFailure {
    const { line } = this.#options;
    const ownStage = stageOf(this.#open[0] ?? 'mail');
    const beforeEnd = ownStage === 'end-of-data' ? 'data' : ownStage;
    const stage = this.#isCommitted ? 'end-of-data' : beforeEnd;
    if (this.#ownFailure !== null) return { stage, reply: null, ...this.#ownFailure };
    const { farewell } = line;
    if (farewell !== null) {
      // Whoever got no answer of his own owes it to the 421, whichever question that answered.
      const { reply, question } = farewell;
      const isOwn = question?.asker === this && !this.#isCommitted;
      const error = 'the server closed the connection';
      return { stage: isOwn ? stageOf(question.step) : stage, reply, error, givenUp: false };
    }
    const error = line.error === null ? 'the server did not answer' : describeError(line.error);
    return { stage, reply: null, error, givenUp: false };
  }
}
