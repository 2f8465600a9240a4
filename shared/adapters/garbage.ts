/**
 * What large content leaves behind: the pieces that a download came in, those that a mail went out in, texts that were packed.
 * V8 counts most of it outside of its heap, and until another 64 MB have gathered there it sees no reason to collect; on an
 * instance of 512 MB that is a fifth of what a process may have. So it is told to, after less.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Blobs, Codec, ComposedMail, MailTransport } from '../ports.ts';

/** A mail of 10 MB leaves twice as much: it is read, unpacked, sent. To collect takes about a tenth of the time that these take. */
const COLLECTED_AFTER_BYTES = 16_000_000;

/** What is smaller V8 sees to in time. */
const LARGE_BYTES = 64 * 1024;

export type Collect = () => void;

/** The text that the message came in, the message, what it is packed from as text and as bytes. */
const COPIES_PACKED = 4;

interface LeavingPorts {
  readonly blobs: Blobs;
  readonly codec: Codec;
  readonly transport: MailTransport;
}

/** The ports, and what goes through them counted. */
export function withCollection(ports: LeavingPorts, findCollector: () => Collect): LeavingPorts {
  const { blobs, codec, transport } = ports;
  /** Found with the first need: most instances have none. */
  let collect: Collect | null = null;
  let leftBytes = 0;
  function leave(bytes: number, copies = 1): void {
    if (bytes >= LARGE_BYTES) leftBytes += copies * bytes;
  }

  /** Before more comes: what was left last may still be in use when it is counted. */
  function makeRoom(): void {
    if (leftBytes < COLLECTED_AFTER_BYTES) return;
    leftBytes = 0;
    collect ??= findCollector();
    collect();
  }

  function* count(pieces: Iterable<Uint8Array>): Generator<Uint8Array, void> {
    for (const piece of pieces) {
      makeRoom();
      leave(piece.length);
      yield piece;
    }
  }

  function counted({ pieces, sizeBytes }: ComposedMail): ComposedMail {
    return { pieces: { [Symbol.iterator]: () => count(pieces) }, sizeBytes };
  }

  return {
    blobs: {
      ...blobs,
      async readPayload(name) {
        makeRoom();
        const bytes = await blobs.readPayload(name);
        leave(bytes?.length ?? 0);
        return bytes;
      },
      async readContent(path, atMostBytes) {
        makeRoom();
        const read = await blobs.readContent(path, atMostBytes);
        leave(read.ok ? read.bytes.length : 0);
        return read;
      },
    },
    codec: {
      pack(text) {
        makeRoom();
        const packed = codec.pack(text);
        leave(text.length, COPIES_PACKED);
        return packed;
      },
      unpack(bytes) {
        const text = codec.unpack(bytes);
        leave(text.length);
        return text;
      },
    },
    transport: {
      ...transport,
      send: (transaction) =>
        transaction.mail.sizeBytes < LARGE_BYTES
          ? transport.send(transaction)
          : transport.send({ ...transaction, mail: counted(transaction.mail) }),
    },
  };
}

/** V8's own collector, which it shows in a context that is made while a flag is set. Does nothing where it does not. */
export function findCollector(): Collect {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? () => void Reflect.apply(gc, undefined, []) : () => undefined;
}
