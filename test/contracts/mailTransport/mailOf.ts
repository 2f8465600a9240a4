import type { ComposedMail } from '../../../shared/ports.ts';

/** A composed mail of these pieces. */
export function mailOf(...pieces: Uint8Array[]): ComposedMail {
  return { pieces, sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0) };
}
