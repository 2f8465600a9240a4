import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  distinctRecipients,
  formatMailbox,
  MAX_ADDRESSES,
  parseAddressList,
} from '../../../shared/core/addressList.ts';
import type { Mailbox } from '../../../shared/core/message.ts';
import { timeOfThread } from './timeOfThread.ts';

const ANN: Mailbox = { address: 'ann@contoso.com', displayName: null };
const BOB: Mailbox = { address: 'bob@contoso.com', displayName: null };

const address = fc
  .tuple(
    fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}(\.[A-Za-z0-9+-]{1,12}){0,2}$/),
    fc.stringMatching(/^[a-z0-9]{1,12}(-[a-z0-9]{1,5})?\.[a-z]{2,6}$/),
  )
  .map(([localPart, domain]) => `${localPart}@${domain}`);
/** Anything that people may be called: no control characters, no blanks at the ends. */
const displayName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((name) => !/[\p{Cc}\u2028\u2029]/u.test(name) && name.trim() === name && name.isWellFormed());
/** Texts made of what means something in a list of addresses. */
const fragments = fc
  .array(fc.constantFrom('a', 'b.co', '@', '.', '<', '>', '"', ';', ',', '\\', ' ', 'ü', 'a@b.co', '\n'))
  .map((parts) => parts.join(''));
const mailbox = fc.record({ address, displayName: fc.option(displayName) });

describe('parseAddressList', () => {
  it.each<[string, readonly Mailbox[]]>([
    ['ann@contoso.com', [ANN]],
    ['  ann@contoso.com  ', [ANN]],
    ['<ann@contoso.com>', [ANN]],
    ['ann@contoso.com;bob@contoso.com', [ANN, BOB]],
    ['ann@contoso.com, bob@contoso.com', [ANN, BOB]],
    ['ann@contoso.com; bob@contoso.com;', [ANN, BOB]],
    [';;ann@contoso.com, ;bob@contoso.com,,', [ANN, BOB]],
    ['', []],
    [' ; , ', []],
    ['Ann Lee <ann@contoso.com>', [{ ...ANN, displayName: 'Ann Lee' }]],
    ['Ann Lee<ann@contoso.com>;', [{ ...ANN, displayName: 'Ann Lee' }]],
    ['"Lee, Ann; Dr." <ann@contoso.com>, bob@contoso.com', [{ ...ANN, displayName: 'Lee, Ann; Dr.' }, BOB]],
    [String.raw`"Ann \"A\" \\ Lee" <ann@contoso.com>`, [{ ...ANN, displayName: String.raw`Ann "A" \ Lee` }]],
    ['"<x>" <ann@contoso.com>', [{ ...ANN, displayName: '<x>' }]],
    ["O'Brien <ann@contoso.com>", [{ ...ANN, displayName: "O'Brien" }]],
    ['Jürgen Müller <ann@contoso.com>', [{ ...ANN, displayName: 'Jürgen Müller' }]],
    ['"" <ann@contoso.com>', [ANN]],
  ])('reads %j', (text, mailboxes) => {
    expect(parseAddressList(text)).toEqual({ mailboxes, problems: [] });
  });

  it.each([
    ['ann', 'address_invalid'],
    ['Ann Lee', 'address_invalid'],
    ['Ann Lee ann@contoso.com', 'address_invalid'],
    ['Ann <ann@contoso.com', 'address_invalid'],
    ['Ann <ann@contoso.com> Lee', 'address_invalid'],
    ['Ann <<ann@contoso.com>>', 'address_invalid'],
    ['Ann <>', 'address_invalid'],
    ['"Ann <ann@contoso.com>', 'address_invalid'],
    ['undisclosed-recipients:;', 'address_invalid'],
    ['jürgen@contoso.com', 'address_not_ascii'],
    ['ann@contoso.com\n', 'control_character'],
    ['"Ann\r\nBcc: eve@contoso.com" <ann@contoso.com>', 'control_character'],
    [`${'n'.repeat(257)} <ann@contoso.com>`, 'too_long'],
  ])('refuses %j', (text, code) => {
    const { mailboxes, problems } = parseAddressList(text);
    expect(mailboxes).toEqual([]);
    expect(problems.map((problem) => problem.code)).toEqual([code]);
  });

  it('names every wrong entry by its number and repeats none of it', () => {
    const { mailboxes, problems } = parseAddressList('secret1; ann@contoso.com; ; secret2@x');
    expect(mailboxes).toEqual([ANN]);
    expect(problems.map((problem) => problem.detail)).toEqual([
      expect.stringMatching(/^entry 1, 7 characters: /),
      expect.stringMatching(/^entry 3, 9 characters: /),
    ]);
    expect(JSON.stringify(problems)).not.toContain('secret');
  });

  it('says what to do with an unquoted comma in a display name', () => {
    const { problems } = parseAddressList('Lee, Ann <ann@contoso.com>');
    expect(problems[0]?.detail).toContain('needs quotation marks');
  });

  it('gives back what formatMailbox wrote, whatever people are called', () => {
    fc.assert(
      fc.property(
        fc.array(mailbox, { maxLength: 8 }),
        fc.constantFrom(';', ',', '; ', ' , '),
        (list, separator) => {
          const text = list.map((each) => formatMailbox(each)).join(separator);
          expect(parseAddressList(text)).toEqual({ mailboxes: list, problems: [] });
        },
      ),
    );
  });

  it('never lets a control character through, wherever it stands', () => {
    const control = fc.constantFrom('\r', '\n', '\0', '\t', '\u001B', '\u007F', '\u0085', '\u2028');
    fc.assert(
      fc.property(mailbox, control, fc.nat(), (each, character, position) => {
        const text = formatMailbox(each);
        const at = position % (text.length + 1);
        const { mailboxes } = parseAddressList(text.slice(0, at) + character + text.slice(at));
        expect(mailboxes).toEqual([]);
      }),
    );
  });

  it('takes any text without throwing, and gives only addresses that it takes again', () => {
    fc.assert(
      fc.property(fragments, (text) => {
        for (const each of parseAddressList(text).mailboxes) {
          expect(parseAddressList(each.address).mailboxes).toEqual([
            { address: each.address, displayName: null },
          ]);
        }
      }),
    );
  });

  it('reads 10,000 addresses, refuses more as one problem, and is quick about both', () => {
    const start = timeOfThread();
    const entries = Array.from(
      { length: MAX_ADDRESSES },
      (_, index) => `"U, ${index}" <u${index}@contoso.com>`,
    );
    expect(parseAddressList(entries.join(';')).mailboxes).toHaveLength(MAX_ADDRESSES);
    const { mailboxes, problems } = parseAddressList([...entries, 'ann@contoso.com'].join(';'));
    expect(mailboxes).toEqual([]);
    expect(problems).toMatchObject([{ code: 'too_many_recipients' }]);
    parseAddressList('"'.repeat(1_000_000));
    parseAddressList('<'.repeat(1_000_000));
    parseAddressList(String.raw`\"`.repeat(500_000));
    expect(timeOfThread() - start).toBeLessThan(2000);
  });
});

describe('distinctRecipients', () => {
  it('counts each mailbox once, where it stands first: to, cc, bcc', () => {
    const to = [ANN, { ...ANN, address: 'ANN@contoso.com' }];
    const cc = [BOB, { ...ANN, address: 'Ann@Contoso.com', displayName: 'Ann' }];
    const bcc = [
      { ...BOB, address: 'BOB@contoso.com' },
      { ...BOB, address: 'eve@contoso.com' },
    ];
    expect(distinctRecipients({ to, cc, bcc })).toEqual([
      'ann@contoso.com',
      'bob@contoso.com',
      'eve@contoso.com',
    ]);
  });
});
