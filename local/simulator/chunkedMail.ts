import { REPLIES } from './replies.ts';

/** `BDAT 1000 LAST` */
export interface ChunkCommand {
  readonly sizeBytes: number;
  readonly isLast: boolean;
}

/** Fifteen digits: what a number still holds exactly. */
const BDAT = /^BDAT +(\d{1,15})( +LAST)? *$/i;

/** Null: it does not say how many octets follow. */
export function parseChunkCommand(line: string): ChunkCommand | null {
  const [, size, last] = BDAT.exec(line) ?? [];
  return size === undefined ? null : { sizeBytes: Number(size), isLast: last !== undefined };
}

/**
 * What one transaction has brought by BDAT so far. Once a chunk is refused the transaction is lost: whatever chunk comes
 * after it, pipelined before the client could know, is refused too (RFC 3030 section 2), until RSET.
 */
export class ChunkedMail {
  private readonly maxBytes: number | null;
  private octets: Buffer[] = [];
  private sizeBytes = 0;
  private isRefused = false;

  constructor(maxBytes: number | null) {
    this.maxBytes = maxBytes;
  }

  take(octets: Buffer): void {
    this.sizeBytes += octets.length;
    // What is too large is read to its end, so that the reply comes where the client waits for it, but not kept.
    if (this.isTooLarge || this.isRefused) this.octets = [];
    else this.octets.push(octets);
  }

  refuse(): void {
    this.isRefused = true;
    this.octets = [];
  }

  /** Why a chunk whose octets are all here is not taken; null: it is. */
  refusal(): string | null {
    if (this.isRefused) return REPLIES.chunkRefusedBefore;
    return this.isTooLarge ? REPLIES.tooLarge : null;
  }

  bytes(): Buffer {
    return Buffer.concat(this.octets);
  }

  private get isTooLarge(): boolean {
    return this.maxBytes !== null && this.sizeBytes > this.maxBytes;
  }
}
