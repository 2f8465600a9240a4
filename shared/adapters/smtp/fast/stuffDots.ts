const DOT = 46;
const LINE_FEED = 10;

/**
 * The bytes with each dot at the beginning of a line doubled (RFC 5321 section 4.5.2); the very same where there is none.
 * A lone LF counts as a line end too: a server that takes it for one must not find the end of the data after it.
 * `atLineStart`: the first byte is a line's first.
 */
export function stuffDots(bytes: Buffer, atLineStart: boolean): Buffer {
  const starts = atLineStart && bytes[0] === DOT ? [0] : [];
  for (let at = bytes.indexOf('\n.'); at !== -1; at = bytes.indexOf('\n.', at + 1)) starts.push(at + 1);
  if (starts.length === 0) return bytes;
  const stuffed = Buffer.allocUnsafe(bytes.length + starts.length);
  let from = 0;
  starts.forEach((start, doubled) => {
    bytes.copy(stuffed, from + doubled, from, start);
    stuffed[start + doubled] = DOT;
    from = start;
  });
  bytes.copy(stuffed, from + starts.length, from);
  return stuffed;
}

export function endsLine(bytes: Buffer): boolean {
  return bytes.length === 0 || bytes[bytes.length - 1] === LINE_FEED;
}
