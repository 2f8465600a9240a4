/**
 * The message contract, version 1: what a producer may write, the one truth. Fields only; what must come together is in
 * messageRelations.ts.
 */
import { z } from 'zod';
import { attachmentSchema } from './attachmentSchema.ts';
import { appName, choice, from, instant, line, mailboxes } from './messageFields.ts';
import { refuse } from './messageProblems.ts';
import {
  MAX_ATTACHMENTS,
  MAX_HEADER_OCTETS,
  MAX_HEADERS,
  MAX_METADATA,
  MAX_REPLY_TO,
  MAX_TAGS,
  METADATA_KEY,
} from './messageRelations.ts';

/** Outlook's and Exchange's own limit. */
const MAX_SUBJECT_LENGTH = 255;
/** A reference is searched for as one property of a row; longer ones are documents. */
const MAX_REFERENCE_LENGTH = 255;
const MAX_TAG_LENGTH = 64;

const MAX_METADATA_VALUE_LENGTH = 1024;

const metadataValue = z
  .string()
  .superRefine((text, context) => {
    if (text.length <= MAX_METADATA_VALUE_LENGTH) return;
    const detail = `${text.length} characters, at most ${MAX_METADATA_VALUE_LENGTH} are allowed`;
    refuse(context, 'too_long', detail);
  })
  .meta({ maxLength: MAX_METADATA_VALUE_LENGTH });

/** HEADER_NAME for JSON Schema, whose patterns know no letters of either case. */
const HEADER_NAME_PATTERN =
  '^(?:[Xx]-[A-Za-z0-9-]{1,70}|[Ll]ist-[A-Za-z0-9-]{1,70}|In-Reply-To|References|Auto-Submitted)$';

export const messageInput = z.strictObject({
  idempotencyKey: line(MAX_REFERENCE_LENGTH)
    .nullish()
    .meta({
      description:
        'Makes a repeat harmless: the same key with the same message is sent once, with another message it is refused. Kept for a week by default, for each app apart.',
      examples: ['payslip-2026-11-4711'],
    }),
  reference: line(MAX_REFERENCE_LENGTH)
    .nullish()
    .meta({
      description: "The producer's own name for the message, to find it by. Need not be unique.",
      examples: ['order 4711'],
    }),
  app: appName.nullish().meta({
    description: 'The name of the app that sends; upper and lower case are the same. Default: default.',
    examples: ['payroll'],
  }),
  from: from.nullish().meta({
    description:
      'The address of a sender account or the name of a pool, with a free display name. Default: the first sender account.',
    examples: ['hve@contoso.com', { address: 'hve@contoso.com', displayName: 'Payroll' }],
  }),
  to: mailboxes.nullish().meta({ description: 'The recipients. At least one address in to, cc or bcc.' }),
  cc: mailboxes.nullish().meta({ description: 'Recipients of a copy.' }),
  bcc: mailboxes.nullish().meta({ description: 'Recipients that nobody sees.' }),
  replyTo: mailboxes.nullish().meta({
    description: `Where answers go, since nobody reads the sender account's mailbox. At most ${MAX_REPLY_TO}.`,
  }),
  subject: line(MAX_SUBJECT_LENGTH).meta({
    minLength: 1,
    maxLength: MAX_SUBJECT_LENGTH,
    description: 'The subject, on one line.',
    examples: ['Your payslip for November'],
  }),
  text: z
    .string()
    .nullish()
    .meta({
      description: 'The body as plain text. text or html, or both.',
      examples: ['Your payslip is ready.'],
    }),
  html: z
    .string()
    .nullish()
    .meta({
      description: 'The body as HTML. text or html, or both.',
      examples: ['<p>Your payslip is ready.</p>'],
    }),
  attachments: z
    .array(attachmentSchema)
    .meta({ maxItems: MAX_ATTACHMENTS })
    .nullish()
    .meta({ description: 'Files, by content or by the name of a blob.' }),
  headers: z
    .record(z.string(), line(MAX_HEADER_OCTETS).nullable())
    .meta({ maxProperties: MAX_HEADERS, propertyNames: { pattern: HEADER_NAME_PATTERN } })
    .nullish()
    .meta({
      description: 'Further headers by name: X-*, List-*, In-Reply-To, References and Auto-Submitted only.',
      examples: [{ 'Auto-Submitted': 'auto-generated', 'X-Order': '4711' }],
    }),
  importance: choice(['low', 'normal', 'high']).nullish().meta({
    description: 'What mail programs show. It does not change when the mail is sent. Default: normal.',
  }),
  sensitivity: choice(['normal', 'personal', 'private', 'confidential'])
    .nullish()
    .meta({ description: 'What mail programs show. Default: normal.' }),
  priority: choice(['critical', 'normal', 'bulk']).nullish().meta({
    description:
      'Which mail goes first: a password reset is critical, a mass mailing is bulk. Default: normal.',
  }),
  sendAt: instant.nullish().meta({
    description: 'Not before this instant; at most a year ahead. In the past: at once.',
    examples: ['2026-11-24T08:00:00+01:00'],
  }),
  expiresAt: instant.nullish().meta({
    description: 'Not sent after this instant. In the future, and after sendAt.',
    examples: ['2026-11-24T18:00:00Z'],
  }),
  tags: z
    .array(line(MAX_TAG_LENGTH))
    .meta({ maxItems: MAX_TAGS })
    .nullish()
    .meta({ description: 'Words to list messages by.', examples: [['payslip', '2026-11']] }),
  metadata: z
    .record(z.string(), metadataValue.nullable())
    .meta({ maxProperties: MAX_METADATA, propertyNames: { pattern: METADATA_KEY.source } })
    .nullish()
    .meta({
      description: "The producer's own notes, kept with the message and not sent.",
      examples: [{ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }],
    }),
  split: choice(['auto', 'never']).nullish().meta({
    description:
      'What happens with more recipients than one transaction carries: auto sends several and hides the list of recipients, never refuses the message. Default: auto.',
  }),
  onQuota: choice(['defer', 'reject'])
    .nullish()
    .meta({ description: "What happens when the day's quota is used up. Default: defer." }),
  onUnknown: choice(['resend', 'hold']).nullish().meta({
    description:
      'What happens when a connection dies after the last byte: resend repeats the same mail, which mailboxes discard if they have it; hold waits for a person. Default: resend.',
  }),
  mode: choice(['live', 'capture'])
    .nullish()
    .meta({ description: 'capture does everything but send. Default: live.' }),
});
