/** Ours beside nodemailer's MailComposer, both read by mailparser: the same mail, but for what is named here. */
import fc from 'fast-check';
import { simpleParser, type ParsedMail } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { makeChance } from '../../../../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../../../../shared/adapters/smtp/compose/composer.ts';
import type { Composer, MailContent } from '../../../../../shared/ports.ts';
import { contentWith } from './anyContent.ts';
import { bytesOf, contentBytes, contentOf, fileOf } from './sampleContent.ts';
import { readText } from './strictReader.ts';
import { makeNodemailerComposer } from './nodemailerComposer.ts';

const ours = makeComposer(makeChance());
const reference = makeNodemailerComposer();
const NUM_RUNS = 400;

/** What mailparser reads, without what it makes of it: text of html, links of addresses. */
async function read(composer: Composer, content: MailContent): Promise<unknown> {
  const { pieces } = await composer.compose(content);
  const mail = await simpleParser(Buffer.concat([...pieces]), {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
  });
  return {
    headers: headersOf(mail),
    // Where the text is the whole mail a line end is added, where it is not in base64.
    text: mail.text?.replace(/\n$/, ''),
    html: mail.html && mail.html.replace(/\n$/, ''),
    attachments: mail.attachments.map(
      ({ filename, contentType, cid, contentDisposition, related, content: bytes }) => ({
        filename: filename === undefined ? undefined : oneBlank(filename),
        contentType,
        cid,
        contentDisposition,
        related,
        bytes: bytes.toString('latin1'),
      }),
    ),
  };
}

/** But for those of MIME, in the order of their names. */
function headersOf(mail: ParsedMail): unknown {
  const addresses = ['from', 'to', 'cc', 'reply-to'].map((name) => [name, valueOf(mail, name)]);
  const others = mail.headerLines
    .filter(({ key }) => !/^(?:from|to|cc|reply-to|content-.*)$/.test(key))
    // mailparser knows some fields and leaves the others encoded; so they are all read alike.
    .map(({ key, line }) => [key, oneBlank(readText(line.replaceAll('\r\n', '').replace(/^[^:]*: */, '')))])
    .toSorted(([a], [b]) => (a! < b! ? -1 : 1));
  return { addresses, others };
}

function valueOf(mail: ParsedMail, name: string): unknown {
  const field = mail.headers.get(name);
  if (typeof field !== 'object' || !('value' in field) || !Array.isArray(field.value)) return field;
  return field.value.map(({ address, name: shown }) => ({ address, name: oneBlank(shown) }));
}

/** mailparser reads several blanks as one where a line was folded there, and the two fold in different places. */
function oneBlank(text: string): string {
  return text.replaceAll(/ +/g, ' ').trim();
}

/** Without what the two mean to write differently; see below. */
const comparable = contentWith((line) => !line.includes('=?')).filter(({ attachments }) =>
  attachments.every(({ contentType, content }) => {
    const hasControlCharacters = contentBytes(content).some((byte) => byte < 0x20 && !LINE_BYTES.has(byte));
    return (
      contentType !== 'message/rfc822' || !(hasControlCharacters || contentBytes(content).includes(DELETE))
    );
  }),
);
const LINE_BYTES = new Set(Buffer.from('\t\r\n'));
const DELETE = 0x7f;

test(
  'mailparser reads the same of ours and of nodemailer’s, whatever the message',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(comparable, async (content) => {
        expect(await read(ours, content)).toEqual(await read(reference, content));
      }),
      { numRuns: NUM_RUNS },
    );
  },
);

test.for<[string, MailContent]>([
  ['a subject', contentOf({ subject: 'Subjekt' })],
  ['a name', contentOf({ to: [{ address: 'ann@contoso.com', displayName: 'Ann' }] })],
  ['a recipient more', contentOf({ cc: [{ address: 'bob@contoso.com', displayName: null }] })],
  ['a header', contentOf({ headers: [{ name: 'X-A', value: 'ä' }] })],
  ['a character of the text', contentOf({ text: 'Hellö' })],
  ['html beside it', contentOf({ html: '<p>Hello</p>' })],
  ['a file', contentOf({}, { attachments: [fileOf()] })],
])('and sees a difference where there is one: %s', async ([, other]) => {
  expect(await read(ours, other)).not.toEqual(await read(reference, contentOf()));
});

test.for([
  ['its name', { name: 'file.bim' }],
  ['its bytes', { content: bytesOf('contenu') }],
  ['its type', { contentType: 'application/pdf' }],
  ['its disposition', { disposition: 'inline' }],
  ['its id', { contentId: 'logo' }],
] as const)('and of a file %s', async ([, other]) => {
  const withFile = (overrides: Parameters<typeof fileOf>[0]): MailContent =>
    contentOf({}, { attachments: [fileOf(overrides)] });
  expect(await read(ours, withFile(other))).not.toEqual(await read(reference, withFile({})));
});

describe('where nodemailer does otherwise', () => {
  const LOOKALIKE = '=?UTF-8?Q?x?=';

  async function rawOf(composer: Composer, content: MailContent): Promise<string> {
    const { pieces } = await composer.compose(content);
    return Buffer.concat([...pieces]).toString('latin1');
  }
  async function parse(composer: Composer, content: MailContent): Promise<ParsedMail> {
    return simpleParser(await rawOf(composer, content));
  }

  // On purpose, for callers that encode by themselves. Here a subject is text, and nobody else says what it reads as.
  test('a subject that looks like an encoded word is decoded; ours reads as it was written', async () => {
    const content = contentOf({ subject: LOOKALIKE });
    expect((await parse(reference, content)).subject).toBe('x');
    expect((await parse(ours, content)).subject).toBe(LOOKALIKE);
  });

  test('so is a display name: in quotes, where most readers decode it all the same', async () => {
    const content = contentOf({}, { displayName: LOOKALIKE });
    expect((await parse(reference, content)).from?.value[0]?.name).toBe('x');
    expect((await parse(ours, content)).from?.value[0]?.name).toBe(LOOKALIKE);
  });

  test('DEL goes out as it is in a text that needs no encoding otherwise', async () => {
    const content = contentOf({ text: 'a\u007Fb' });
    expect(await rawOf(reference, content)).toContain('a\u007Fb');
    expect(await rawOf(ours, content)).toContain('a=7Fb');
  });

  test('two ids without brackets become one in In-Reply-To', async () => {
    const content = contentOf({ headers: [{ name: 'In-Reply-To', value: 'a@contoso.com b@contoso.com' }] });
    expect(await rawOf(reference, content)).toContain('<a@contoso.com b@contoso.com>');
    expect(await rawOf(ours, content)).toContain('<a@contoso.com> <b@contoso.com>');
  });

  test('what is no ASCII goes out in 8 bits where message ids are expected', async () => {
    const content = contentOf({ headers: [{ name: 'References', value: '<ü@contoso.com>' }] });
    expect(await rawOf(reference, content)).toContain('References: <ü@contoso.com>');
    expect(await rawOf(ours, content)).not.toMatch(/[^\t\n\r -~]/);
  });

  test('a message with a control character is attached as one; ours attaches a file', async () => {
    const inner = fileOf({ contentType: 'message/rfc822', content: bytesOf('Subject: x\r\n\r\n\u0007\r\n') });
    const content = contentOf({}, { attachments: [inner] });
    expect(await rawOf(reference, content)).toContain('\u0007');
    expect((await parse(ours, content)).attachments[0]?.contentType).toBe('application/octet-stream');
  });
});
