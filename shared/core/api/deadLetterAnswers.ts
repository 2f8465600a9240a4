/** What the API answers about dead letters, as schemas. */
import { z } from 'zod';
import { DEAD_LETTER_REASONS } from '../deadLetterView.ts';
import { count, cursor, day, instant, text, textOrNull } from './answerFields.ts';

const failure = z
  .object({
    cause: text('Why.'),
    remedy: text('What to do.'),
    whoActs: z
      .enum(['nobody', 'app', 'operator'])
      .meta({ description: 'Who must act: the app that sent it, or the operator.' }),
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
    count: count('Deliveries that go on; with `dryRun`: that would, as far as that can be told before.'),
    dryRun: z.boolean(),
    skipped: z
      .array(z.object({ id: text('As it was asked for.'), code: text('Why.'), detail: text('In words.') }))
      .meta({ description: 'What was asked for and does not go on.' }),
    quota: z
      .array(
        z.object({
          scope: text('tenant, external, account:A or app:N.'),
          recipients: count('That would count against it.'),
          remaining: count('That have room now, as in the usage.'),
        }),
      )
      .optional()
      .meta({
        description:
          'Of a dry run: each limit that it counts against. Where `recipients` is more than `remaining` the others would wait, `deferred`, and go by themselves. Without what was rejected, whose recipients are not known before. With a cursor: of this call alone.',
      }),
    cursor: z.string().optional().meta({
      description: 'There may be more: the same request with this cursor goes on there.',
    }),
  })
  .meta({ id: 'RedriveReport' });
