import type { Reply } from '../../../core/reply.ts';
import { isGoAhead, isPositive, type Step, type TransactionRecord } from '../smtpDialogue.ts';
import { isOutOfPlace } from './steps.ts';

/** What the server has answered to one transaction so far. */
export class Answers implements TransactionRecord {
  mail: Reply | null = null;
  readonly recipients: Reply[] = [];
  data: Reply | null = null;
  end: Reply | null = null;
  #wasReset = false;

  /** False: it makes no sense here, or contradicts what was said before. None of these answers is worth anything then. */
  note(step: Step, reply: Reply): boolean {
    if (isOutOfPlace(step, reply, this.data !== null)) return false;
    switch (step) {
      case 'reset':
        this.#wasReset = true;
        return isPositive(reply);
      case 'mail':
        this.#wasReset = false;
        this.mail = reply;
        return true;
      case 'rcpt':
        this.recipients.push(reply);
        return true;
      case 'data':
        this.data = reply;
        return true;
      case 'end-of-data':
        this.end = reply;
        // It refused the sender, then takes a mail: for whom, nobody knows.
        return !(isPositive(reply) && this.isMailRefused && this.recipients.some(isPositive));
      case 'dns':
      case 'connect':
      case 'tls':
      case 'ehlo':
      case 'auth':
      case 'quit':
        throw new Error(`no transaction has a step ${step}`);
    }
  }

  /** The server took somebody. */
  get hasRecipients(): boolean {
    return this.mail !== null && isPositive(this.mail) && this.recipients.some(isPositive);
  }

  get isMailRefused(): boolean {
    return this.mail !== null && !isPositive(this.mail);
  }

  get isDataRefused(): boolean {
    return this.data !== null && !isGoAhead(this.data);
  }

  get wasTaken(): boolean {
    return this.end !== null && isPositive(this.end);
  }

  /** The server's session is as if the transaction had not been: the next one needs no RSET. */
  get isClean(): boolean {
    return this.#wasReset || this.wasTaken;
  }
}
