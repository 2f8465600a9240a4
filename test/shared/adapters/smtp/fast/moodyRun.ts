import { duplexPair } from 'node:stream';
import { mailOf } from '../../../../contracts/mailTransport/mailOf.ts';
import { FastPool } from '../../../../../shared/adapters/smtp/fast/fastPool.ts';
import { chooseDialogue, type Dialogue } from '../../../../../shared/adapters/smtp/fast/dialogues.ts';
import { FastSession } from '../../../../../shared/adapters/smtp/fast/fastSession.ts';
import { SmtpLine } from '../../../../../shared/adapters/smtp/fast/smtpLine.ts';
import type { Opened } from '../../../../../shared/adapters/smtp/opened.ts';
import { renderIdentity } from '../../../../../shared/adapters/smtp/renderIdentity.ts';
import type {
  Credential,
  RecipientResult,
  Transaction,
  TransportFailure,
} from '../../../../../shared/ports.ts';
import { serveMoodily, type Mood, type Record } from './moodyServer.ts';

export interface PlannedMail {
  readonly recipients: readonly string[];
  readonly bodyBytes: number;
  readonly mayEnd: boolean;
  /** Waits for the result of the one before. */
  readonly waits: boolean;
}

export interface Plan {
  readonly extensions: { readonly pipelining: boolean; readonly chunking: boolean };
  readonly window: number;
  readonly connections: number;
  /** Of each connection, in the order they are opened; null: it cannot be opened. After the last all is well. */
  readonly moods: readonly (Mood | null)[];
  readonly mails: readonly PlannedMail[];
}

/** A transaction as it went, as the client tells it. */
export interface Told {
  readonly transaction: Transaction;
  /** With its identity before it. */
  readonly content: string;
  readonly sizeBytes: number;
  readonly results: readonly RecipientResult[];
  /** What pointOfNoReturn was asked and answered. */
  readonly asked: readonly boolean[];
}

export interface Run {
  readonly told: readonly Told[];
  readonly server: Record;
}

const GOOD_MOOD: Mood = { mishaps: new Map(), pieceBytes: [1000], lagTurns: 0, takesDataForNobody: false };
const CREDENTIAL: Credential = { kind: 'password', password: 'x' };
const NOT_OPENED: TransportFailure = { stage: 'connect', reply: null, error: 'not opened', givenUp: false };
/** None of them is ever waited for: a moody server that says no more ends its connection. */
const TIMEOUTS = {
  connectMs: 60_000,
  greetingMs: 60_000,
  replyMs: 60_000,
  dataMs: 60_000,
  transactionMs: 60_000,
  idleMs: 60_000,
};

/** Sends the mails of a plan over moody servers. `choose`: the dialogue, for a test that wants a wrong one. */
export async function runPlan(
  plan: Plan,
  choose: (plan: Plan) => Dialogue = ({ extensions, window }) =>
    chooseDialogue({ ...extensions, lines: [], sizeLimitBytes: Infinity }, window),
): Promise<Run> {
  const server: Record = { said: [], ended: [], taken: [] };
  let opened = 0;
  const open = async (): Promise<Opened<FastSession>> => {
    const mood = opened < plan.moods.length ? plan.moods[opened]! : GOOD_MOOD;
    opened += 1;
    // As a handshake would: never within the same turn.
    await new Promise(setImmediate);
    if (mood === null) return { ok: false, failure: NOT_OPENED, stages: [] };
    const [ours, theirs] = duplexPair();
    serveMoodily(theirs, mood, server);
    const capabilities = { ...plan.extensions, lines: [], sizeLimitBytes: Infinity };
    const session = new FastSession({
      line: new SmtpLine(ours),
      capabilities,
      dialogue: choose(plan),
      timeouts: TIMEOUTS,
      lifeMs: 60_000,
    });
    return { ok: true, session, stages: [] };
  };
  const pool = new FastPool({ open, connections: plan.connections, timeouts: TIMEOUTS });
  const told: Promise<Told>[] = [];
  for (const [index, mail] of plan.mails.entries()) {
    if (mail.waits) await told.at(-1);
    told.push(sendOne(pool, mail, index));
  }
  const run = { told: await Promise.all(told), server };
  await pool.close();
  return run;
}

async function sendOne(pool: FastPool, mail: PlannedMail, index: number): Promise<Told> {
  const identity = { messageId: `<${index}@contoso.com>`, dateMs: 0 };
  // Dots where they hurt, and a length of its own: that is how the server tells one from another.
  const body = '.\r\n..\r\n.'.padEnd(mail.bodyBytes + index, `${'x'.repeat(70)}\r\n.`).concat('\r\n');
  const asked: boolean[] = [];
  const transaction: Transaction = {
    account: 'hve@contoso.com',
    credential: CREDENTIAL,
    recipients: mail.recipients.map((name) => `${name}.${index}@contoso.com`),
    identity,
    mail: mailOf(Buffer.from(body)),
    pointOfNoReturn: () => {
      asked.push(mail.mayEnd);
      return mail.mayEnd;
    },
  };
  const content = renderIdentity(identity).toString('latin1') + body;
  const { recipients: results } = await pool.send(transaction);
  return { transaction, content, sizeBytes: content.length, results, asked };
}
