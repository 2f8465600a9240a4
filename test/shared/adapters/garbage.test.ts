import { expect, test, vi } from 'vitest';
import { findCollector, withCollection } from '../../../shared/adapters/garbage.ts';
import type { Blobs, Codec, MailTransport, Transaction } from '../../../shared/ports.ts';
import { mailOf } from '../../contracts/mailTransport/mailOf.ts';

const MEGABYTE = 1_000_000;

const WITHIN = { timeout: 30_000, interval: 5 };

/** Ports that give what they are asked for, and how often something was collected. */
function makeCounted() {
  let collected = 0;
  const gone: Buffer[] = [];
  const blobs = {
    readPayload: async () => Buffer.alloc(MEGABYTE),
    readContent: async (_path: string, atMostBytes: number) => ({
      ok: true,
      bytes: Buffer.alloc(atMostBytes),
    }),
  } as unknown as Blobs;
  const codec: Codec = {
    pack: (text) => Buffer.from(text),
    unpack: (bytes) => bytes,
  };
  const transport = {
    send: async ({ mail }: Transaction) => {
      for (const piece of mail.pieces) gone.push(Buffer.from(piece));
      return { recipients: [] };
    },
  } as unknown as MailTransport;
  const ports = withCollection({ blobs, codec, transport }, () => () => void (collected += 1));
  return { ...ports, gone, collected: () => collected };
}

test('large content that was read, packed or sent is collected after some of it, before more is read or sent', async () => {
  const { blobs, codec, transport, collected } = makeCounted();
  for (let read = 0; read < 16; read++) await blobs.readPayload('x');
  expect(collected()).toBe(0);
  await blobs.readContent('x', 10);
  expect(collected()).toBe(1);
  codec.unpack(codec.pack('x'.repeat(4 * MEGABYTE)));
  expect(collected()).toBe(1);
  await blobs.readContent('x', 10);
  expect(collected()).toBe(2);
  const mail = mailOf(...Array.from({ length: 33 }, () => Buffer.alloc(MEGABYTE)));
  await transport.send({ mail } as Transaction);
  expect(collected()).toBe(4);
});

test('small content never is', async () => {
  const { blobs, codec, transport, collected } = makeCounted();
  for (let n = 0; n < 1000; n++) {
    await blobs.readContent('x', 60_000);
    codec.unpack(codec.pack('x'.repeat(60_000)));
    await transport.send({ mail: mailOf(Buffer.alloc(60_000)) } as Transaction);
  }
  expect(collected()).toBe(0);
});

test('a mail goes out as it is, as often as it is sent', async () => {
  const { transport, gone } = makeCounted();
  const pieces = [Buffer.alloc(100_000, 'a'), Buffer.alloc(100_000, 'b')];
  for (let time = 0; time < 2; time++) await transport.send({ mail: mailOf(...pieces) } as Transaction);
  expect(Buffer.concat(gone)).toEqual(Buffer.concat([...pieces, ...pieces]));
});

test('this Node can be told to collect: what nobody holds is gone', async () => {
  const collect = findCollector();
  // All of it is counted, not how much more it became: what the tests before have left may go at any time.
  const countedBytes = (): number => process.memoryUsage().arrayBuffers;
  let held: ArrayBuffer | null = new ArrayBuffer(50 * MEGABYTE);
  collect();
  expect(countedBytes()).toBeGreaterThanOrEqual(held.byteLength);
  held = null;
  await new Promise(setImmediate);
  collect();
  // V8 gives the memory itself back in a thread of its own, which a busy machine may let wait.
  await vi.waitFor(() => {
    expect(countedBytes()).toBeLessThan(40 * MEGABYTE);
  }, WITHIN);
});
