import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Attachment, Message } from '../../../shared/core/message.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';
import { openPayload, parsePayload, renderPayload } from '../../../shared/core/payload.ts';
import { NOON } from '../../contracts/sampleMessages.ts';

/** From here on an attachment is taken out. */
const LARGE_BYTES = (64 * 1024 * 3) / 4;

function messageOf(value: object, attachments: readonly Attachment[] = []): Message {
  const parsed = parseMessage({ to: 'ann@contoso.com', subject: 'x', text: 'y', ...value }, { now: NOON });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.message, attachments: [...parsed.message.attachments, ...attachments] };
}

function file(bytes: Uint8Array): { name: string; contentType: string; contentInBase64: string } {
  return {
    name: 'statement.pdf',
    contentType: 'application/pdf',
    contentInBase64: Buffer.from(bytes).toString('base64'),
  };
}

/** As it is stored: what is packed is what is unpacked. */
function stored(message: Message): Uint8Array {
  return Buffer.from(renderPayload(message));
}

/** With what was taken out put in again. */
function restored(json: Uint8Array): Message {
  const { message, files } = openPayload(json);
  const attachments = message.attachments.map((attachment): Attachment => {
    const { content } = attachment;
    const bytes = content.kind === 'inline' ? files.get(content.base64) : undefined;
    if (bytes === undefined) return attachment;
    return { ...attachment, content: { kind: 'inline', base64: Buffer.from(bytes).toString('base64') } };
  });
  return { ...message, attachments };
}

test('large attachments are taken out as their bytes, each at its place; the others stay', () => {
  const sizes = [10, LARGE_BYTES, 0, LARGE_BYTES + 1, 200_000, 199_999, LARGE_BYTES - 3];
  const files = sizes.map((size) => randomBytes(size));
  const message = messageOf({ attachments: files.map(file) });
  const opened = openPayload(stored(message));
  expect([...opened.files.values()].map((bytes) => Buffer.from(bytes))).toEqual(
    files.filter(({ length }) => length >= LARGE_BYTES),
  );
  expect(restored(stored(message))).toEqual(message);
});

test('what only looks like an attachment is left as it is, wherever a producer writes it', () => {
  const look = `"content":{"kind":"inline","base64":"${'A'.repeat(100_000)}"}`;
  const message = messageOf({
    subject: '\\"content\\":{',
    text: look,
    html: `${look}\\`,
    metadata: { content: look.slice(0, 900), base64: 'AAAA' },
    attachments: [file(randomBytes(100_000))],
  });
  expect(openPayload(stored(message)).files.size).toBe(1);
  expect(restored(stored(message))).toEqual(message);
});

test('whatever a message says, it is the same when it was opened', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.string({ unit: fc.constantFrom('"', '\\', 'content', 'base64', ':{', '"kind":"inline"', ',') }),
  );
  const size = fc.constantFrom(0, 1, 2, 3, LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + 1);
  fc.assert(
    fc.property(text, text, fc.array(size, { maxLength: 3 }), (words, name, sizes) => {
      const sample = messageOf({});
      const message: Message = {
        ...sample,
        subject: words,
        text: words,
        metadata: { [name]: words, ...(name === '' ? {} : { content: name }) },
        attachments: sizes.map((bytes): Attachment => ({
          name,
          contentType: words,
          contentId: name,
          disposition: 'inline',
          content: { kind: 'inline', base64: randomBytes(bytes).toString('base64') },
        })),
      };
      const json = stored(message);
      const expected = parsePayload(json);
      expect(restored(json)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
