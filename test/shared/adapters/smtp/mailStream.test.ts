import fc from 'fast-check';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { GivenUp, makeMailStream } from '../../../../shared/adapters/smtp/mailStream.ts';
import { mailOf } from '../../../contracts/mailTransport/mailOf.ts';

const identity = Buffer.from('Message-ID: <1@contoso.com>\r\n');

test('whatever its pieces are, all but the last line break goes before the point of no return, and then the rest', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '.', '\r\n'), maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (pieces) => {
      const whole = Buffer.concat([identity, ...pieces.map((piece) => Buffer.from(piece))]);
      let before: Buffer | null = null;
      const gone: Buffer[] = [];
      const mayEnd = (): boolean => {
        before = Buffer.concat(gone);
        return true;
      };
      const stream = makeMailStream(
        identity,
        mailOf(...pieces.map((piece) => Buffer.from(piece))),
        mayEnd,
        () => undefined,
      );
      stream.on('data', (bytes: Buffer) => gone.push(bytes));
      expect(await buffer(stream)).toEqual(whole);
      expect(whole.subarray(0, -2)).toEqual(before);
    }),
  );
});

test('a mail that has fewer bytes than it says fails before the point of no return, and does not end', async () => {
  let asked = 0;
  const mail = { ...mailOf(Buffer.from('Subject: x\r\n\r\nHello\r\n')), sizeBytes: 100 };
  const mayEnd = (): boolean => ++asked > 0;
  const stream = makeMailStream(identity, mail, mayEnd, () => undefined);
  await expect(buffer(stream)).rejects.toThrow('fewer than its size says');
  expect(asked).toBe(0);
});

test('given up: the stream fails, without its last line break', async () => {
  const mail = mailOf(Buffer.from('Subject: x\r\n\r\nHello\r\n'));
  const stream = makeMailStream(
    identity,
    mail,
    () => false,
    () => undefined,
  );
  const gone: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => gone.push(bytes));
  await expect(buffer(stream)).rejects.toThrow(GivenUp);
  expect(Buffer.concat(gone).toString()).toMatch(/Hello$/);
});
