/**
 * What was said on one connection, command by command: which reply belongs to which, and which is still to come. It is
 * fed from nodemailer's transaction log (`transactionLog`, a documented option that hides secrets), since nodemailer's
 * errors do not tell at which command a connection was lost, and with PIPELINING several are under way at once.
 */
import { parseReply } from '../../core/parseReply.ts';
import type { Reply, SmtpStage } from '../../core/reply.ts';
import type { StageTime } from '../../ports.ts';

/** A stage of the dialogue, or one of the commands that belong to no transaction. */
export type Step = SmtpStage | 'reset' | 'quit';

/** The replies of one transaction. `recipients` in the order of the RCPT commands, as far as they were answered. */
export interface TransactionRecord {
  readonly mail: Reply | null;
  readonly recipients: readonly Reply[];
  readonly data: Reply | null;
  readonly end: Reply | null;
}

export interface Dialogue {
  /** A command goes out. */
  sent(line: string): void;
  /** A reply, all its lines, came in. */
  received(text: string): void;
  /** A new transaction begins: its record is empty. */
  begin(): void;
  readonly record: TransactionRecord;
  /** What the server must answer next; null: nothing was asked (the TLS handshake, or nothing to do). */
  readonly awaits: Step | null;
  /** Where the dialogue stands. */
  readonly stage: SmtpStage;
  readonly last: { readonly stage: SmtpStage; readonly reply: Reply } | null;
  /** What the server last answered to EHLO, without the codes. */
  readonly capabilities: readonly string[];
  /** How long was waited for the answers so far, of all commands of a stage together; since the transaction began, if one has. */
  readonly times: readonly StageTime[];
}

const VERBS: readonly (readonly [RegExp, Step])[] = [
  [/^(EHLO|HELO) /, 'ehlo'],
  [/^STARTTLS$/, 'tls'],
  [/^MAIL FROM:/, 'mail'],
  [/^RCPT TO:/, 'rcpt'],
  [/^DATA$/, 'data'],
  // Sent as a command only where a server takes DATA although it refused every recipient.
  [/^\.$/, 'end-of-data'],
  [/^RSET$/, 'reset'],
  [/^QUIT$/, 'quit'],
];

const NOTHING_SAID: TransactionRecord = { mail: null, recipients: [], data: null, end: null };

/** `onChange` is called after each command and each reply. */
export function makeDialogue(onChange: () => void): Dialogue {
  const pending: Step[] = ['connect'];
  let times = new Map<SmtpStage, number>();
  /** Since the last command or reply: with PIPELINING a stage begins where the one before it was answered. */
  let since = performance.now();
  let standing: SmtpStage = 'connect';
  let record = NOTHING_SAID;
  let last: Dialogue['last'] = null;
  let capabilities: readonly string[] = [];

  function addTime(stage: SmtpStage): void {
    times.set(stage, (times.get(stage) ?? 0) + performance.now() - since);
  }

  function note(step: Step, reply: Reply, text: string): void {
    switch (step) {
      case 'ehlo':
        if (isPositive(reply)) capabilities = capabilitiesOf(text);
        return;
      case 'mail':
        record = { ...record, mail: reply };
        return;
      case 'rcpt':
        record = { ...record, recipients: [...record.recipients, reply] };
        return;
      case 'data':
        record = { ...record, data: reply };
        if (mayGoOut(record)) pending.push('end-of-data');
        return;
      case 'end-of-data':
        record = { ...record, end: reply };
        return;
      case 'dns':
      case 'connect':
      case 'tls':
      case 'auth':
      case 'reset':
      case 'quit':
        return;
    }
  }

  return {
    sent: (line) => {
      // The TLS handshake lies between the answer to STARTTLS and the next command.
      if (pending.length === 0 && last?.stage === 'tls') addTime('tls');
      if (pending.length === 0) since = performance.now();
      // Whatever else goes out is part of a login: names, passwords and tokens in base64, or nothing.
      const step = VERBS.find(([verb]) => verb.test(line))?.[1] ?? 'auth';
      pending.push(step);
      standing = stageOf(step);
      onChange();
    },
    received: (text) => {
      const step = pending.shift();
      const reply = parseReply(text);
      if (step !== undefined && step !== 'reset' && step !== 'quit') addTime(step);
      since = performance.now();
      last = { stage: step === undefined ? standing : stageOf(step), reply };
      if (step !== undefined) note(step, reply, text);
      onChange();
    },
    begin: () => {
      record = NOTHING_SAID;
      standing = 'mail';
      times = new Map();
    },
    get record() {
      return record;
    },
    get awaits() {
      return pending[0] ?? null;
    },
    get stage() {
      return pending[0] === undefined ? standing : stageOf(pending[0]);
    },
    get last() {
      return last;
    },
    get capabilities() {
      return capabilities;
    },
    get times() {
      return [...times].map(([stage, ms]) => ({ stage, ms }));
    },
  };
}

export function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

/** As nodemailer takes it: 354, and some servers say 250. */
export function isGoAhead(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 400;
}

function mayGoOut({ mail, recipients, data }: TransactionRecord): boolean {
  return mail !== null && isPositive(mail) && recipients.some(isPositive) && data !== null && isGoAhead(data);
}

function stageOf(step: Step): SmtpStage {
  return step === 'reset' || step === 'quit' ? 'mail' : step;
}

/** The first line is the server's name. */
function capabilitiesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/).slice(1);
  return lines.map((line) => line.slice('250-'.length).trim().toUpperCase()).filter((line) => line !== '');
}
