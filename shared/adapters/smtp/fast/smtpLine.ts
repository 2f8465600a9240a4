import { nextTick } from 'node:process';
import type { Duplex } from 'node:stream';
import { parseReply } from '../../../core/parseReply.ts';
import type { Reply } from '../../../core/reply.ts';
import { inSeconds } from '../describeError.ts';
import { Alarm } from './alarm.ts';
import { ReplyAssembler } from './replyAssembler.ts';
import type { Step } from '../smtpDialogue.ts';
import { AWAITED } from '../awaited.ts';

/** By when all answers of a transaction must be there. */
export interface Deadline {
  /** As `performance.now()`. */
  readonly at: number;
  /** How long that was from where it began. */
  readonly withinMs: number;
}

export interface Answer {
  readonly reply: Reply;
  /** All its lines, parted by LF. */
  readonly text: string;
  /** Since the answer before it, or since the question where nothing else was asked. */
  readonly waitedMs: number;
}

/** Something that the server must answer. */
export interface Question {
  readonly step: Step;
  /** How long its answer may take from when it is the next one; null: no longer than its asker's. */
  readonly withinMs: number | null;
  readonly asker: Asker;
}

/** A transaction, or who opens and closes the connection. */
export interface Asker {
  /** Of all answers to it together; null: each has its own time. */
  readonly deadline: Deadline | null;
  /** The answer to its first question that has none yet. null: the connection was over before. */
  hear(step: Step, answer: Answer | null): void;
}

/**
 * One connected stream as SMTP sees it: questions in their order, each answered by the reply in the same place, and bytes
 * that go out no faster than the other side takes them. With the 220 to STARTTLS it lets its stream go, for TLS and for
 * another line over that: nothing that was said before counts.
 *
 * ```
 * open ── the stream ends or fails · a reply in time is missing · what is no reply · a reply to nothing · 421 · end() ──► over
 * ```
 * Over is for good: the stream is destroyed at once (a half-closed connection could still deliver what was given up),
 * questions still open are answered with null, `onEnd` is called once.
 */
export class SmtpLine {
  /** Called once, when it is over. */
  onEnd: () => void = () => undefined;
  readonly #stream: Duplex;
  readonly #replies = new ReplyAssembler();
  #questions: Question[] = [];
  /** When the first of the questions became the first. */
  #firstSince = 0;
  readonly #alarm = new Alarm(() => this.#checkTime());
  #isCorked = false;
  /** Servers say the same to each RCPT: that was read already. */
  #latest: { readonly text: string; readonly reply: Reply } = { text: '', reply: parseReply('') };
  #error: Error | null = null;
  #farewell: { readonly reply: Reply; readonly question: Question | null } | null = null;
  #onDrain: (() => void) | null = null;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', this.#hear);
    stream.on('end', this.#left);
    stream.on('close', this.#left);
    stream.on('error', this.#failed);
    stream.on('drain', this.#drain);
  }

  /** Why it is over; null: it is open. */
  get error(): Error | null {
    return this.#error;
  }

  /** The 421 by which the server ended the connection, and the question it answered, if any. */
  get farewell(): { readonly reply: Reply; readonly question: Question | null } | null {
    return this.#farewell;
  }

  /** Hands bytes to the stream. What is written in answer to one event goes out together. */
  write(bytes: Buffer | string): void {
    if (this.#error !== null) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#stream.cork();
      // After all that is ready to go on has done so, before the event loop looks for what is next.
      nextTick(this.#uncork);
    }
    this.#stream.write(bytes);
  }

  /** The server's next reply but those of the questions before it. */
  expect(question: Question): void {
    if (this.#error !== null) {
      question.asker.hear(question.step, null);
      return;
    }
    if (this.#questions.length === 0) this.#firstSince = performance.now();
    this.#questions.push(question);
    if (this.#questions.length === 1) this.watch();
  }

  /** Asks one thing and waits. null: the connection is over. */
  ask(step: Step, command: string | null, withinMs: number): Promise<Answer | null> {
    return new Promise((resolve) => {
      if (command !== null) this.write(`${command}\r\n`);
      this.expect({ step, withinMs, asker: { deadline: null, hear: (_, answer) => resolve(answer) } });
    });
  }

  /** Resolves when the stream takes more, or when the connection is over. */
  drained(withinMs: number): Promise<void> {
    if (this.#error !== null || !this.#stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.end(new Error(`no more of the data taken within ${inSeconds(withinMs)}`));
      }, withinMs);
      this.#onDrain = () => {
        clearTimeout(timer);
        this.#onDrain = null;
        resolve();
      };
    });
  }

  /** To be called when the deadline of an asker has changed: starts the time of the next answer. */
  watch(): void {
    this.#alarm.setBy(this.#due().at);
  }

  /** Ends the connection at once. Only the first error counts. */
  end(error: Error): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#alarm.stop();
    this.#stream.destroy();
    this.#onDrain?.();
    for (const { step, asker } of this.#questions.splice(0)) asker.hear(step, null);
    this.onEnd();
  }

  /** Lets the stream go as it is; what came behind the reply is forgotten. */
  #detach(): void {
    this.#error = new Error('the connection goes on over TLS');
    this.#alarm.stop();
    this.#stream.off('data', this.#hear);
    this.#stream.off('end', this.#left);
    this.#stream.off('close', this.#left);
    this.#stream.off('error', this.#failed);
    this.#stream.off('drain', this.#drain);
  }

  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#stream.uncork();
  };

  readonly #hear = (chunk: Buffer): void => {
    const { replies, flaw } = this.#replies.push(chunk);
    const now = performance.now();
    for (const text of replies) {
      if (this.#error !== null) return;
      this.#receive(text, now);
    }
    if (flaw !== null) this.end(new Error(`the server does not speak SMTP: ${flaw}`));
    if (this.#error === null) this.watch();
  };

  readonly #left = (): void => this.end(new Error('the server closed the connection'));
  readonly #failed = (error: Error): void => this.end(error);
  readonly #drain = (): void => this.#onDrain?.();

  #receive(text: string, now: number): void {
    if (text !== this.#latest.text) this.#latest = { text, reply: parseReply(text) };
    const { reply } = this.#latest;
    const question = this.#questions.shift() ?? null;
    const isFarewell = reply.code === 421;
    if (isFarewell) this.#farewell = { reply, question };
    const waitedMs = now - this.#firstSince;
    this.#firstSince = now;
    question?.asker.hear(question.step, { reply, text, waitedMs });
    if (question?.step === 'tls' && reply.code === 220) {
      this.#detach();
      return;
    }
    if (isFarewell) this.end(new Error('the server closed the connection'));
    // Whatever it answers, from here on no reply can be told from the next one's.
    else if (question === null) this.end(new Error(`the server said what nobody asked: ${reply.text}`));
  }

  /** By when the next answer must be there. */
  #due(): Deadline {
    const first = this.#questions[0];
    const withinMs = first?.withinMs ?? Infinity;
    const own = { at: this.#firstSince + withinMs, withinMs };
    const askers = first?.asker.deadline ?? null;
    return askers !== null && askers.at < own.at ? askers : own;
  }

  #checkTime(): void {
    const first = this.#questions[0];
    const { at, withinMs } = this.#due();
    if (first === undefined || performance.now() < at) this.watch();
    else this.end(new Error(`no ${AWAITED[first.step]} within ${inSeconds(withinMs)}`));
  }
}
