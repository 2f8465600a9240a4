import { simpleParser, type ParsedMail } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { makeChance } from '../../../../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../../../../shared/adapters/smtp/compose/composer.ts';
import { IDENTITY_MAX_BYTES, renderIdentity } from '../../../../../shared/adapters/smtp/renderIdentity.ts';
import type { Mailbox, Message } from '../../../../../shared/core/message.ts';
import type { MailContent } from '../../../../../shared/ports.ts';
import { bytesOf, contentOf, fileOf } from './sampleContent.ts';
import { readStrictly } from './strictReader.ts';

const composer = makeComposer(makeChance());
const ANN: Mailbox = { address: 'ann@contoso.com', displayName: null };

async function compose(
  message: Partial<Message> = {},
  content: Partial<Omit<MailContent, 'message'>> = {},
): Promise<{ raw: string; mail: ParsedMail }> {
  const { pieces, sizeBytes } = await composer.compose(contentOf(message, content));
  const bytes = Buffer.concat([...pieces]);
  expect(bytes).toHaveLength(sizeBytes);
  const raw = bytes.toString('latin1');
  expect(flawsOf(raw)).toEqual([]);
  return { raw, mail: await simpleParser(bytes) };
}

/** What no mail may have, whatever it is made of. */
function flawsOf(raw: string): string[] {
  const lines = raw.split('\r\n');
  const headers = headersOf(raw);
  return [
    ...(/[^\t\n\r -~]/.test(raw) ? ['not 7-bit text'] : []),
    ...(/\r(?!\n)|(?<!\r)\n/.test(raw) ? ['a lone CR or LF'] : []),
    ...(lines.some((line) => line.length > 998) ? ['a line above 998 octets'] : []),
    ...(raw.endsWith('\r\n') ? [] : ['no line end at the end']),
    ...headers.filter((name) => ['message-id', 'date', 'bcc'].includes(name)).map((name) => `a ${name}`),
    ...headers.filter((name, index) => headers.indexOf(name) !== index).map((name) => `a second ${name}`),
  ];
}

/** The names of the header fields, in lower case. */
function headersOf(raw: string): string[] {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
  const fields = head.split(/\r\n(?![ \t])/);
  return fields.map((field) => /^([!-9;-~]+):/.exec(field)?.[1]?.toLowerCase() ?? `no field: ${field}`);
}

const typesOf = (raw: string): string[] =>
  [...raw.matchAll(/^Content-Type: ([a-z0-9/-]+)/gim)].map(([, type]) => type ?? '');
const withoutLastBreak = (text: string | undefined): string => (text ?? '').replace(/\n$/, '');

describe('the body', () => {
  test('text alone is text/plain', async () => {
    const { raw, mail } = await compose({ text: 'One\nTwo\r\nThree\r.Four\n' });
    expect(typesOf(raw)).toEqual(['text/plain']);
    expect(mail.text).toBe('One\nTwo\nThree\n.Four\n');
    expect(mail.html).toBe(false);
  });

  test('html alone is text/html', async () => {
    const html = '<p>Grüße, <b>Ann</b> 👋</p>';
    const { raw, mail } = await compose({ text: null, html });
    expect(typesOf(raw)).toEqual(['text/html']);
    expect(mail.html).toBe(`${html}\n`);
  });

  test('both are alternatives, the text first', async () => {
    const { raw, mail } = await compose({ text: 'Héllo', html: '<p>Héllo</p>' });
    expect(typesOf(raw)).toEqual(['multipart/alternative', 'text/plain', 'text/html']);
    expect(withoutLastBreak(mail.text)).toBe('Héllo');
    expect(mail.html).toBe('<p>Héllo</p>');
  });

  test.for([
    ['long lines', 'x'.repeat(5000)],
    ['dots at the beginning of lines', '.\n..\n.a\n'],
    ['"From " at the beginning of a line', 'From me\n>From you\n'],
    ['blanks at the ends of lines', 'a \nb\t\n'],
    ['a script from another corner', 'こんにちは世界 مرحبا Привет'.repeat(50)],
    ['what looks like quoted-printable', 'a=3D=20b='],
    ['what looks like a boundary', '----_NmP-0000-Part_1\n--\n'],
  ])('keeps text as it is: %s', async ([, text]) => {
    const { mail } = await compose({ text });
    expect(withoutLastBreak(mail.text)).toBe(withoutLastBreak(text));
  });

  test('an empty text with one attachment is still a message with an attachment', async () => {
    const { raw, mail } = await compose({ text: '' }, { attachments: [fileOf()] });
    expect(typesOf(raw)).toEqual(['multipart/mixed', 'text/plain', 'application/octet-stream']);
    expect(mail.attachments).toHaveLength(1);
  });
});

describe('attachments', () => {
  test('arrive byte for byte, with name and type, after the text', async () => {
    const everyByte = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
    const csv = Buffer.from('ä;b\n1;2\r\n3;4\r');
    const { raw, mail } = await compose(
      { html: '<p>Hi</p>' },
      {
        attachments: [
          fileOf({ name: 'all.bin', content: bytesOf(everyByte) }),
          fileOf({ name: 'table.csv', contentType: 'text/csv; charset=utf-8', content: bytesOf(csv) }),
          fileOf({ name: 'empty.txt', contentType: 'text/plain', content: bytesOf('') }),
        ],
      },
    );
    expect(typesOf(raw).slice(0, 4)).toEqual([
      'multipart/mixed',
      'multipart/alternative',
      'text/plain',
      'text/html',
    ]);
    expect(
      mail.attachments.map(({ filename, contentType, contentDisposition }) => [
        filename,
        contentType,
        contentDisposition,
      ]),
    ).toEqual([
      ['all.bin', 'application/octet-stream', 'attachment'],
      ['table.csv', 'text/csv', 'attachment'],
      ['empty.txt', 'text/plain', 'attachment'],
    ]);
    expect(mail.attachments[0]!.content.equals(everyByte)).toBe(true);
    expect(mail.attachments[1]!.content.equals(csv)).toBe(true);
    expect(mail.attachments[2]!.content).toHaveLength(0);
  });

  test.for([1_000_000, 191_520, 191_521, 191_522])(
    '%d bytes are never one buffer; they arrive whole, each time that the mail is gone through',
    async (sizeBytes) => {
      const bytes = Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31) % 251);
      const inline = { kind: 'inline' as const, base64: Buffer.from(bytes).toString('base64') };
      const attachments = [fileOf({ content: bytesOf(bytes) }), fileOf({ content: inline })];
      const { pieces, sizeBytes: mailBytes } = await composer.compose(contentOf({}, { attachments }));
      for (const mail of [Buffer.concat([...pieces]), Buffer.concat([...pieces])]) {
        expect(mail).toHaveLength(mailBytes);
        const files = readStrictly(mail).parts.slice(1);
        expect(files.map(({ body }) => body.equals(bytes))).toEqual([true, true]);
      }
      for (const piece of pieces) expect(piece.length).toBeLessThan(300_000);
    },
  );

  test('a view into a larger buffer gives its own bytes only', async () => {
    const whole = Buffer.from('secret before|mine|secret after');
    const bytes = new Uint8Array(whole.buffer, whole.byteOffset + 14, 4);
    const { mail } = await compose({}, { attachments: [fileOf({ content: bytesOf(bytes) })] });
    expect(mail.attachments[0]!.content.toString()).toBe('mine');
  });

  test('an inline picture is related to the html that names it', async () => {
    const picture = fileOf({
      name: 'logo.png',
      contentType: 'image/png',
      contentId: 'logo@contoso',
      disposition: 'inline',
      content: bytesOf(Buffer.from([0x89, 0x50])),
    });
    const { raw, mail } = await compose(
      { html: '<img src="cid:logo@contoso">' },
      { attachments: [picture, fileOf()] },
    );
    expect(typesOf(raw)).toEqual([
      'multipart/mixed',
      'multipart/alternative',
      'text/plain',
      'multipart/related',
      'text/html',
      'image/png',
      'application/octet-stream',
    ]);
    const [logo] = mail.attachments;
    expect(logo).toMatchObject({ cid: 'logo@contoso', contentDisposition: 'inline', related: true });
    expect(mail.html).toContain('data:image/png;base64,');
  });

  test('a message in 7 bits is attached as one, any other as a file, byte for byte', async () => {
    const plain = Buffer.from('Subject: inner\r\n\r\nhello\r\n');
    const eight = Buffer.from('Subject: inner\n\nhé\rllo\n');
    const types = { name: 'inner.eml', contentType: 'message/rfc822' };
    const first = await compose({}, { attachments: [fileOf({ ...types, content: bytesOf(plain) })] });
    expect(typesOf(first.raw)).toContain('message/rfc822');
    expect(first.raw).toContain(plain.toString());
    const second = await compose({}, { attachments: [fileOf({ ...types, content: bytesOf(eight) })] });
    expect(typesOf(second.raw)).toContain('application/octet-stream');
    expect(second.mail.attachments[0]!.filename).toBe('inner.eml');
    expect(second.mail.attachments[0]!.content.equals(eight)).toBe(true);
  });

  test('a multipart type cannot change the structure', async () => {
    const contentType = 'multipart/mixed; boundary=x';
    const { mail } = await compose(
      {},
      { attachments: [fileOf({ contentType, content: bytesOf('--x\r\n') })] },
    );
    expect(mail.attachments).toHaveLength(1);
    expect(mail.attachments[0]!.contentType).toBe('application/octet-stream');
  });
});

describe('boundaries', () => {
  const drawn: number[] = [];
  const counting = makeComposer({
    bytes: (count) => {
      drawn.push(count);
      return new Uint8Array(count).fill(drawn.length);
    },
  });
  const levels = { html: '<img src="cid:logo">' };
  const files = { attachments: [fileOf(), fileOf({ contentId: 'logo', disposition: 'inline' })] };
  const boundariesOf = async (): Promise<string[]> => {
    const { pieces } = await counting.compose(contentOf(levels, files));
    return [
      ...Buffer.concat([...pieces])
        .toString('latin1')
        .matchAll(/boundary="(.*)"/g),
    ].map(([, name]) => name!);
  };

  test('are made of 16 bytes of chance for each mail, no two alike', async () => {
    const all = [...(await boundariesOf()), ...(await boundariesOf())];
    expect(new Set(all).size).toBe(6);
    expect(drawn).toEqual([16, 16]);
    await counting.compose(contentOf());
    expect(drawn).toHaveLength(2);
  });

  test('of another mail, in a text, are text', async () => {
    const [boundary] = await boundariesOf();
    const text = `--${boundary}\r\nContent-Type: text/html\r\n\r\n<p>not asked for</p>\r\n--${boundary}--`;
    const { mail } = await compose({ ...levels, text }, files);
    expect(withoutLastBreak(mail.text)).toBe(text.replaceAll('\r\n', '\n'));
    expect(mail.attachments).toHaveLength(2);
  });
});

describe('the headers', () => {
  test('From is the account; the message’s display name goes before the account’s', async () => {
    const from = { sender: 'someone@else.example', displayName: 'Payroll, Contoso' };
    const first = await compose({ from }, { displayName: 'Contoso' });
    expect(first.mail.from?.value).toEqual([{ address: 'hve@contoso.com', name: 'Payroll, Contoso' }]);
    const second = await compose({}, { displayName: 'Contoso' });
    expect(second.mail.from?.value).toEqual([{ address: 'hve@contoso.com', name: 'Contoso' }]);
    expect((await compose()).raw).toMatch(/^From: hve@contoso\.com\r$/m);
  });

  test('To, Cc and Reply-To as written; Bcc never', async () => {
    const eve: Mailbox = { address: 'eve@contoso.com', displayName: '"Eve" <ann@contoso.com>, x' };
    const { raw, mail } = await compose({
      to: [ANN, { address: 'bob@contoso.com', displayName: 'Bob Bär' }],
      cc: [eve],
      bcc: [{ address: 'hidden@contoso.com', displayName: null }],
      replyTo: [ANN, eve],
    });
    const valueOf = (field: ParsedMail['to']): unknown => (Array.isArray(field) ? field[0] : field)?.value;
    expect(valueOf(mail.to)).toEqual([
      { address: 'ann@contoso.com', name: '' },
      { address: 'bob@contoso.com', name: 'Bob Bär' },
    ]);
    expect(valueOf(mail.cc)).toEqual([{ address: 'eve@contoso.com', name: eve.displayName }]);
    expect(valueOf(mail.replyTo)).toHaveLength(2);
    expect(raw).not.toContain('hidden');
  });

  test.for([
    ['they must not be shown', { to: [ANN], cc: [ANN] }, false],
    ['there are none but bcc', { to: [], bcc: [ANN] }, true],
  ] as const)('undisclosed recipients where %s', async ([, recipients, showRecipients]) => {
    const { raw } = await compose(recipients, { showRecipients });
    expect(raw).toMatch(/^To: undisclosed-recipients:;\r$/m);
    expect(raw).not.toContain('ann@');
    expect(headersOf(raw)).not.toContain('cc');
  });

  test('only Cc: no To at all', async () => {
    const { raw } = await compose({ to: [], cc: [ANN] });
    expect(headersOf(raw)).not.toContain('to');
    expect(raw).toContain('Cc: ann@contoso.com');
  });

  test('importance and sensitivity as Outlook knows them; the normal ones are not written', async () => {
    const { raw } = await compose({ importance: 'high', sensitivity: 'confidential' });
    expect(raw).toMatch(/^Importance: high\r$/m);
    expect(raw).toMatch(/^X-Priority: 1\r$/m);
    expect(raw).toMatch(/^Sensitivity: Company-Confidential\r$/m);
    expect((await compose({ importance: 'low', sensitivity: 'private' })).raw).toMatch(
      /X-Priority: 5\r\nSensitivity: Private/,
    );
    expect(headersOf((await compose()).raw).toSorted()).toEqual([
      'content-transfer-encoding',
      'content-type',
      'from',
      'mime-version',
      'subject',
      'to',
    ]);
  });

  test('X-Original-To names those whom a redirection replaced, all of them', async () => {
    const originalTo = Array.from({ length: 50 }, (_, index) => `someone.${index}@contoso.com`);
    const { mail, raw } = await compose(
      { headers: [{ name: 'x-original-to', value: 'forged' }] },
      { originalTo },
    );
    expect(mail.headers.get('x-original-to')).toBe(originalTo.join(', '));
    expect(raw).not.toContain('forged');
  });

  test('custom headers keep their name’s case, their quotes and their order', async () => {
    const headers = [
      { name: 'X-CRM-ID', value: '{"id":"4711","tags":["a, b"]}' },
      { name: 'List-Unsubscribe', value: '<https://contoso.com/u?x="1">, <mailto:u@contoso.com>' },
      { name: 'Auto-Submitted', value: 'auto-generated' },
      { name: 'In-Reply-To', value: '<a@contoso.com>' },
      { name: 'References', value: '<a@contoso.com> <b@contoso.com>' },
      { name: 'X-Umlaut', value: 'Grüße' },
    ];
    const { raw } = await compose({ headers });
    expect(headersOf(raw).slice(0, 6)).toEqual(headers.map(({ name }) => name.toLowerCase()));
    for (const { name, value } of headers.slice(0, 5)) expect(raw).toContain(`${name}: ${value}\r\n`);
    expect(raw).toContain('\r\nX-Umlaut: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n');
  });

  test('a word that no line can hold is folded all the same, and reads as it was', async () => {
    const long = 'x'.repeat(3000);
    const { mail } = await compose({ subject: long, headers: [{ name: 'X-Long', value: `a ${long}` }] });
    expect(mail.subject).toBe(long);
  });

  // Such text is refused long before (messageSchema.ts); should it ever come here, it still begins no header.
  test.for(['\r\nBcc: evil@example.org', '\nX-Evil: 1', '\rX-Evil: 1', '\r\n\r\nbody', '\0'])(
    'no line break gets into a header: %j',
    async (evil) => {
      const { raw, mail } = await compose(
        {
          subject: `a${evil}`,
          from: { sender: null, displayName: `b${evil}` },
          to: [{ address: `ann@contoso.com${evil}`, displayName: `c${evil}` }],
          replyTo: [{ address: 'r@contoso.com', displayName: `d${evil}` }],
          headers: [
            { name: 'X-A', value: `e${evil}` },
            { name: `X-B${evil}`, value: 'f' },
            { name: 'References', value: `<g>${evil}` },
          ],
        },
        {
          attachments: [
            fileOf({
              name: `h${evil}`,
              contentType: `text/plain${evil}`,
              contentId: `i${evil}`,
              disposition: 'inline',
            }),
          ],
          originalTo: [`j@contoso.com${evil}`],
        },
      );
      expect(
        headersOf(raw).filter((name) => ['bcc', 'x-evil'].includes(name) || name.startsWith('no field')),
      ).toEqual([]);
      expect(raw).not.toMatch(/^(Bcc|X-Evil):/m);
      expect(mail.text).toContain('Hello');
    },
  );

  test('a file or a URL in a message’s text is text', async () => {
    const text = JSON.stringify({ path: '/etc/passwd', href: 'http://127.0.0.1/' });
    expect((await compose({ text })).mail.text).toContain('/etc/passwd');
  });
});

describe('sizes and identity', () => {
  const dateMs = Date.parse('2026-01-05T03:04:05.999Z');

  test('the identity is two header fields, the date in +0000', () => {
    const identity = { messageId: '<01K9.0.1@contoso.com>', dateMs };
    expect(renderIdentity(identity).toString()).toBe(
      'Message-ID: <01K9.0.1@contoso.com>\r\nDate: Mon, 05 Jan 2026 03:04:05 +0000\r\n',
    );
  });

  test('the longest identity is what the size on the wire counts', async () => {
    const messageId = `<${'0'.repeat(26)}.99.${'9'.repeat(10)}@${'d'.repeat(253)}>`;
    expect(renderIdentity({ messageId, dateMs })).toHaveLength(IDENTITY_MAX_BYTES);
    expect(composer.sizeOnTheWire({ pieces: [], sizeBytes: 1000 })).toBe(1000 + IDENTITY_MAX_BYTES);
  });
});
