/** LEN is two bytes. */
const STORED_AT_MOST_BYTES = 0xffff;
const FINAL_STORED = 1;
const HEAD_BYTES = 5;

/**
 * The bytes as a deflate stream that packs nothing: one stored block, which every inflater reads. For what is so small that
 * packing it saves less than it costs. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4
 */
export function storedBlock(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length > STORED_AT_MOST_BYTES) throw new RangeError(`a stored block holds no ${length} bytes`);
  const block = new Uint8Array(HEAD_BYTES + length);
  const head = new DataView(block.buffer);
  head.setUint8(0, FINAL_STORED);
  head.setUint16(1, length, true);
  head.setUint16(3, length ^ STORED_AT_MOST_BYTES, true);
  block.set(bytes, HEAD_BYTES);
  return block;
}
