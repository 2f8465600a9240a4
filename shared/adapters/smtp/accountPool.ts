import type { Credential, Transaction, TransactionResult } from '../../ports.ts';
import { inSeconds } from './describeError.ts';
import { CLOSED, gaveUp, nothingSent } from './notSent.ts';
import type { Opened } from './opened.ts';
import { isSameCredential } from './sameCredential.ts';
import type { SmtpSession } from './smtpSession.ts';
import type { SmtpTimeouts } from './smtpTimeouts.ts';
import type { AccountConnections } from './transportByAccount.ts';

export interface AccountPoolOptions {
  /** `onEnd`: the connection is over. */
  readonly open: (
    credential: Credential,
    withinMs: number,
    onEnd: (session: SmtpSession) => void,
  ) => Promise<Opened<SmtpSession>>;
  /** At most so many connections at once. */
  readonly connections: number;
  readonly timeouts: SmtpTimeouts;
}

interface Idle {
  readonly session: SmtpSession;
  readonly credential: Credential;
  readonly timer: NodeJS.Timeout;
}

/** A fresh connection now and then: the host's name has many servers behind it. */
const TRANSACTIONS_PER_CONNECTION = 100;

/**
 * The connections of one account.
 *
 * A transaction waits for one of `connections` places (first come, first served), takes an idle connection that is
 * logged in with its credential or opens one, and gives it back. Connections with another credential are closed then:
 * the secret has changed. At any time busy + idle <= connections.
 */
export class AccountPool implements AccountConnections {
  readonly #options: AccountPoolOptions;
  #limit: number;
  #busy = 0;
  #idle: Idle[] = [];
  #waiting: ((place: boolean) => void)[] = [];
  #closed = false;
  #onRest: (() => void)[] = [];

  constructor(options: AccountPoolOptions) {
    this.#options = options;
    this.#limit = options.connections;
  }

  setConnections(connections: number): void {
    this.#limit = Math.max(1, Math.floor(connections));
    while (this.#idle.length > 0 && this.#busy + this.#idle.length > this.#limit) this.#endOldest();
    this.#next();
  }

  async send(transaction: Transaction): Promise<TransactionResult> {
    const { transactionMs } = this.#options.timeouts;
    const endsAt = performance.now() + transactionMs;
    const leftMs = (): number => Math.max(endsAt - performance.now(), 0);
    if (!(await this.#takePlace(transactionMs))) {
      const error = this.#closed ? CLOSED : `no free connection within ${inSeconds(transactionMs)}`;
      return nothingSent(transaction, gaveUp(error));
    }
    let session: SmtpSession | null = null;
    try {
      const opened = await this.#sessionFor(transaction.credential, leftMs());
      if (!opened.ok) return nothingSent(transaction, opened.failure, opened.stages);
      session = opened.session;
      const recipients = await session.transact(transaction, leftMs());
      return { recipients, stages: [...opened.stages, ...session.times] };
    } finally {
      void this.#giveBack(session, transaction.credential);
    }
  }

  /** Refuses who waits, lets who sends finish, then resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake(false);
    const leaving = this.#idle.splice(0).map(({ session, timer }) => {
      clearTimeout(timer);
      return session.quit();
    });
    await Promise.all(leaving);
    if (this.#busy > 0) await new Promise<void>((resolve) => this.#onRest.push(resolve));
  }

  #takePlace(withinMs: number): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = (place: boolean): void => {
        clearTimeout(timer);
        resolve(place);
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== wake);
        resolve(false);
      }, withinMs);
      this.#waiting.push(wake);
      this.#next();
    });
  }

  #next(): void {
    while (this.#busy < this.#limit) {
      const wake = this.#waiting.shift();
      if (wake === undefined) return;
      this.#busy += 1;
      wake(true);
    }
  }

  async #sessionFor(credential: Credential, withinMs: number): Promise<Opened<SmtpSession>> {
    while (this.#idle.some((idle) => !isSameCredential(idle.credential, credential))) {
      this.#end(this.#idle.find((idle) => !isSameCredential(idle.credential, credential)));
    }
    // The one used last: the others may grow old and go.
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      clearTimeout(idle.timer);
      return { ok: true, session: idle.session, stages: [] };
    }
    return this.#options.open(credential, withinMs, (session) => this.#forget(session));
  }

  async #giveBack(session: SmtpSession | null, credential: Credential): Promise<void> {
    const usable = session !== null && (await session.reset());
    this.#busy -= 1;
    if (session !== null && usable) {
      const mayStay = !this.#closed && this.#busy + this.#idle.length < this.#limit;
      if (mayStay && session.transactions < TRANSACTIONS_PER_CONNECTION) this.#keep(session, credential);
      else await session.quit();
    }
    this.#next();
    if (this.#busy === 0) for (const resolve of this.#onRest.splice(0)) resolve();
  }

  #keep(session: SmtpSession, credential: Credential): void {
    const idle: Idle = {
      session,
      credential,
      timer: setTimeout(() => this.#end(idle), this.#options.timeouts.idleMs),
    };
    this.#idle.push(idle);
  }

  #endOldest(): void {
    this.#end(this.#idle[0]);
  }

  #end(idle: Idle | undefined): void {
    if (idle === undefined) return;
    this.#forget(idle.session);
    void idle.session.quit();
  }

  #forget(session: SmtpSession): void {
    for (const idle of this.#idle) if (idle.session === session) clearTimeout(idle.timer);
    this.#idle = this.#idle.filter((idle) => idle.session !== session);
  }
}
