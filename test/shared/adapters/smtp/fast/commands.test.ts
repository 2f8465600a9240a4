import { describe, expect, test } from 'vitest';
import { readCapabilities } from '../../../../../shared/adapters/smtp/fast/capabilities.ts';
import { envelopeOf, unfitAddress } from '../../../../../shared/adapters/smtp/fast/commands.ts';
import { chooseDialogue } from '../../../../../shared/adapters/smtp/fast/dialogues.ts';

const offered = (...lines: string[]) =>
  readCapabilities(['250-server PIPELINING CHUNKING', ...lines.map((line) => `250-${line}`)].join('\n'));

describe('what a server offers', () => {
  test('is read from its lines, not from its name, in whatever case', () => {
    expect(offered()).toEqual({ lines: [], pipelining: false, chunking: false, sizeLimitBytes: null });
    expect(offered('Pipelining', 'CHUNKING', 'AUTH LOGIN xoauth2')).toEqual({
      lines: ['PIPELINING', 'CHUNKING', 'AUTH LOGIN XOAUTH2'],
      pipelining: true,
      chunking: true,
      sizeLimitBytes: null,
    });
  });

  test.for([
    ['SIZE', Infinity],
    ['SIZE 0', Infinity],
    ['SIZE 157286400', 157_286_400],
    ['SIZE MATTERS', null],
  ] as const)('%s: %s bytes', ([line, limit]) => {
    expect(offered(line).sizeLimitBytes).toBe(limit);
  });

  test.for([
    [['CHUNKING', 'PIPELINING'], 'CHUNKING', 4],
    [['PIPELINING'], 'PIPELINING', 2],
    [['CHUNKING'], 'plain', 1],
    [[], 'plain', 1],
  ] as const)('%j: the dialogue is %s, %d in flight', ([lines, name, depth]) => {
    expect(chooseDialogue(offered(...lines), 4)).toMatchObject({ name, depth });
  });
});

describe('the envelope', () => {
  const linesOf = (...lines: string[]) =>
    envelopeOf('hve@contoso.com', ['ann@contoso.com'], 100, offered(...lines)).map(({ line }) => line);

  test.for([
    [[], 'MAIL FROM:<hve@contoso.com>'],
    [['SIZE'], 'MAIL FROM:<hve@contoso.com> SIZE=100'],
    [['SIZE 100'], 'MAIL FROM:<hve@contoso.com> SIZE=100'],
    [['SIZE 99'], 'MAIL FROM:<hve@contoso.com> SIZE=100'],
  ] as const)('where %j is offered: %s', ([lines, mail]) => {
    expect(linesOf(...lines)).toEqual([mail, 'RCPT TO:<ann@contoso.com>']);
  });

  test.for(['', 'a b@c.d', 'a@b.c>\r\nDATA', '<a@b.c', 'a@b.c\n', 'ä@b.c', 'a\0@b.c'])(
    'an address such as %j never stands in one',
    (address) => {
      expect(unfitAddress(['ann@contoso.com', address])).toBe(address);
      expect(unfitAddress(['ann@contoso.com'])).toBeNull();
    },
  );
});
