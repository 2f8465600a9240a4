/**
 * One connection that is logged in, and the transactions on it.
 *
 * ```
 *           carry(), up to `depth` at once,
 *           one after another
 * free ◄──────────────────────────────────► busy ── leave(), or old, or one came too late, or many were refused ──► leaving ── QUIT ──► over
 *   └─────────────────────────── the connection ends ──────────────────────────────────────────────────────────────────────────► over
 * ```
 * Only one transaction writes at a time; the next one begins when that one's last byte is out. What is in flight when the
 * connection ends is settled one by one (transmission.ts). Nothing here tries anything again.
 *
 * A connection is trusted for a second after it took a mail, and only while it takes them. One that is not trusted carries
 * one transaction at a time: a server that drops connections, or refuses the account, puts one in doubt, not several.
 */
import type { Transaction, TransactionResult } from '../../../ports.ts';
import { inSeconds } from '../describeError.ts';
import type { SmtpTimeouts } from '../smtpTimeouts.ts';
import { Alarm } from './alarm.ts';
import type { Capabilities } from './capabilities.ts';
import type { Dialogue } from './dialogues.ts';
import { takeLeave } from './openLine.ts';
import type { SmtpLine } from './smtpLine.ts';
import { Transmission } from './transmission.ts';

/** Long enough for steady traffic over a far server, too short for a connection to die unnoticed in. */
const TRUST_MS = 1_000;

/**
 * After so many transactions that nobody got, a fresh connection: servers count them and cut it at some number, which puts in
 * doubt whatever is in flight then. Exim takes ten RSETs without a mail, Exchange five protocol errors unless told otherwise.
 */
const REFUSED_AT_MOST = 5;

export interface FastSessionOptions {
  /** Logged in. */
  readonly line: SmtpLine;
  readonly capabilities: Capabilities;
  readonly dialogue: Dialogue;
  readonly timeouts: SmtpTimeouts;
  /** After this it carries no other one. */
  readonly lifeMs: number;
}

interface Writer {
  readonly transmission: Transmission;
  /** As `performance.now()`. */
  readonly endsAt: number;
  readonly settle: (result: TransactionResult) => void;
}

export class FastSession {
  /** Called when it can carry another one, or is over. */
  onChange: () => void = () => undefined;
  readonly #line: SmtpLine;
  readonly #capabilities: Capabilities;
  readonly #dialogue: Dialogue;
  readonly #timeouts: SmtpTimeouts;
  readonly #endsAt: number;
  /** No set: V8 keeps the table that a set has outgrown, with all that was in it, until it collects the old part of its heap. */
  #inFlight: readonly Transmission[] = [];
  /** The one that writes: it alone can still be too late. */
  #writer: Writer | null = null;
  readonly #alarm = new Alarm(() => this.#checkTime());
  #isLeaving = false;
  #hasLeft = false;
  #begun = 0;
  #refused = 0;
  /** Of those that are settled, the one that was begun last: what the connection is like after it. */
  #latest = { number: 0, endedClean: true, tookMailAt: -Infinity };
  #idle: NodeJS.Timeout | undefined;

  constructor({ line, capabilities, dialogue, timeouts, lifeMs }: FastSessionOptions) {
    this.#line = line;
    this.#capabilities = capabilities;
    this.#dialogue = dialogue;
    this.#timeouts = timeouts;
    this.#endsAt = performance.now() + lifeMs;
    line.onEnd = () => {
      clearTimeout(this.#idle);
      this.#alarm.stop();
      this.onChange();
    };
    this.#rest();
  }

  get isOver(): boolean {
    return this.#line.error !== null;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  get canBegin(): boolean {
    if (this.isOver || this.#isLeaving || this.#writer !== null) return false;
    return this.#inFlight.length < (this.#isTrusted ? this.#dialogue.depth : 1);
  }

  get #isTrusted(): boolean {
    return performance.now() - this.#latest.tookMailAt < TRUST_MS;
  }

  /** One transaction, with a result for each recipient; given up where it does not come to its last byte by `endsAt`. */
  carry(transaction: Transaction, endsAt: number): Promise<TransactionResult> {
    clearTimeout(this.#idle);
    this.#begun += 1;
    const number = this.#begun;
    const transmission = new Transmission({
      line: this.#line,
      transaction,
      capabilities: this.#capabilities,
      timeouts: this.#timeouts,
      resetsFirst: this.#inFlight.length > 0 || !this.#latest.endedClean,
      isTrusted: this.#isTrusted,
      onWritten: this.#written,
    });
    if (performance.now() >= this.#endsAt) this.#isLeaving = true;
    this.#inFlight = [...this.#inFlight, transmission];
    return new Promise((settle) => {
      this.#writer = { transmission, endsAt, settle };
      this.#alarm.setBy(endsAt);
      void this.#speak(this.#writer, number);
    });
  }

  async #speak({ transmission, settle }: Writer, number: number): Promise<void> {
    try {
      await this.#dialogue.speak(transmission);
    } catch (error) {
      // A defect of ours, or of `pointOfNoReturn`: what is on the wire is then not known.
      this.#line.end(error instanceof Error ? error : new Error(String(error)));
    }
    settle(transmission.result());
    this.#settle(transmission, number);
  }

  /** Carries no other one; quits when the last is settled. */
  leave(): void {
    this.#isLeaving = true;
    if (this.isOver || this.#inFlight.length > 0 || this.#hasLeft) return;
    void this.quit();
  }

  /** Takes leave of the server at once. Nothing may be in flight. */
  async quit(): Promise<void> {
    this.#isLeaving = true;
    this.#hasLeft = true;
    clearTimeout(this.#idle);
    await takeLeave(this.#line);
  }

  #checkTime(): void {
    if (this.#writer === null) return;
    const { transmission, endsAt, settle } = this.#writer;
    if (transmission.isCommitted || transmission.isLate) return;
    if (performance.now() < endsAt) {
      this.#alarm.setBy(endsAt);
      return;
    }
    transmission.late(`not sent within ${inSeconds(this.#timeouts.transactionMs)}`);
    // Its answers may take long still, so it is settled now. It wrote last: what is in flight before it goes on.
    settle(transmission.result());
    this.#isLeaving = true;
    this.#endIfPointless();
  }

  readonly #written = (): void => {
    this.#writer = null;
    this.onChange();
  };

  #settle(transmission: Transmission, number: number): void {
    this.#inFlight = this.#inFlight.filter((other) => other !== transmission);
    if (this.#writer?.transmission === transmission) this.#writer = null;
    // Answers that come together are noted in their order, but whoever waits for them may go on in another.
    if (number > this.#latest.number) {
      const { endedClean, wasTaken } = transmission;
      this.#latest = { number, endedClean, tookMailAt: wasTaken ? performance.now() : -Infinity };
    }
    if (!transmission.wasTaken) this.#refused += 1;
    if (this.#refused >= REFUSED_AT_MOST) this.#isLeaving = true;
    if (this.isOver) return;
    if (this.#isLeaving) this.leave();
    else this.#rest();
    this.#endIfPointless();
    this.onChange();
  }

  /** Those that came too late hold the connection up, and nobody waits for their answers. */
  #endIfPointless(): void {
    if (!this.#isLeaving) return;
    if (this.#inFlight.length > 0 && this.#inFlight.every(({ isLate }) => isLate)) {
      this.#line.end(new Error('a transaction was not sent in time'));
    }
  }

  #rest(): void {
    if (this.#inFlight.length === 0 && !this.isOver)
      this.#idle = setTimeout(() => this.leave(), this.#timeouts.idleMs);
  }
}
