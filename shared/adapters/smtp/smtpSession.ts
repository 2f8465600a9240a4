import type { Socket } from 'node:net';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Credential, RecipientResult, StageTime, Transaction, TransportFailure } from '../../ports.ts';
import { AWAITED } from './awaited.ts';
import { inSeconds } from './describeError.ts';
import { failureOf } from './failureOf.ts';
import { judgeTransaction } from './judgeTransaction.ts';
import { loginOf } from './login.ts';
import { makeMailStream } from './mailStream.ts';
import { makeConnection, type ConnectionOptions } from './makeConnection.ts';
import { renderIdentity } from './renderIdentity.ts';
import { isPositive, makeDialogue, type Dialogue } from './smtpDialogue.ts';
import type { SmtpTimeouts } from './smtpTimeouts.ts';

type Done = (error?: Error | null) => void;

/** Who leaves waits no longer than this for the server's farewell. */
const QUIT_MS = 2_000;

/**
 * One connection: nodemailer's SMTPConnection, with the stage of whatever goes wrong, a time for each step, and the
 * point of no return. It is open until `isOpen` says otherwise; nothing here tries anything again.
 */
export class SmtpSession {
  /** Transactions it carried. */
  transactions = 0;
  readonly #socket: Socket;
  readonly #connection: SMTPConnection;
  readonly #dialogue: Dialogue;
  readonly #timeouts: SmtpTimeouts;
  readonly #onEnd: () => void;
  /** Ends the step under way; null: none is. */
  #settle: ((error: Error | null) => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #end: Error | null = null;
  #committed = false;
  #dataGoesOut = false;

  /** `socket` is connected. `onEnd` is called once, when the connection is over, whoever ended it. */
  constructor(options: ConnectionOptions, socket: Socket, onEnd: () => void) {
    this.#socket = socket;
    this.#timeouts = options.timeouts;
    this.#onEnd = onEnd;
    this.#dialogue = makeDialogue(() => this.#watch());
    this.#connection = makeConnection(options, socket, this.#dialogue);
    this.#connection.on('error', (error: Error) => this.#close(error));
    this.#connection.on('end', () => this.#close(new Error('the server closed the connection')));
  }

  get isOpen(): boolean {
    return this.#end === null;
  }

  get capabilities(): readonly string[] {
    return this.#dialogue.capabilities;
  }

  /** Of the login, or of the last transaction. */
  get times(): readonly StageTime[] {
    return this.#dialogue.times;
  }

  /** Greeting, EHLO, STARTTLS, EHLO, AUTH. null: logged in. */
  async open(account: string, credential: Credential, withinMs: number): Promise<TransportFailure | null> {
    const deadline = this.#endAfter(withinMs);
    const failure = await this.#logIn(account, credential);
    clearTimeout(deadline);
    return failure;
  }

  async #logIn(account: string, credential: Credential): Promise<TransportFailure | null> {
    const connected = await this.#step((done) => this.#connection.connect(done));
    if (connected !== null) return this.#failed(connected);
    const login = loginOf(account, credential, this.capabilities);
    if (!login.ok) return { stage: 'auth', reply: null, error: login.error, givenUp: false };
    const loggedIn = await this.#step((done) => this.#connection.login(login.auth, done));
    return loggedIn === null ? null : this.#failed(loggedIn);
  }

  /** One transaction, one result for each recipient; ends the connection where it cannot be used any more. */
  async transact(transaction: Transaction, withinMs: number): Promise<RecipientResult[]> {
    const { account, recipients, identity, mail } = transaction;
    this.#dialogue.begin();
    this.#committed = false;
    this.transactions += 1;
    const deadline = this.#endAfter(withinMs);
    let begun = false;
    const identityBytes = renderIdentity(identity);
    const sizeBytes = identityBytes.length + mail.sizeBytes;
    const stream = makeMailStream(
      identityBytes,
      mail,
      () => {
        if (!this.isOpen || !transaction.pointOfNoReturn()) return false;
        // POINT OF NO RETURN. From here on the server may have the whole message, whatever becomes of the connection:
        // nothing may try it again on its own, only the server's answer says that it was not taken.
        this.#committed = true;
        clearTimeout(deadline);
        this.#dataGoesOut = false;
        this.#watch();
        return true;
      },
      () => {
        begun = true;
        this.#dataGoesOut = true;
        this.#watch();
      },
    );
    // The size is announced (RFC 1870) so that the server can refuse before the data, but only what it says it takes:
    // above that nodemailer would refuse by itself, and there would be no reply to go by.
    const size = sizeBytes <= announcedLimit(this.capabilities) ? { size: sizeBytes } : {};
    const envelope = { from: account, to: [...recipients], ...size };
    let error = await this.#step((done) => this.#connection.send(envelope, stream, done));
    clearTimeout(deadline);
    this.#dataGoesOut = false;
    const { record } = this.#dialogue;
    if (error === null && record.end !== null && isPositive(record.end) && !this.#committed) {
      error = new Error('the server answered before the end of the data');
    }
    const failure = this.#failed(error ?? new Error('the server did not answer'));
    if (!this.#committed) {
      stream.on('error', ignore);
      stream.destroy();
      // Data that was begun and not ended: the connection can carry nothing else, and must not end it.
      if (begun) this.#close(error ?? new Error('the data was not ended'));
    }
    return judgeTransaction(record, recipients.length, this.#committed, failure);
  }

  /** Makes ready for the next transaction after one that was refused. False: the connection is over. */
  async reset(): Promise<boolean> {
    const { mail, end } = this.#dialogue.record;
    if (this.isOpen && mail !== null && !(end !== null && isPositive(end))) {
      const error = await this.#step((done) => this.#connection.reset(done));
      if (error !== null) this.#close(error);
    }
    return this.isOpen;
  }

  /** Takes leave and closes. */
  async quit(): Promise<void> {
    if (this.isOpen) {
      await this.#step((done) => {
        const timer = setTimeout(done, QUIT_MS);
        this.#connection.once('end', () => clearTimeout(timer));
        this.#connection.quit();
      });
    }
    this.#close(new Error('the connection was closed'));
  }

  #endAfter(withinMs: number): NodeJS.Timeout {
    const error = `not sent within ${inSeconds(this.#timeouts.transactionMs)}`;
    return setTimeout(() => this.#close(new Error(error)), withinMs);
  }

  /** Runs until `done` is called, the connection ends or a time is over. null: it went well. */
  #step(start: (done: Done) => void): Promise<Error | null> {
    if (this.#end !== null) return Promise.resolve(this.#end);
    return new Promise((resolve) => {
      const settle = (error: Error | null): void => {
        this.#settle = null;
        clearTimeout(this.#timer);
        resolve(error);
      };
      this.#settle = settle;
      this.#watch();
      start((error) => {
        if (this.#settle === settle) settle(error ?? null);
      });
    });
  }

  /** Starts the time of what is waited for now. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#settle === null || !this.isOpen) return;
    const { greetingMs, replyMs, dataMs } = this.#timeouts;
    const { awaits } = this.#dialogue;
    let withinMs = replyMs;
    let what = awaits === null ? 'end of the TLS handshake' : AWAITED[awaits];
    if (awaits === 'connect') withinMs = greetingMs;
    else if (this.#dataGoesOut) what = 'more of the data taken';
    else if (awaits === 'end-of-data') withinMs = dataMs;
    this.#timer = setTimeout(() => {
      this.#close(new Error(`no ${what} within ${inSeconds(withinMs)}`));
    }, withinMs);
  }

  #close(error: Error): void {
    if (this.#end !== null) return;
    this.#end = error;
    this.#settle?.(error);
    this.#connection.close();
    this.#socket.destroy();
    this.#onEnd();
  }

  #failed(error: Error): TransportFailure {
    return failureOf(error, this.#dialogue, this.#committed);
  }
}

function ignore(): void {}

function announcedLimit(capabilities: readonly string[]): number {
  const limit = capabilities.map((line) => /^SIZE (\d+)$/.exec(line)?.[1]).find((text) => text !== undefined);
  return limit === undefined || Number(limit) === 0 ? Infinity : Number(limit);
}
