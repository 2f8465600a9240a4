/**
 * What the API answers, as schemas: the OpenAPI document is made of them, and a test of types holds each equal to the view
 * that a handler answers with. Those with an `id` are components of the document.
 */
import { z } from 'zod';
import { DEAD_LETTER_REASONS } from '../deadLetterView.ts';
import { STATUSES } from '../status.ts';

const text = (description: string) => z.string().meta({ description });
const textOrNull = (description: string) => z.string().nullable().meta({ description });
const count = (description: string) => z.int().min(0).meta({ description });
const countOrNull = (description: string) =>
  z
    .int()
    .min(0)
    .nullable()
    .meta({ description: `${description} Null: not noted.` });
const instant = (description: string) => z.string().meta({ format: 'date-time', description });
const instantOrNull = (description: string) =>
  z.string().nullable().meta({ format: 'date-time', description });
const day = (description: string) =>
  z.string().meta({ format: 'date', description, examples: ['2026-11-24'] });
const messageId = z.string().meta({
  description: 'The id of a message: 26 characters, sortable by time.',
  examples: ['01M89BK1XJ1ABV92TDFKW3XZEE'],
});
const word = (words: readonly string[], description: string) =>
  z.string().meta({ enum: [...words], description });

const status = z.enum(STATUSES).meta({
  id: 'Status',
  description:
    'queued and sending: on its way; scheduled: waits for its sendAt; deferred: waits in a room and goes on by itself; held: waits for a person; all others are final.',
});

const problemItem = z
  .object({
    pointer: text(
      'A JSON pointer (RFC 6901) into the body, or `/` and the name of a parameter; empty: the whole.',
    ),
    code: text('docs/message.md lists them; `invalid_parameter` for parameters and small bodies.'),
    detail: text('What was expected, what came, what to do.'),
  })
  .meta({ id: 'ProblemItem', description: 'One thing that is wrong.' });

/** RFC 9457. */
export const problemDetails = z
  .object({
    type: text('Always about:blank: `code` tells the kind.'),
    status: z.int().meta({ description: 'The HTTP status.' }),
    code: text('What kind of error; docs/api.md lists them.'),
    title: text('The kind in words.'),
    detail: text('What happened, to which message, what to do.'),
    errors: z.array(problemItem).meta({ description: 'Every single problem; may be empty.' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });

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
  nextAttemptAt: instantOrNull('When it goes on, where that is known.'),
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

const cursor = z.string().optional().meta({
  description:
    'Where the next page begins; it may come with fewer items than were asked for. Absent: this was the last.',
});

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

const failure = z
  .object({
    cause: text('Why.'),
    remedy: text('Who must act, and how.'),
    recipients: count('How many recipients it kept from the mail; 0: not known.'),
  })
  .meta({ id: 'Failure', description: 'A cause with what to do about it.' });

const deadLetterFields = {
  id: z.string().meta({
    description: 'The id of the dead letter: message, delivery, attempt; or a day and a key.',
    examples: ['01M89BK1XJ1ABV92TDFKW3XZEE.0.2'],
  }),
  messageId: textOrNull('Null: it is about a queue item that names no message.'),
  delivery: count('The delivery.'),
  attempt: count('The attempt by which it ended.'),
  app: textOrNull('The app; null where it is not known.'),
  subject: textOrNull('Of the message; null where nothing is recorded of it.'),
  day: day('The UTC day it is listed under.'),
  at: instant('When it was given up.'),
  reason: z.enum(DEAD_LETTER_REASONS).meta({ description: 'Why it was given up.' }),
  detail: text('The reason in words.'),
  lastReply: textOrNull("The server's last reply."),
  failures: z.array(failure).meta({ description: 'By cause, the most recipients first.' }),
};

const deadLetterSummary = z
  .object(deadLetterFields)
  .meta({ id: 'DeadLetterSummary', description: 'What was given up.' });

export const deadLetter = z
  .object({
    ...deadLetterFields,
    stale: z.boolean().meta({ description: 'The delivery has gone on since: nothing is left to do.' }),
    original: textOrNull('The original as it came, where no record has it.'),
    originalEncoding: z.enum(['utf8', 'base64']).nullable().meta({ description: 'Of `original`.' }),
  })
  .meta({ id: 'DeadLetter', description: 'A dead letter with its original.' });

export const deadLetterPage = z
  .object({ items: z.array(deadLetterSummary), cursor })
  .meta({ id: 'DeadLetterPage', description: 'Dead letters that count, the newest message first.' });

export const redriveReport = z
  .object({
    count: count('Deliveries that go on; with `dryRun`: dead letters that would be tried.'),
    dryRun: z.boolean(),
    skipped: z
      .array(z.object({ id: text('As it was asked for.'), code: text('Why.'), detail: text('In words.') }))
      .meta({ description: 'What was asked for and does not go on.' }),
    cursor: z.string().optional().meta({
      description: 'There may be more: the same request with this cursor goes on there.',
    }),
  })
  .meta({ id: 'RedriveReport' });

const byHour = (description: string) => z.array(z.int().min(0)).meta({ description });
const limit = z.number().nullable().meta({ description: 'Recipients; null: none.' });
const cost = z
  .object({
    currency: z.literal('USD'),
    amount: z.number().meta({ description: 'By the price of the profile.' }),
  })
  .meta({ id: 'Cost', description: 'What High Volume Email charges.' });
const scopeName = text('tenant, external, account:ADDRESS or app:NAME.');

export const usage = z
  .object({
    window: z.object({
      kind: z.enum(['calendar', 'rolling']),
      day: day('Today in the zone.'),
      timeZone: text('An IANA zone.'),
      startsAt: instant('When the first hour of `byHour` began.'),
      endsAt: instant("When something becomes free by itself: the day's end, or the current hour's."),
    }),
    scopes: z.array(
      z.object({
        scope: scopeName,
        limit,
        used: count('Recipients spent.'),
        leased: count('Recipients that instances hold and have not spent.'),
        remaining: z.number().nullable().meta({ description: 'What nobody holds; null: no limit.' }),
        waiting: count("Recipients in the scope's room."),
        byHour: byHour('`used` by the hours of the window, the current one last.'),
        forecast: z.object({
          reachedAt: instantOrNull('When the limit will be reached; null: not in this window.'),
        }),
      }),
    ),
    cost,
  })
  .meta({ id: 'Usage', description: 'The open window, by scope.' });

const pastDayFields = {
  day: day('In the zone.'),
  timeZone: text('The zone of the day.'),
  closedAt: instant('When the report was made.'),
  messages: count('Accepted on that day.'),
  accepted: count('Recipients who accepted.'),
  unknownSpends: count('Of spends whose outcome was unknown.'),
  cost,
};

export const closedDay = z
  .object({
    ...pastDayFields,
    byStatus: z.record(z.string(), z.number()).meta({ description: 'Messages by status.' }),
    scopes: z.array(
      z.object({
        scope: scopeName,
        limit,
        used: count('Recipients by the record.'),
        ledger: z
          .number()
          .nullable()
          .meta({ description: 'The same by the ledger; null: closed too late to compare.' }),
        byHour: byHour('From midnight on; null: not noted.').nullable(),
      }),
    ),
    failed: countOrNull('Recipients refused for good.'),
    unknown: countOrNull('Recipients whose outcome is unknown.'),
    held: countOrNull('Recipients of messages that wait for a person.'),
    failures: z
      .object({
        causes: z.array(
          z.object({
            cause: text('Why.'),
            remedy: text('What to do.'),
            whoActs: z.enum(['nobody', 'app', 'operator']).meta({ description: 'Who must.' }),
            recipients: count('How many; 0: the messages were refused before they had any.'),
            messages: count('Of so many messages.'),
            apps: z.array(z.string()).meta({ description: 'Some of the apps, the most recipients first.' }),
            moreApps: count('How many more there are.'),
          }),
        ),
        others: z.object({ recipients: count('Of all other causes.'), messages: count('Likewise.') }),
      })
      .nullable()
      .meta({ description: 'By cause, rejected messages included; null: not noted.' }),
    apps: z
      .array(
        z.object({
          app: text('The app.'),
          messages: count('Accepted from it.'),
          accepted: count('Recipients.'),
          failed: count('Recipients.'),
          unknown: count('Recipients.'),
        }),
      )
      .nullable()
      .meta({ description: 'The most recipients first; null: not noted.' }),
  })
  .meta({ id: 'ClosedDay', description: 'The report of a day that was closed.' });

export const usageHistory = z
  .object({
    items: z.array(
      z.object({
        ...pastDayFields,
        scopes: z.array(z.object({ scope: scopeName, limit, used: count('Recipients.') })),
      }),
    ),
    cursor,
  })
  .meta({ id: 'UsageHistory', description: 'Closed days, the newest first.' });

export const account = z
  .object({
    address: text('The sender account.'),
    status: z.enum(['active', 'throttled', 'paused']).meta({ description: 'Whether mail goes through it.' }),
    by: z
      .enum(['reply', 'person'])
      .nullable()
      .meta({ description: 'What stopped it; where both did, the person.' }),
    until: instantOrNull('When it is probed next; null where it does not go on by itself.'),
    cause: textOrNull('Why it does not go.'),
    remedy: textOrNull('Who must act, and how.'),
    pool: textOrNull('The pool it belongs to.'),
    waiting: count('Recipients in its room.'),
  })
  .meta({ id: 'Account', description: 'A sender account and whether its mail goes.' });

export const accountList = z
  .object({ items: z.array(account) })
  .meta({ id: 'AccountList', description: 'The sender accounts, in the order of the settings.' });

export const app = z
  .object({
    name: text('In lower case.'),
    accounts: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Sender accounts and pools it may name, the default first; null: all.' }),
    quotaPerDay: z
      .number()
      .nullable()
      .meta({ description: 'Its recipients in a window at the most; null: no limit of its own.' }),
    highestPriority: z
      .enum(['critical', 'normal', 'bulk'])
      .nullable()
      .meta({ description: 'A more urgent message is sent at this priority; null: no bound.' }),
  })
  .meta({ id: 'App', description: 'What is laid down for an app.' });

const healthStatus = z.enum(['ok', 'degraded', 'failing']);

export const health = z
  .object({
    status: healthStatus.meta({ description: 'degraded: some mail waits; failing: none goes.' }),
    checks: z.array(
      z.object({
        name: text('What was looked at.'),
        status: healthStatus,
        cause: textOrNull('What is wrong.'),
        remedy: textOrNull('Who must act, and how.'),
        detail: z.string().optional().meta({ description: 'What was found, where that is worth a word.' }),
        command: z.string().optional().meta({
          description: 'What an operator can run to see or mend it; words in capitals are to be filled in.',
        }),
      }),
    ),
    askedAt: z.string().optional().meta({
      format: 'date-time',
      description:
        'When the neighbours were asked; only of a deep look, which they answer once a minute at most.',
    }),
  })
  .meta({ id: 'Health', description: 'Whether mail goes, and if not, why.' });
