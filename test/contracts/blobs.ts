import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Blobs } from '../../shared/ports.ts';
import { collect } from './sampleMessages.ts';

const HOUR_MS = 3_600_000;

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

    it('lists payloads by their days, each with when it was written', async () => {
      const { blobs } = opened;
      expect(await collect(blobs.payloadDays())).toEqual([]);
      expect(await collect(blobs.listPayloads('2026-11-24'))).toEqual([]);
      for (const name of ['2026-11-25/c', '2026-11-24/b', '2026-11-24/a', 'alone']) {
        await blobs.putPayload(name, randomBytes(10));
      }
      expect(await collect(blobs.payloadDays())).toEqual(['2026-11-24', '2026-11-25']);
      const listed = await collect(blobs.listPayloads('2026-11-24'));
      expect(listed.map(({ name }) => name)).toEqual(['2026-11-24/a', '2026-11-24/b']);
      for (const { writtenAt } of listed) expect(Math.abs(writtenAt - Date.now())).toBeLessThan(HOUR_MS);
      expect(await collect(blobs.listPayloads('2026-11-2'))).toEqual([]);
    });

    it('removes a payload, and not one that was written anew since it was listed', async () => {
      const { blobs } = opened;
      await blobs.putPayload('2026-11-24/a', randomBytes(10));
      const [listed] = await collect(blobs.listPayloads('2026-11-24'));
      await blobs.putPayload('2026-11-24/a', randomBytes(20));
      expect(await blobs.removePayload(listed!.name, listed!.etag)).toBe(false);
      expect(await blobs.readPayload('2026-11-24/a')).toHaveLength(20);
      const [again] = await collect(blobs.listPayloads('2026-11-24'));
      expect(await blobs.removePayload(again!.name, again!.etag)).toBe(true);
      expect(await blobs.readPayload('2026-11-24/a')).toBeNull();
      expect(await blobs.removePayload('2026-11-24/a', again!.etag)).toBe(true);
      await blobs.putPayload('2026-11-24/b', randomBytes(10));
      expect(await blobs.removePayload('2026-11-24/b', null)).toBe(true);
      expect(await blobs.removePayload('2026-11-24/b', null)).toBe(true);
    });

    it('removes content, and not what its producer has written since', async () => {
      const { blobs, putContent } = opened;
      await putContent('reports/today.json', randomBytes(10));
      expect(await blobs.removeContent('reports/today.json', Date.now() - HOUR_MS)).toBe(false);
      expect(await blobs.contentSize('reports/today.json')).toBe(10);
      expect(await blobs.removeContent('reports/today.json', Date.now() + HOUR_MS)).toBe(true);
      expect(await blobs.contentSize('reports/today.json')).toBeNull();
      expect(await blobs.removeContent('reports/today.json', Date.now())).toBe(true);
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
