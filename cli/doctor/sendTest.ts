/** A mail to somebody who can look whether it came, through all of it. */
import { randomBytes } from 'node:crypto';
import { acceptedSchema, messageSchema, type Check } from '../answers.ts';
import type { Api } from '../api.ts';
import { CliError } from '../cliError.ts';
import type { Call } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { exitCodeOfStatus, isOver } from '../outcome.ts';
import { waitWords } from '../waitWords.ts';
import { watchMessage } from '../watchMessage.ts';
import { fine, wrong } from './findings.ts';

const NAME = 'test mail';
const WAIT_MS = 120_000;
const REFERENCE_BYTES = 4;

export async function sendTest(call: Call, api: Api, address: string): Promise<Check> {
  const reference = `hve doctor ${randomBytes(REFERENCE_BYTES).toString('hex')}`;
  const message = {
    to: address,
    subject: `Test of hve-mailer (${reference})`,
    text: `hve doctor sent this to see whether mail goes. Nothing needs to be done.\n\nReference: ${reference}\n`,
    reference,
    headers: { 'Auto-Submitted': 'auto-generated' },
    // Waiting for the quota would say nothing about whether mail goes.
    onQuota: 'reject',
    priority: 'critical',
  };
  const seconds = call.number('timeout', 1);
  try {
    const { body } = await api.call({ method: 'POST', path: 'messages', body: message });
    const { id } = acceptedSchema.parse(body);
    const { status } = await watchMessage(api, id, seconds === null ? WAIT_MS : seconds * 1000, call);
    return exitCodeOfStatus(status) === EXIT.ok
      ? fine(NAME, `${status} to ${address} (${id}): look whether it is in the inbox, or among the junk`)
      : await explain(api, id, status);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return wrong(NAME, 'failing', {
      cause: error.lines.join(' '),
      remedy: 'mend what the checks above name, or the address',
    });
  }
}

async function explain(api: Api, id: string, status: string): Promise<Check> {
  const { body } = await api.ask({ method: 'GET', path: `messages/${encodeURIComponent(id)}` });
  const parsed = messageSchema.safeParse(body);
  const message = parsed.success ? parsed.data : null;
  const recipient = message?.recipients.find(({ cause }) => cause !== null) ?? null;
  const wait = message === null ? null : waitWords(message);
  const waits = wait === null ? '' : `, waits for ${wait}`;
  return wrong(NAME, isOver(status) ? 'failing' : 'degraded', {
    cause: `${id} is ${status}${waits}${recipient === null ? '' : `: ${recipient.cause} (${recipient.reply ?? 'no reply'})`}`,
    remedy:
      recipient?.remedy ??
      (isOver(status) ? 'look at the message' : 'mend what the checks above name; it then goes by itself'),
    command: `hve message ${id}`,
  });
}
