import type { Chance } from '../../../ports.ts';

/** 128 bits: whoever writes the text of a mail cannot hit them. */
const NONCE_BYTES = 16;

/**
 * The boundaries of one mail, made of chance the first time that one is asked for. `=_` is in neither base64 nor
 * quoted-printable; the rest is what no text knows, which goes as it is.
 */
export function makeBoundaries(chance: Pick<Chance, 'bytes'>): () => string {
  let nonce: string | null = null;
  let count = 0;
  return () => {
    nonce ??= Buffer.from(chance.bytes(NONCE_BYTES)).toString('base64url');
    count += 1;
    return `=_${nonce}_${count}`;
  };
}
