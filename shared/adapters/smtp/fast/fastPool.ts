/**
 * The connections of one account, several transactions on each.
 *
 * Transactions wait in one queue (first come, first served), not on a connection: what is not begun when a connection dies
 * has lost nothing. A connection that can begin another takes the first; while more wait than connections are being
 * opened, and there are fewer than `connections`, another is opened. One that cannot be opened fails the first that waits.
 *
 * accountPool.ts is not used: there a connection carries one transaction, and is a place in the queue.
 */
import type {
  Credential,
  StageTime,
  Transaction,
  TransactionResult,
  TransportFailure,
} from '../../../ports.ts';
import { inSeconds } from '../describeError.ts';
import { CLOSED, gaveUp, nothingSent } from '../notSent.ts';
import type { Opened } from '../opened.ts';
import { isSameCredential } from '../sameCredential.ts';
import type { SmtpTimeouts } from '../smtpTimeouts.ts';
import type { AccountConnections } from '../transportByAccount.ts';
import { unfitAddress } from './commands.ts';
import type { FastSession } from './fastSession.ts';

export interface FastPoolOptions {
  readonly open: (credential: Credential, withinMs: number) => Promise<Opened<FastSession>>;
  /** At most so many connections at once. */
  readonly connections: number;
  readonly timeouts: SmtpTimeouts;
}

interface LoggedIn {
  readonly session: FastSession;
  /** What it is logged in with. */
  readonly credential: Credential;
  /** How long it took to open, told with its first transaction's stages and then no more. */
  opening: readonly StageTime[];
}

interface Waiting {
  readonly transaction: Transaction;
  readonly endsAt: number;
  /** Ends the waiting; none where it does not come to that. */
  timer: NodeJS.Timeout | undefined;
  readonly settle: (result: TransactionResult | Promise<TransactionResult>) => void;
}

export class FastPool implements AccountConnections {
  readonly #options: FastPoolOptions;
  #limit: number;
  #waiting: Waiting[] = [];
  /** Those that are not over. The one used last is the last. */
  #sessions: readonly LoggedIn[] = [];
  #opening = 0;
  #isClosed = false;
  #onRest: (() => void)[] = [];

  constructor(options: FastPoolOptions) {
    this.#options = options;
    this.#limit = options.connections;
  }

  setConnections(connections: number): void {
    this.#limit = Math.max(1, Math.floor(connections));
    const staying = this.#sessions.map(({ session }) => session).filter(({ isLeaving }) => !isLeaving);
    // The idle ones first, and of these the one used longest ago.
    staying.sort((one, other) => one.inFlight - other.inFlight);
    for (const session of staying.slice(0, Math.max(staying.length - this.#limit, 0))) session.leave();
    this.#next();
  }

  send(transaction: Transaction): Promise<TransactionResult> {
    if (this.#isClosed) return Promise.resolve(nothingSent(transaction, gaveUp(CLOSED)));
    const unfit = unfitAddress([transaction.account, ...transaction.recipients]);
    if (unfit !== null) {
      const error = `the address ${JSON.stringify(unfit)} cannot stand in an SMTP command`;
      const failure: TransportFailure = { stage: 'mail', reply: null, error, givenUp: false };
      return Promise.resolve(nothingSent(transaction, failure));
    }
    const { transactionMs } = this.#options.timeouts;
    return new Promise((settle) => {
      const waiting: Waiting = {
        transaction,
        endsAt: performance.now() + transactionMs,
        timer: undefined,
        settle,
      };
      this.#waiting.push(waiting);
      this.#next();
      if (!this.#waiting.includes(waiting)) return;
      waiting.timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        settle(nothingSent(transaction, gaveUp(`no free connection within ${inSeconds(transactionMs)}`)));
      }, transactionMs);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { transaction, timer, settle } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      settle(nothingSent(transaction, gaveUp(CLOSED)));
    }
    for (const { session } of this.#sessions) session.leave();
    if (this.#opening + this.#sessions.length > 0) {
      await new Promise<void>((resolve) => this.#onRest.push(resolve));
    }
  }

  /** Hands out what can begin, opens what is missing. */
  #next(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const loggedIn = this.#sessionFor(first.transaction.credential);
      if (loggedIn === null) break;
      this.#waiting.shift();
      this.#begin(first, loggedIn);
    }
    while (
      this.#waiting.length > this.#opening &&
      this.#opening + this.#sessions.length < this.#limit &&
      !this.#isClosed
    ) {
      void this.#open(this.#waiting[this.#opening]!.transaction.credential);
    }
    if (this.#isClosed && this.#opening + this.#sessions.length === 0) {
      for (const resolve of this.#onRest.splice(0)) resolve();
    }
  }

  /** An idle one if there is, else the one with the fewest in flight. Those of another credential leave: the secret has changed. */
  #sessionFor(credential: Credential): LoggedIn | null {
    let best: LoggedIn | null = null;
    for (const loggedIn of this.#sessions) {
      const { session } = loggedIn;
      if (!isSameCredential(loggedIn.credential, credential)) session.leave();
      else if (session.canBegin && (best === null || session.inFlight <= best.session.inFlight)) {
        best = loggedIn;
      }
    }
    return best;
  }

  #begin({ transaction, endsAt, timer, settle }: Waiting, loggedIn: LoggedIn): void {
    clearTimeout(timer);
    this.#sessions = [...this.#sessions.filter((other) => other !== loggedIn), loggedIn];
    const carried = loggedIn.session.carry(transaction, endsAt);
    const { opening } = loggedIn;
    loggedIn.opening = [];
    if (opening.length === 0) settle(carried);
    else
      settle(
        carried.then(({ recipients, stages = [] }) => ({ recipients, stages: [...opening, ...stages] })),
      );
  }

  async #open(credential: Credential): Promise<void> {
    this.#opening += 1;
    const opened = await this.#options.open(credential, this.#options.timeouts.transactionMs);
    this.#opening -= 1;
    if (opened.ok) {
      const { session, stages } = opened;
      this.#sessions = [...this.#sessions, { session, credential, opening: stages }];
      session.onChange = () => {
        if (session.isOver) this.#forget(session);
        this.#next();
      };
      if (this.#isClosed || this.#sessions.length > this.#limit) session.leave();
      if (session.isOver) this.#forget(session);
    } else {
      const at = this.#waiting.findIndex(({ transaction }) =>
        isSameCredential(transaction.credential, credential),
      );
      const [failed] = at === -1 ? [] : this.#waiting.splice(at, 1);
      if (failed !== undefined) {
        clearTimeout(failed.timer);
        failed.settle(nothingSent(failed.transaction, opened.failure, opened.stages));
      }
    }
    this.#next();
  }

  #forget(session: FastSession): void {
    this.#sessions = this.#sessions.filter((loggedIn) => loggedIn.session !== session);
  }
}
