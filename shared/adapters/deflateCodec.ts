import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Codec } from '../ports.ts';

/** Texts packed with deflate: a message's JSON shrinks to a third, and most fit into their row. */
export function makeDeflateCodec(): Codec {
  return {
    pack: (text) => deflateRawSync(text),
    unpack: (bytes) => inflateRawSync(bytes).toString('utf8'),
  };
}
