import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplyAssembler } from '../../../../../shared/adapters/smtp/fast/replyAssembler.ts';

const hear = (text: string) => new ReplyAssembler().push(Buffer.from(text));

describe('ReplyAssembler', () => {
  test('a reply ends with the line that has a blank, or nothing, behind its code', () => {
    expect(hear('250-a\r\n250-b\r\n250 c\r\n354\r\n550 5.1.1 no\r\n')).toEqual({
      replies: ['250-a\n250-b\n250 c', '354', '550 5.1.1 no'],
      flaw: null,
    });
  });

  test('a line that ends with LF alone is a line', () => {
    expect(hear('250-a\n250 b\n').replies).toEqual(['250-a\n250 b']);
  });

  test('however the bytes are cut, the replies are the same', () => {
    const stream = Buffer.from('220 grüezi\r\n250-PIPELINING\r\n250 SIZE\r\n354 go\r\n421 4.3.2 ade\r\n');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
        const assembler = new ReplyAssembler();
        const replies: string[] = [];
        for (let at = 0, piece = 0; at < stream.length; piece += 1) {
          const to = at + sizes[piece % sizes.length]!;
          replies.push(...assembler.push(stream.subarray(at, to)).replies);
          at = to;
        }
        expect(replies).toEqual(hear(stream.toString()).replies);
        expect(replies).toHaveLength(4);
      }),
    );
  });

  test.for([
    ['no number', 'HTTP/1.1 400 Bad Request\r\n', /no reply: "HTTP/],
    ['a code that SMTP does not have', '199 a\r\n', /no reply: "199 a"/],
    ['no blank behind the code', '250a\r\n', /no reply/],
    ['nothing at all', '\r\n', /no reply: ""/],
    ['two codes in one reply', '250-a\r\n251 b\r\n', /the codes 250 and 251/],
  ] as const)('%s is a flaw, and what came before it is heard', ([, text, flaw]) => {
    const heard = hear(`220 hello\r\n${text}250 after\r\n`);
    expect(heard.replies).toEqual(['220 hello']);
    expect(heard.flaw).toMatch(flaw);
  });

  test('a line that does not end is a flaw long before it fills the memory', () => {
    const assembler = new ReplyAssembler();
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const pushes = Array.from({ length: 10 }, () => assembler.push(megabyte).flaw);
    expect(pushes[0]).toMatch(/more than 16384 bytes/);
    const slow = new ReplyAssembler();
    let pushed = 0;
    while (slow.push(Buffer.from('250 xxxxxxxxxxxx')).flaw === null) pushed += 16;
    expect(pushed).toBeLessThanOrEqual(16 * 1024);
  });

  test('a reply whose lines do not end is a flaw too', () => {
    const assembler = new ReplyAssembler();
    let lines = 0;
    while (assembler.push(Buffer.from(`250-${'x'.repeat(96)}\r\n`)).flaw === null) lines += 1;
    expect(lines).toBeLessThan(700);
  });

  test('a line that was a reply before ends one of several lines all the same', () => {
    const assembler = new ReplyAssembler();
    const { replies } = assembler.push(Buffer.from('250 ok\r\n250 ok\r\n250-one\r\n250 ok\r\n250 ok\r\n'));
    expect(replies).toEqual(['250 ok', '250 ok', '250-one\n250 ok', '250 ok']);
  });
});
