import type { BlobClient, BlobRequestConditions, ContainerClient } from '@azure/storage-blob';
import type { BlobRead, Blobs } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { isConditionNotMet, isMissing, isStoreMissing, unavailable } from './storageErrors.ts';
import { within } from './within.ts';

/** A blob may have the size of the largest message; above the SDK's quick retries. */
const TRANSFER_TIMEOUT_MS = 60_000;

/**
 * Blobs in our container `mail-payloads` and in the producers', `mail-content`. Only a 404 is "missing"; whatever else goes wrong
 * throws `Unavailable`.
 */
export function makeBlobs(deps: { readonly storage: StorageAccess }): Blobs {
  const payloadsOf = async (): Promise<ContainerClient> => deps.storage.container('payloads');
  const contentOf = async (): Promise<ContainerClient> => deps.storage.container('content');

  return {
    async putPayload(name, bytes) {
      const payloads = await payloadsOf();
      const upload = async (): Promise<void> => {
        const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        await within(TRANSFER_TIMEOUT_MS, (abortSignal) =>
          payloads.getBlockBlobClient(name).upload(view, view.length, { abortSignal }),
        );
      };
      try {
        try {
          await upload();
        } catch (error) {
          if (!isStoreMissing(error)) throw error;
          await payloads.createIfNotExists();
          await upload();
        }
      } catch (error) {
        throw unavailable(`blob ${payloads.containerName}/${name}`, error);
      }
    },

    async readPayload(name) {
      const read = await withBlob(await payloadsOf(), name, async (blob, signal) =>
        readWithin(blob, Infinity, signal),
      );
      return read?.ok ? read.bytes : null;
    },

    async *payloadDays() {
      const payloads = await payloadsOf();
      for await (const item of whereThere(payloads, () => payloads.listBlobsByHierarchy('/'))) {
        if (item.kind === 'prefix') yield item.name.replace(/\/$/, '');
      }
    },

    async *listPayloads(day) {
      const payloads = await payloadsOf();
      for await (const blob of whereThere(payloads, () => payloads.listBlobsFlat({ prefix: `${day}/` }))) {
        const { lastModified, etag } = blob.properties;
        // A condition wants the ETag in quotation marks, which a listing leaves out.
        yield {
          name: blob.name,
          writtenAt: lastModified.getTime(),
          etag: etag.startsWith('"') ? etag : `"${etag}"`,
        };
      }
    },

    async removePayload(name, etag) {
      return removeBlob(await payloadsOf(), name, etag === null ? {} : { ifMatch: etag });
    },

    async removeContent(path, unmodifiedSince) {
      return removeBlob(await contentOf(), path, { ifUnmodifiedSince: new Date(unmodifiedSince) });
    },

    async contentSize(path) {
      return withBlob(await contentOf(), path, async (blob, abortSignal) => {
        const { contentLength } = await blob.getProperties({ abortSignal });
        return contentLength ?? 0;
      });
    },

    async readContent(path, atMostBytes) {
      const read = await withBlob(await contentOf(), path, async (blob, signal) =>
        readWithin(blob, atMostBytes, signal),
      );
      return read ?? { ok: false, reason: 'missing' };
    },
  };
}

/** Null: the blob, or its container, is not there. */
async function withBlob<T>(
  container: ContainerClient,
  name: string,
  operation: (blob: BlobClient, abortSignal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  if (!isPlainName(name)) return null;
  try {
    const blob = container.getBlobClient(name);
    return await within(TRANSFER_TIMEOUT_MS, (signal) => operation(blob, signal));
  } catch (error) {
    if (isMissing(error)) return null;
    throw unavailable(`blob ${container.containerName}/${name}`, error);
  }
}

/** Nothing where the container is not there. */
async function* whereThere<T>(container: ContainerClient, list: () => AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* list();
  } catch (error) {
    if (!isStoreMissing(error)) throw unavailable(`container ${container.containerName}`, error);
  }
}

/** False: the conditions do not hold. */
async function removeBlob(
  container: ContainerClient,
  name: string,
  conditions: BlobRequestConditions,
): Promise<boolean> {
  const isDone = await withBlob(container, name, async (blob, abortSignal) => {
    try {
      await blob.delete({ conditions, abortSignal, deleteSnapshots: 'include' });
      return true;
    } catch (error) {
      // Of a blob that has gone no condition holds either.
      if (isConditionNotMet(error)) return !(await blob.exists({ abortSignal }));
      throw error;
    }
  });
  return isDone ?? true;
}

/** Stops at the bound, whatever length was announced: a producer may replace the blob meanwhile. */
async function readWithin(
  blob: BlobClient,
  atMostBytes: number,
  abortSignal: AbortSignal,
): Promise<BlobRead> {
  const stop = new AbortController();
  const answer = await blob.download(0, undefined, {
    abortSignal: AbortSignal.any([abortSignal, stop.signal]),
  });
  const { contentLength = 0 } = answer;
  let bytes: Buffer = Buffer.alloc(0);
  let sizeBytes = 0;
  try {
    for await (const chunk of answer.readableStreamBody ?? []) {
      const needed = sizeBytes + chunk.length;
      if (Math.max(needed, contentLength) > atMostBytes) return { ok: false, reason: 'tooLarge' };
      // Filled as it comes in: pieces that are joined at the end would take the space twice.
      if (needed > bytes.length) bytes = grown(bytes, Math.max(needed, contentLength));
      bytes.set(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, sizeBytes);
      sizeBytes = needed;
    }
  } finally {
    stop.abort();
  }
  return { ok: true, bytes: bytes.subarray(0, sizeBytes) };
}

function grown(bytes: Buffer, toBytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(toBytes, 2 * bytes.length));
  bytes.copy(larger);
  return larger;
}

/** A name is a path of a URL: dots that lead out of the container, and what no blob is called, name nothing. */
function isPlainName(name: string): boolean {
  return name !== '' && name.length <= 1024 && !name.split('/').some((part) => part === '.' || part === '..');
}
