export interface CutPiece {
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/**
 * The parts one after another in pieces of at most `pieceBytes`; there is always one. Small parts that stand together are
 * joined by a copy, the others are views: of a large mail never more than one piece exists beside it. So there is more than
 * one piece where, and only where, all parts together are larger.
 */
export function* cutMail(parts: Iterable<Uint8Array>, pieceBytes: number): Generator<CutPiece, void> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for (const part of parts) {
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const view = bytes.subarray(at, at + pieceBytes);
      if (waitingBytes + view.length > pieceBytes) {
        yield { bytes: join(waiting), isLast: false };
        waiting = [];
        waitingBytes = 0;
      }
      waiting.push(view);
      waitingBytes += view.length;
    }
  }
  yield { bytes: join(waiting), isLast: true };
}

function join(views: readonly Buffer[]): Buffer {
  return views.length === 1 ? views[0]! : Buffer.concat(views);
}
