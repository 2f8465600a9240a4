/** RFC 5322 section 2.1.1: the octets of a line without its CRLF. */
export const MAX_LINE_OCTETS = 998;

/** What RFC 5321 section 4.1.1.4 would rather not see in data, though it is in 7 bits. Tab, LF and CR are what text has. */
const CONTROL_CHARACTERS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
  (character) => !/[\t\n\r -~]/.test(character),
);

/**
 * Whether the text may go as it is once its line ends are CRLF: ASCII without control characters, no line above 998
 * octets. Looking for each of those 30 characters is several times as fast as one regular expression for them all.
 */
export function fitsSevenBits(text: string): boolean {
  return (
    Buffer.byteLength(text) === text.length &&
    !CONTROL_CHARACTERS.some((character) => text.includes(character)) &&
    hasShortLines(text)
  );
}

/** The last line end within each 998 characters ends all the lines before it too. A lone CR ends none: that is on the safe side. */
function hasShortLines(text: string): boolean {
  let lineStart = 0;
  while (text.length - lineStart > MAX_LINE_OCTETS) {
    const lineEnd = text.lastIndexOf('\n', lineStart + MAX_LINE_OCTETS);
    if (lineEnd < lineStart) return false;
    lineStart = lineEnd + 1;
  }
  return true;
}

/** A lone CR would become a line end on the way, a lone LF may; both are line ends here. */
export function withCrlf(text: string): string {
  if (text.includes('\r')) return text.replaceAll(/\r\n?|\n/g, '\r\n');
  return text.includes('\n') ? text.replaceAll('\n', '\r\n') : text;
}
