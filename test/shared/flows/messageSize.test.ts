import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeChance } from '../../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../../shared/adapters/smtp/compose/composer.ts';
import type { Attachment, Message } from '../../../shared/core/message.ts';
import { makeMessageSize } from '../../../shared/flows/messageSize.ts';
import type { Blobs, LoadedAttachment } from '../../../shared/ports.ts';
import { contentWith } from '../adapters/smtp/compose/anyContent.ts';
import { plainMessage } from '../../../bench/plainMessage.ts';
import { contentBytes } from '../adapters/smtp/compose/sampleContent.ts';

const composer = makeComposer(makeChance());
const blobs = {} as Blobs;
const ACCOUNT = 'hve@contoso.com';

/** With its attachments in it, so that no blob is needed. */
function withInline(message: Message, attachments: readonly LoadedAttachment[]): Message {
  return {
    ...message,
    attachments: attachments.map(({ name, contentType, contentId, disposition, content }): Attachment => {
      const base64 = contentBytes(content).toString('base64');
      return { name, contentType, contentId, disposition, content: { kind: 'inline', base64 } };
    }),
  };
}

async function sizeOf(message: Message): Promise<number> {
  const attachments = message.attachments.map(({ name, contentType, contentId, disposition, content }) => ({
    name,
    contentType,
    contentId,
    disposition,
    content: content as LoadedAttachment['content'],
  }));
  const mail = await composer.compose({
    message,
    account: ACCOUNT,
    displayName: message.from.displayName,
    attachments,
    showRecipients: true,
    originalTo: null,
  });
  return composer.sizeOnTheWire(mail);
}

const isTooLarge = async (message: Message, messageBytes: number): Promise<boolean> =>
  (await makeMessageSize({ blobs, composer, messageBytes }).check(message, ACCOUNT)).tooLarge;

test('whatever a message holds, a byte above the limit is too large', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(contentWith(), async (content) => {
      const message = withInline(content.message, content.attachments);
      expect(await isTooLarge(message, (await sizeOf(message)) - 1)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test.for<[string, string]>([
  ['three bytes each', 'あ'.repeat(250)],
  ['quotes', '"'.repeat(250)],
  ['one character', 'あ'],
])('so are many long names, in %s', async ([, name]) => {
  const message = plainMessage({
    subject: name,
    to: Array.from({ length: 1000 }, () => ({ address: 'a@b.com', displayName: name })),
    headers: Array.from({ length: 40 }, (_, index) => ({ name: `X-${index}`, value: name })),
    attachments: Array.from({ length: 100 }, () => ({
      name,
      contentType: 'text/plain',
      contentId: null,
      disposition: 'attachment' as const,
      content: { kind: 'inline' as const, base64: '' },
    })),
  });
  expect(await isTooLarge(message, (await sizeOf(message)) - 1)).toBe(true);
});

test('a message well within the limit is not', async () => {
  const message = plainMessage({ text: 'x'.repeat(1000) });
  expect(await isTooLarge(message, 2 * (await sizeOf(message)))).toBe(false);
});

const files = (contents: readonly { readonly contentType: string; readonly bytes: Uint8Array }[]) =>
  plainMessage({
    attachments: contents.map(({ contentType, bytes }, index): Attachment => ({
      name: `file ${index}.bin`,
      contentType,
      contentId: null,
      disposition: 'attachment',
      content: { kind: 'inline', base64: Buffer.from(bytes).toString('base64') },
    })),
  });

test('its files are counted without being read or encoded, to the line break behind each', async () => {
  const file = fc.record({
    contentType: fc.constant('application/pdf'),
    bytes: fc.uint8Array({ maxLength: 400 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 4 }), async (contents) => {
      const message = files(contents);
      const size = await sizeOf(message);
      expect(await isTooLarge(message, size + 2 * contents.length)).toBe(false);
      expect(await isTooLarge(message, size - 1)).toBe(true);
    }),
  );
});

test('a message that is attached as it is is counted as it is', async () => {
  const bytes = Buffer.from(`Subject: x\r\n\r\n${'Hello\r\n'.repeat(50)}`);
  const message = files([{ contentType: 'message/rfc822', bytes }]);
  const size = await sizeOf(message);
  expect(await isTooLarge(message, size)).toBe(false);
  expect(await isTooLarge(message, size - 1)).toBe(true);
});

test.for<[string, string, number]>([
  ['less than base64 of it', 'as it is, in seven bits\r\n', 10_000],
  ['more than base64 of it, its lines being short', 'a\n', 100_000],
])('so is one that takes %s', async ([, line, lines]) => {
  const bytes = Buffer.from(`Subject: x\n\n${line.repeat(lines)}`);
  const message = files([{ contentType: 'message/rfc822', bytes }]);
  const size = await sizeOf(message);
  expect(await isTooLarge(message, size)).toBe(false);
  expect(await isTooLarge(message, size - 1)).toBe(true);
});
