import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../shared/core/message.ts';
import { PROBLEM_CODES } from '../../../shared/core/messageProblems.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const MINIMAL = { to: 'ann@contoso.com', subject: 'Hello', text: 'Hi' };
const ATTACHMENT = { name: 'a.pdf', contentType: 'application/pdf', contentInBase64: 'QUJD' };

function problemsOf(input: unknown): readonly Problem[] {
  const result = parseMessage(input, { now: NOW });
  return result.ok ? [] : result.problems;
}

function codesOf(input: unknown): string[] {
  return problemsOf(input).map(({ pointer, code }) => `${pointer} ${code}`);
}

/** Follows a JSON pointer by the book (RFC 6901), for the test of ours. */
function resolve(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, token) => (value as Record<string, unknown>)[token], document);
}

/** What is changed in a message that is right, and the one problem that it has then. */
const WRONG: readonly [Record<string, unknown>, string][] = [
  [{ to: undefined }, '/to no_recipient'],
  [{ to: ' ;, ' }, '/to no_recipient'],
  [{ to: [null, ''] }, '/to no_recipient'],
  [{ to: 'ann' }, '/to address_invalid'],
  [{ to: ['ann@contoso.com', 'bob'] }, '/to/1 address_invalid'],
  [{ to: { address: 'ann@contoso.com; bob@contoso.com' } }, '/to/address address_invalid'],
  [{ to: [{ address: 'jürgen@contoso.com' }] }, '/to/0/address address_not_ascii'],
  [{ to: [{ displayName: 'Ann' }] }, '/to/0/address required'],
  [{ to: [{ address: null }] }, '/to/0/address required'],
  [{ to: [{ address: 1 }] }, '/to/0/address type'],
  [{ to: 1 }, '/to type'],
  [{ to: [[MINIMAL.to]] }, '/to/0 type'],
  [{ cc: [{ address: 'a@contoso.com', displayName: 'n'.repeat(257) }] }, '/cc/0/displayName too_long'],
  [{ bcc: [{ address: 'a@contoso.com', name: 'Ann' }] }, '/bcc/0/name unknown_field'],
  [{ to: Array.from({ length: 10_001 }, () => MINIMAL.to) }, '/to too_many_recipients'],
  [{ cc: 'a@contoso.com;'.repeat(10_001) }, '/cc too_many_recipients'],
  [{ replyTo: 'a@contoso.com;'.repeat(11) }, '/replyTo too_many'],
  [{ replyTo: Array.from({ length: 11 }, () => 'a@contoso.com') }, '/replyTo too_many'],
  [{ subject: undefined }, '/subject required'],
  [{ subject: null }, '/subject required'],
  [{ subject: ' ' }, '/subject empty'],
  [{ subject: 1 }, '/subject type'],
  [{ subject: 's'.repeat(256) }, '/subject too_long'],
  [{ text: undefined }, '/text no_body'],
  [{ text: '', html: null }, '/text no_body'],
  [{ html: ['<p>'] }, '/html type'],
  [{ from: 'a b' }, '/from sender_invalid'],
  [{ from: 'a@contoso.com, b@contoso.com' }, '/from sender_invalid'],
  [{ from: 'a@contoso' }, '/from address_invalid'],
  [{ from: ['a@contoso.com'] }, '/from type'],
  [{ from: { address: 'a b' } }, '/from/address sender_invalid'],
  [{ app: '' }, '/app empty'],
  [{ app: 'pay/roll' }, '/app app_invalid'],
  [{ app: 'a'.repeat(65) }, '/app app_invalid'],
  [{ idempotencyKey: '' }, '/idempotencyKey empty'],
  [{ idempotencyKey: 'k'.repeat(256) }, '/idempotencyKey too_long'],
  [{ reference: '\0' }, '/reference control_character'],
  [{ attachments: {} }, '/attachments type'],
  [{ attachments: ['a'] }, '/attachments/0 type'],
  [{ attachments: [{ ...ATTACHMENT, name: '../a' }] }, '/attachments/0/name name_invalid'],
  [{ attachments: [{ ...ATTACHMENT, name: 'C:\\a' }] }, '/attachments/0/name name_invalid'],
  [{ attachments: [{ ...ATTACHMENT, name: undefined }] }, '/attachments/0/name required'],
  [
    { attachments: [{ ...ATTACHMENT, contentType: 'pdf' }] },
    '/attachments/0/contentType content_type_invalid',
  ],
  [
    { attachments: [{ ...ATTACHMENT, contentType: 'multipart/mixed' }] },
    '/attachments/0/contentType content_type_invalid',
  ],
  [{ attachments: [{ ...ATTACHMENT, contentId: 'a b' }] }, '/attachments/0/contentId content_id_invalid'],
  [
    {
      attachments: [
        { ...ATTACHMENT, contentId: 'a' },
        { ...ATTACHMENT, contentId: '<a>' },
      ],
    },
    '/attachments/1/contentId content_id_invalid',
  ],
  [
    { attachments: [{ ...ATTACHMENT, contentInBase64: 'Q' }] },
    '/attachments/0/contentInBase64 base64_invalid',
  ],
  [
    { attachments: [{ ...ATTACHMENT, contentInBase64: 'QU_D' }] },
    '/attachments/0/contentInBase64 base64_invalid',
  ],
  [
    { attachments: [{ ...ATTACHMENT, contentInBase64: 'QQ==QQ==' }] },
    '/attachments/0/contentInBase64 base64_invalid',
  ],
  [
    { attachments: [{ ...ATTACHMENT, contentInBase64: 'data:text/plain;base64,QUJD' }] },
    '/attachments/0/contentInBase64 base64_invalid',
  ],
  [{ attachments: [{ ...ATTACHMENT, contentInBase64: undefined }] }, '/attachments/0 content_missing'],
  [{ attachments: [{ ...ATTACHMENT, blob: 'a' }] }, '/attachments/0 content_ambiguous'],
  [
    { attachments: [{ ...ATTACHMENT, contentInBase64: null, blob: 'mail-payloads/a' }] },
    '/attachments/0/blob blob_elsewhere',
  ],
  [
    { attachments: [{ ...ATTACHMENT, contentInBase64: null, blob: '/etc/passwd' }] },
    '/attachments/0/blob blob_invalid',
  ],
  [{ attachments: [{ ...ATTACHMENT, path: '/etc/passwd' }] }, '/attachments/0/path unknown_field'],
  [{ attachments: Array.from({ length: 101 }, () => ATTACHMENT) }, '/attachments too_many'],
  [{ headers: { To: 'a' } }, '/headers/To header_not_allowed'],
  [{ headers: { 'X-Original-To': 'a' } }, '/headers/X-Original-To header_not_allowed'],
  [{ headers: { 'x-priority': '1' } }, '/headers/x-priority header_not_allowed'],
  [{ headers: { 'X-A: b': 'a' } }, '/headers/X-A: b header_not_allowed'],
  [{ headers: { 'X-A': '1', 'x-a': '1' } }, '/headers/x-a header_duplicate'],
  [{ headers: { 'X-A': 'ü'.repeat(500) } }, '/headers/X-A too_long'],
  [{ headers: { 'X-A': 'v'.repeat(999) } }, '/headers/X-A too_long'],
  [{ headers: { References: 'ü' } }, '/headers/References header_invalid'],
  [{ headers: { 'X-A': 1 } }, '/headers/X-A type'],
  [{ headers: { 'X-A': '' } }, '/headers/X-A empty'],
  [{ headers: [] }, '/headers type'],
  [{ importance: 'urgent' }, '/importance value_not_allowed'],
  [{ priority: 1 }, '/priority type'],
  [{ sendAt: 'tomorrow' }, '/sendAt time_invalid'],
  [{ sendAt: '2026-11-25T08:00:00' }, '/sendAt time_invalid'],
  [{ sendAt: '2026-02-30T08:00:00Z' }, '/sendAt time_invalid'],
  [{ sendAt: '2027-11-26T08:00:00Z' }, '/sendAt send_at_too_far'],
  [{ expiresAt: '2026-11-24T08:00:00Z' }, '/expiresAt expires_in_past'],
  [{ sendAt: '2026-11-25T08:00:00Z', expiresAt: '2026-11-25T08:00:00Z' }, '/expiresAt expires_before_send'],
  [{ tags: 'a' }, '/tags type'],
  [{ tags: [''] }, '/tags/0 empty'],
  [{ tags: ['t'.repeat(65)] }, '/tags/0 too_long'],
  [{ tags: Array.from({ length: 11 }, () => 'a') }, '/tags too_many'],
  [{ metadata: { a: 1 } }, '/metadata/a type'],
  [{ metadata: { 'a/b~c': '' } }, '/metadata/a~1b~0c metadata_key_invalid'],
  [{ metadata: { a: 'v'.repeat(1025) } }, '/metadata/a too_long'],
  [{ body: 'a' }, '/body unknown_field'],
];

describe('a problem', () => {
  it.each(WRONG.map(([patch, problem]) => [problem, patch] as const))('is found: %s', (problem, patch) => {
    expect(codesOf({ ...MINIMAL, ...patch })).toEqual([problem]);
  });

  it.each([null, 1, 'a', true, [], undefined])('of %j as a message is its type', (input) => {
    expect(codesOf(input)).toEqual([' type']);
  });

  it('is found whatever else is wrong: all of them at once', () => {
    const input = {
      to: [{ address: 'nope' }, 4, { addres: 'a@contoso.com' }],
      cc: 'x; y',
      subject: 'a\r\nBcc: eve@contoso.com',
      body: 'a',
      attachments: [{ name: 'a/b', contentType: 'x', contentBytes: 'q' }],
      importance: 'urgent',
      headers: { 'X-A': 'a\nb', To: 'q' },
      metadata: { '1': 'a' },
      sendAt: '2030-01-01T00:00:00Z',
      expiresAt: '2020-01-01T00:00:00Z',
    };
    expect(codesOf(input).toSorted()).toEqual(
      [
        '/to/0/address address_invalid',
        '/to/1 type',
        '/to/2/address required',
        '/to/2/addres unknown_field',
        '/cc address_invalid',
        '/cc address_invalid',
        '/subject control_character',
        '/text no_body',
        '/body unknown_field',
        '/attachments/0 content_missing',
        '/attachments/0/name name_invalid',
        '/attachments/0/contentType content_type_invalid',
        '/attachments/0/contentBytes unknown_field',
        '/importance value_not_allowed',
        '/headers/X-A control_character',
        '/headers/To header_not_allowed',
        '/metadata/1 metadata_key_invalid',
        '/sendAt send_at_too_far',
        '/expiresAt expires_in_past',
        '/expiresAt expires_before_send',
      ].toSorted(),
    );
  });

  it.each([
    ['body', 'text or html'],
    ['isHtml', 'html instead of text'],
    ['recipients', 'to'],
    ['Subject', 'subject'],
    ['send_at', 'sendAt'],
    ['idempotencykey', 'idempotencyKey'],
    ['sender', 'from'],
  ])('of an unknown field %s says that %s may be meant', (name, meant) => {
    const [problem] = problemsOf({ ...MINIMAL, [name]: 'a' });
    expect(problem?.detail).toBe(`did you mean ${meant}?`);
  });

  it("of a Logic App's binary content says what to give instead", () => {
    const content = { '$content-type': 'application/pdf', $content: 'QUJD' };
    const [problem] = problemsOf({ ...MINIMAL, attachments: [{ ...ATTACHMENT, contentInBase64: content }] });
    expect(problem).toEqual({
      pointer: '/attachments/0/contentInBase64',
      code: 'type',
      detail: 'expected a text; got an object with $content; give what that field holds',
    });
  });

  it('of an unknown field that resembles none lists the fields', () => {
    const [problem] = problemsOf({ ...MINIMAL, zebra: 1 });
    expect(problem?.detail).toContain('expected one of idempotencyKey, reference, app');
  });

  it('of a field named __proto__ is not lost', () => {
    expect(codesOf(JSON.parse('{"to":"a@b.co","subject":"a","text":"a","__proto__":{"x":1}}'))).toEqual([
      '/__proto__ unknown_field',
    ]);
    expect(
      codesOf(JSON.parse('{"to":"a@b.co","subject":"a","text":"a","metadata":{"__proto__":"x"}}')),
    ).toEqual(['/metadata/__proto__ metadata_key_invalid']);
    expect(
      codesOf(JSON.parse('{"to":"a@b.co","subject":"a","text":"a","headers":{"__proto__":"x"}}')),
    ).toEqual(['/headers/__proto__ header_not_allowed']);
  });

  it('points to the value that is wrong, whatever the names on the way', () => {
    const key = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 5 }), (keys) => {
        const metadata = Object.fromEntries(keys.map((name) => [name, { wrong: name }]));
        const input = { ...MINIMAL, metadata };
        const types = problemsOf(input).filter((problem) => problem.code === 'type');
        expect(types.map((problem) => resolve(input, problem.pointer))).toEqual(
          Object.keys(metadata)
            .filter((name) => name !== '__proto__')
            .map((name) => ({ wrong: name })),
        );
      }),
    );
  });

  it('never repeats what the mail says', () => {
    const secret = 'TopSecret';
    const problems = problemsOf({
      to: [secret, { address: `${secret}@x` }],
      cc: `${secret}; ${secret} <${secret}>`,
      from: `${secret} ${secret}`,
      subject: `${secret}\n`,
      text: { secret },
      html: [secret],
      app: `${secret}/`,
      attachments: [
        { name: `/${secret}`, contentType: secret, contentInBase64: `${secret}!`, contentId: ` ${secret}` },
      ],
      headers: { 'X-A': `${secret}\n`, References: `ü${secret}` },
      importance: secret,
      sendAt: secret,
      tags: [`${secret}\n`],
    });
    expect(problems.length).toBeGreaterThan(14);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });

  it('is one of a hundred at the most, the last of which counts the rest', () => {
    const problems = problemsOf({ ...MINIMAL, to: Array.from({ length: 5000 }, () => 'nope') });
    expect(problems).toHaveLength(100);
    expect(problems.at(-1)).toEqual({
      pointer: '',
      code: 'more_problems',
      detail: '4901 more problems are not listed',
    });
  });

  it('about a huge field name does not repeat it', () => {
    const problems = problemsOf({ ...MINIMAL, ['x'.repeat(1_000_000)]: 1 });
    expect(problems).toEqual([
      { pointer: '', code: 'unknown_field', detail: 'a field whose name has 1000000 characters' },
    ]);
  });
});

describe('what is bound for a header', () => {
  const FIELDS: readonly ((text: string) => Record<string, unknown>)[] = [
    (text) => ({ subject: text }),
    (text) => ({ from: text }),
    (text) => ({ from: { displayName: text } }),
    (text) => ({ from: { address: text } }),
    (text) => ({ to: text }),
    (text) => ({ to: [{ address: 'a@contoso.com', displayName: text }] }),
    (text) => ({ cc: [`"${text}" <a@contoso.com>`] }),
    (text) => ({ replyTo: { address: `a@contoso.com${text}` } }),
    (text) => ({ headers: { 'X-A': text } }),
    (text) => ({ headers: { [`X-${text}`]: 'a' } }),
    (text) => ({ attachments: [{ ...ATTACHMENT, name: text }] }),
    (text) => ({ attachments: [{ ...ATTACHMENT, contentType: `text/plain; name="${text}"` }] }),
    (text) => ({ attachments: [{ ...ATTACHMENT, contentId: text }] }),
  ];

  it('is refused, never cleaned, with a control character or half a surrogate pair anywhere in it', () => {
    const bad = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\0',
      '\t',
      '\u001B',
      '\u007F',
      '\u0085',
      '\u2028',
      '\uD800',
    );
    const text = fc.string({ maxLength: 10 });
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), text, bad, text, (field, before, character, after) => {
        expect(problemsOf({ ...MINIMAL, ...field(before + character + after) })).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is accepted without', () => {
    for (const field of FIELDS) {
      const problems = problemsOf({ ...MINIMAL, ...field('a') });
      expect(problems.filter((problem) => problem.code === 'control_character')).toEqual([]);
    }
  });
});

describe('the list of codes', () => {
  it('explains each in a sentence', () => {
    for (const [code, meaning] of Object.entries(PROBLEM_CODES)) {
      expect(code).toMatch(/^[a-z][a-z0-9_]+$/);
      expect(meaning).toMatch(/\.$/);
    }
  });
});
