import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Blobs } from '../../shared/ports.ts';

export interface OpenedBlobs {
  readonly blobs: Blobs;
  /** A producer writes into its container. */
  putContent(path: string, bytes: Uint8Array): Promise<void>;
}

/** The contract of the port Blobs. Each `open` gives empty containers. */
export function describeBlobs(title: string, open: () => Promise<OpenedBlobs>): void {
  describe(`Blobs: ${title}`, () => {
    let opened: OpenedBlobs;
    beforeEach(async () => {
      opened = await open();
    });

    it('keeps a payload to the byte, and overwrites it: a repeat writes the same', async () => {
      const { blobs } = opened;
      const bytes = randomBytes(300_000);
      await blobs.putPayload('2026-11-24/x', randomBytes(10));
      await blobs.putPayload('2026-11-24/x', bytes);
      await blobs.putPayload('2026-11-24/x', bytes);
      expect(Buffer.from((await blobs.readPayload('2026-11-24/x'))!).equals(bytes)).toBe(true);
      await blobs.putPayload('empty', new Uint8Array());
      expect(await blobs.readPayload('empty')).toHaveLength(0);
    });

    it('says null of a payload that is not there', async () => {
      expect(await opened.blobs.readPayload('nobody')).toBeNull();
    });

    it('reads content up to its bound, and says its size without reading it', async () => {
      const bytes = randomBytes(100_000);
      const path = 'invoices/2026 ä#1?%.pdf';
      await opened.putContent(path, bytes);
      expect(await opened.blobs.contentSize(path)).toBe(100_000);
      const read = await opened.blobs.readContent(path, 100_000);
      expect(read.ok && Buffer.from(read.bytes).equals(bytes)).toBe(true);
      expect(await opened.blobs.readContent(path, 99_999)).toEqual({ ok: false, reason: 'tooLarge' });
    });

    it('calls content that is not there missing', async () => {
      expect(await opened.blobs.contentSize('nobody')).toBeNull();
      expect(await opened.blobs.readContent('nobody', 10)).toEqual({ ok: false, reason: 'missing' });
    });

    it.each(['', '.', '..', '../mail-payloads/secret', 'a/../../mail-payloads/secret', '%2e%2e/x'])(
      'reads nothing outside of the producers’ container: %s',
      async (path) => {
        await opened.blobs.putPayload('secret', randomBytes(10));
        expect(await opened.blobs.contentSize(path)).toBeNull();
        expect(await opened.blobs.readContent(path, 100)).toEqual({ ok: false, reason: 'missing' });
      },
    );
  });
}
