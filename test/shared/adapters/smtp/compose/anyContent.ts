/** Whatever the message schema lets through, and the odd of it often. */
import fc from 'fast-check';
import type { Mailbox, Message } from '../../../../../shared/core/message.ts';
import type { LoadedAttachment, MailContent } from '../../../../../shared/ports.ts';
import { headerText, oddText } from './oddText.ts';
import { plainMessage } from '../../../../../bench/plainMessage.ts';
import { bytesOf } from './sampleContent.ts';

const BODY_PIECES = [
  '\n',
  '\r\n',
  '\r',
  ' \n',
  '\t\r\n',
  '.\n',
  '..',
  'From me\n',
  '\0',
  '\u0007',
  '\u007F',
  '\uD800',
  '--',
  '=',
  'y'.repeat(76),
  'z'.repeat(1200),
  `${'q'.repeat(70)}\n`,
];

/** The body of a mail; a text that says nothing is none (null). */
const bodyText: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom('', 'Hello', 'One\nTwo\n', '\n', ' ') },
  { weight: 4, arbitrary: oddText(BODY_PIECES, 14) },
);

const localPart = fc.constantFrom(
  'ann',
  'bob.lee',
  "o'neil+x",
  '{odd}=!',
  'someone.with.a.long.name.of.his.own',
);
const address = fc
  .tuple(localPart, fc.constantFrom('contoso.com', 'xn--bcher-kva.example', 'mail.fabrikam.example'))
  .map(([local, domain]) => `${local}@${domain}`);

/** One line of text that is at most so long. */
type Line = (maxLength: number) => fc.Arbitrary<string>;

const mailboxes = (line: Line, maxLength: number): fc.Arbitrary<Mailbox[]> => {
  const mailbox = fc.record({
    address,
    displayName: fc.oneof(
      fc.constant(null),
      line(256).map((name) => name.trim()),
    ),
  });
  return fc.oneof(
    { weight: 4, arbitrary: fc.array(mailbox, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(mailbox, { maxLength }) },
  );
};

const HEADER_NAMES = ['X-CRM-ID', 'x-lower', 'X-A', `X-${'Long-'.repeat(14)}`, 'List-Help', 'Auto-Submitted'];
const HEADER_VALUES = ['{"id":"4711"}', '<https://contoso.com/?x=1>', 'x'.repeat(900)];
const MESSAGE_IDS = ['<a@contoso.com>', 'a@contoso.com', `<${'a'.repeat(200)}@contoso.com>`];

const customHeader = (line: Line): fc.Arbitrary<{ name: string; value: string }> =>
  fc.oneof(
    fc.record({
      name: fc.constantFrom(...HEADER_NAMES),
      value: fc.oneof(line(400), fc.constantFrom(...HEADER_VALUES)),
    }),
    fc.record({
      name: fc.constantFrom('References', 'In-Reply-To'),
      value: fc.constantFrom(...MESSAGE_IDS),
    }),
  );

const TYPES = [
  'application/pdf',
  'application/octet-stream',
  'text/plain',
  'text/csv; charset=utf-8',
  'text/calendar; method=REQUEST; charset="utf-8"',
  'text/html',
  'image/png',
  'image/svg+xml',
  'application/x-old; name=old.txt; name*0=x',
  'application/json; profile="a; b"',
  'message/rfc822',
  'message/delivery-status',
  'multipart/mixed; boundary=x',
];

const fileBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 56, 57, 58, 114, 1000).map((size) => new Uint8Array(size)) },
  { weight: 1, arbitrary: oddText(BODY_PIECES, 6).map((content) => Buffer.from(content)) },
  { weight: 1, arbitrary: fc.constant(Buffer.from('Subject: inner\r\n\r\n--x\r\n.\r\n')) },
);

const attachment = (line: Line): fc.Arbitrary<LoadedAttachment> =>
  fc.record({
    name: line(255)
      .map((name) => name.replaceAll(/[/\\]/g, '_'))
      .filter((name) => name !== '.' && name !== '..'),
    contentType: fc.constantFrom(...TYPES),
    contentId: fc.oneof(fc.constant(null), fc.constantFrom('logo', 'a.b@contoso', 'i'.repeat(180))),
    disposition: fc.constantFrom('attachment', 'inline'),
    content: fc.oneof(
      fileBytes.map(bytesOf),
      fileBytes.map((bytes) => ({ kind: 'inline' as const, base64: Buffer.from(bytes).toString('base64') })),
    ),
  });

const message = (line: Line): fc.Arbitrary<Message> =>
  fc
    .record({
      from: fc.record({ sender: fc.constant(null), displayName: fc.oneof(fc.constant(null), line(256)) }),
      to: mailboxes(line, 60),
      cc: mailboxes(line, 20),
      replyTo: mailboxes(line, 10),
      subject: line(255),
      text: bodyText,
      html: bodyText,
      headers: fc.uniqueArray(customHeader(line), {
        selector: ({ name }) => name.toLowerCase(),
        maxLength: 4,
      }),
      importance: fc.constantFrom('low', 'normal', 'high'),
      sensitivity: fc.constantFrom('normal', 'personal', 'private', 'confidential'),
    })
    .map((fields) => plainMessage(fields));

/** `accept`: which texts may stand in header fields. */
export function contentWith(accept: (line: string) => boolean = () => true): fc.Arbitrary<MailContent> {
  const line: Line = (maxLength) => headerText(maxLength).filter(accept);
  return fc.record({
    message: message(line),
    account: fc.constant('hve@contoso.com'),
    displayName: fc.oneof(fc.constant(null), line(256)),
    attachments: fc.array(attachment(line), { maxLength: 4 }),
    showRecipients: fc.boolean(),
    originalTo: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.array(address, { maxLength: 50 }) },
    ),
  });
}
