import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Codec } from '../ports.ts';

/** Above it a text is mostly attachments in base64. */
const LARGE_CHARACTERS = 1_000_000;

/**
 * What there is to win with base64 is its 6 bits of 8. Looking for repeats finds none, and takes five times as long: on a
 * small instance over a second for a mail of 10 MB, in which nothing else goes on.
 */
const FOR_LARGE = { level: 1, strategy: constants.Z_HUFFMAN_ONLY };

/** By how much such a text grows again, with room: it is unpacked into one buffer, not into many that are joined. */
const UNPACKED_LARGE = 1.4;
/** What zlib takes by itself. */
const LEAST_CHUNK_BYTES = 16 * 1024;

/** Texts packed with deflate: a message's JSON shrinks to a third, and most fit into their row. */
export function makeDeflateCodec(): Codec {
  return {
    pack: (text) => deflateRawSync(text, text.length > LARGE_CHARACTERS ? FOR_LARGE : {}),
    unpack: (bytes) =>
      inflateRawSync(bytes, {
        chunkSize: Math.max(Math.ceil(bytes.length * UNPACKED_LARGE), LEAST_CHUNK_BYTES),
      }),
  };
}
