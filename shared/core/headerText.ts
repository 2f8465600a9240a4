// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/;

/**
 * Why the text must not stand in a header, null where it may. A line break would begin a header of the producer's own
 * making, and half a surrogate pair has no bytes in UTF-8. Such text is refused, never cleaned: what was meant is unknown.
 */
export function headerTextFlaw(text: string): string | null {
  const match = CONTROL_CHARACTER.exec(text);
  if (match !== null) {
    const codePoint = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `the control character U+${codePoint} at position ${match.index + 1}; line breaks and control characters are not allowed here`;
  }
  return text.isWellFormed() ? null : 'half of a surrogate pair: it is no Unicode text';
}
