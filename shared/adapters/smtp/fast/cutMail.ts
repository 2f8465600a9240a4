/** Pieces of `head` and `body` together, all but the last of `pieceBytes`; there is always one. Views of the body but for the first. */
export function cutMail(head: Buffer, body: Uint8Array, pieceBytes: number): readonly [Buffer, ...Buffer[]] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const firstBytes = Math.max(pieceBytes - head.length, 0);
  const pieces: [Buffer, ...Buffer[]] = [Buffer.concat([head, bytes.subarray(0, firstBytes)])];
  for (let at = firstBytes; at < bytes.length; at += pieceBytes) {
    pieces.push(bytes.subarray(at, at + pieceBytes));
  }
  return pieces;
}
