/**
 * The plain sample, the peer of `npm run bench -- e2e`: a queue function as good people write it in an afternoon, from the pages of
 * Azure Functions, Key Vault, Table Storage and nodemailer. Its clients are made once, its counter is right on many
 * instances at once, a full day sends the message back to the queue. Same packages as the app's.
 *
 * It is not the product, since it lacks whatever that afternoon has no time for: a message that is delivered again is sent
 * again; what it counted stays counted if SMTP then fails; nobody can ask what became of a message, and of refused
 * recipients only the log knows; a throttled account is tried again at once; no second account, no split above 50
 * recipients, no order among those that wait, no dead letter with its reason.
 */
import { app } from '@azure/functions';
import type { InvocationContext } from '@azure/functions';
import { RestError, TableClient } from '@azure/data-tables';
import { DefaultAzureCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { QueueClient } from '@azure/storage-queue';
import nodemailer from 'nodemailer';
import { setTimeout as pause } from 'node:timers/promises';

interface MailMessage {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

interface Counter {
  readonly recipients: number;
}

const storage = setting('HVE_STORAGE');
const queueName = 'mail-outbox';
const account = setting('SAMPLE_ACCOUNT');
const recipientsPerDay = Number(setting('HVE_LIMIT_RECIPIENTS_PER_DAY'));

const counters = TableClient.fromConnectionString(storage, setting('SAMPLE_TABLE'), {
  allowInsecureConnection: true,
});
const secrets = new SecretClient(setting('HVE_KEY_VAULT_URI'), new DefaultAzureCredential(), {
  // The stand-in for Key Vault has no host below vault.azure.net.
  disableChallengeResourceVerification: true,
});

/** As many as the counter's row has at once, and some. */
const COUNT_TRIES = 20;
const COUNT_AGAIN_MS = 10;
const COUNT_AGAIN_AT_MOST_MS = 200;
const CONFLICT = 409;
const CHANGED = 412;

app.storageQueue('sendMail', { queueName, connection: 'HVE_STORAGE', handler: sendMail });

async function sendMail(item: unknown, context: InvocationContext): Promise<void> {
  const message = item as MailMessage;
  if (!(await countRecipients(message.to.length))) {
    context.log('the limit of the day is reached; the message waits for tomorrow');
    const queue = new QueueClient(storage, queueName);
    await queue.sendMessage(JSON.stringify(message), { visibilityTimeout: secondsToMidnight() });
    return;
  }
  const { value: password } = await secrets.getSecret(setting('SAMPLE_SECRET'));
  const transport = nodemailer.createTransport({
    host: setting('HVE_SMTP_HOST'),
    port: Number(setting('HVE_SMTP_PORT')),
    secure: false,
    requireTLS: true,
    authMethod: 'LOGIN',
    auth: { user: account, pass: password ?? '' },
  });
  try {
    const { rejected } = await transport.sendMail({ from: account, ...message, to: [...message.to] });
    if (rejected.length > 0) context.warn(`${rejected.length} recipients were refused`);
  } finally {
    transport.close();
  }
}

/** Adds to the day's counter, unless that would exceed the limit. Whoever was slower reads again. */
async function countRecipients(count: number): Promise<boolean> {
  const day = new Date().toISOString().slice(0, 10);
  for (let tries = 0; tries < COUNT_TRIES; tries++) {
    try {
      const counter = await readCounter(day);
      const recipients = (counter?.recipients ?? 0) + count;
      if (recipients > recipientsPerDay) return false;
      const row = { partitionKey: 'day', rowKey: day, recipients };
      if (counter === null) await counters.createEntity(row);
      else await counters.updateEntity(row, 'Replace', { etag: counter.etag });
      return true;
    } catch (error) {
      if (!(error instanceof RestError) || (error.statusCode !== CHANGED && error.statusCode !== CONFLICT)) {
        throw error;
      }
      await pause(Math.random() * Math.min(COUNT_AGAIN_MS * 2 ** tries, COUNT_AGAIN_AT_MOST_MS));
    }
  }
  throw new Error('the counter of the day is too busy; the message comes again');
}

async function readCounter(day: string): Promise<(Counter & { readonly etag: string }) | null> {
  try {
    return await counters.getEntity<Counter>('day', day);
  } catch (error) {
    if (error instanceof RestError && error.statusCode === 404) return null;
    throw error;
  }
}

function secondsToMidnight(): number {
  const now = new Date();
  return Math.ceil(
    (Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) - now.getTime()) / 1000,
  );
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`the setting ${name} is missing`);
  return value;
}
