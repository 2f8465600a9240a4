/** What the API answers about messages, as schemas. */
import { z } from 'zod';
import {
  count,
  cursor,
  instant,
  instantOrNull,
  messageId,
  status,
  text,
  textOrNull,
  word,
} from './answerFields.ts';
import { problemItem } from './problemAnswers.ts';

const counts = z
  .object({
    recipients: count('All of them.'),
    internal: count('In the accepted domains.'),
    external: count('Outside.'),
    accepted: count('Exchange took it for them (or it was captured).'),
    failed: count('Refused for good.'),
    unknown: count('The connection ended after the last byte; they may have it.'),
    waiting: count('No outcome yet.'),
    unknownSpends: count('How often a recipient counted against the limits with an unknown outcome.'),
  })
  .meta({ id: 'Counts', description: 'Recipients of a message.' });

export const accepted = z
  .object({ id: messageId, status })
  .meta({ id: 'Accepted', description: 'The message is recorded.' });

export const operation = z
  .object({ id: messageId, status, counts })
  .meta({ id: 'Operation', description: 'How a message stands, without an address.' });

const summaryFields = {
  id: messageId,
  status,
  app: text('The app that sent it.'),
  reference: textOrNull("The producer's own name for it."),
  idempotencyKey: textOrNull('Under which a repeat is recognised.'),
  from: text('The address it goes from, or the name of a pool.'),
  subject: text('The subject.'),
  priority: word(['critical', 'normal', 'bulk'], 'How urgent it is, bound by the rules of its app.'),
  tags: z.array(z.string()).meta({ description: 'Words to list messages by.' }),
  createdAt: instant('When it was accepted.'),
  updatedAt: instant('When its record changed last.'),
  nextAttemptAt: instantOrNull(
    'When it goes on by itself, where that is known: at its sendAt, at its next try, when the window of its quota turns, or when a probe finds out whether its trouble is over. Null while a person has paused it.',
  ),
  waitsFor: textOrNull(
    'The room it waits in: quota:tenant, quota:external, quota:account:A, quota:app:N, account:A, pool:P, external, tenant, time.',
  ),
  problems: z.array(problemItem).meta({ description: 'Why it was rejected; empty otherwise.' }),
  counts,
};

const messageSummary = z
  .object(summaryFields)
  .meta({ id: 'MessageSummary', description: 'A message in a list.' });

const recipientOutcome = z
  .object({
    address: text('The recipient; `erased-1` and so on where the address was erased.'),
    kind: word(['internal', 'external'], 'By the accepted domains.'),
    delivery: count('The delivery it belongs to.'),
    status: word(['waiting', 'accepted', 'failed', 'unknown', 'captured'], 'The last outcome.'),
    reply: textOrNull("The server's reply."),
    cause: textOrNull('What it means.'),
    remedy: textOrNull('Who must act, and how.'),
    at: instantOrNull('When that was.'),
  })
  .meta({ id: 'RecipientOutcome', description: 'What became of one recipient.' });

const attempt = z
  .object({
    attempt: count('Its number.'),
    at: instant('When it was claimed.'),
    account: text('The sender account.'),
    accepted: count('Recipients.'),
    refused: count('Recipients.'),
    unknown: count('Recipients.'),
  })
  .meta({ id: 'Attempt', description: 'One try to send a delivery; the last ten are kept.' });

const delivery = z
  .object({
    delivery: count('Its number: 0 where the message is not split, else from 1.'),
    status,
    account: text('The sender account or pool.'),
    messageId: textOrNull('The Message-ID it went under last; null before the first attempt.'),
    attempts: z.array(attempt),
  })
  .meta({ id: 'Delivery', description: 'The part of a message that goes in one SMTP transaction.' });

export const message = z
  .object({
    ...summaryFields,
    contentRemovedAt: instantOrNull(
      'Since when its content is no longer kept: it can be read and redriven no more.',
    ),
    recipients: z.array(recipientOutcome),
    deliveries: z.array(delivery),
  })
  .meta({ id: 'MessageRecord', description: 'All that is recorded of a message.' });

export const messagePage = z
  .object({ items: z.array(messageSummary), cursor })
  .meta({ id: 'MessagePage', description: 'Messages, the newest first.' });

export const erasure = z
  .object({
    erased: count('Messages and dead letters that the address was erased from since it was asked for.'),
    pending: count('Those known to have it that are not final yet, or only just: they follow by themselves.'),
    complete: z.boolean().meta({
      description: 'All that was recorded before the request was looked through, and nothing is left.',
    }),
  })
  .meta({ id: 'Erasure', description: 'How far the erasing of an address is.' });

export const cancellation = z
  .object({
    id: messageId,
    stopped: count('Deliveries that never go.'),
    onTheirWay: count('Deliveries that were being sent, and are not tried again.'),
  })
  .meta({ id: 'Cancellation' });

export const going = z
  .object({ id: messageId, deliveries: count('Deliveries that go on.') })
  .meta({ id: 'Going', description: 'What goes on.' });
