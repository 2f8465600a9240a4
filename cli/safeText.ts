/**
 * Whatever comes from outside (subjects, replies, names) may hold what a terminal obeys: escape sequences, carriage returns,
 * and characters that turn the direction of the text round. It is shown as text, never written as it is.
 */

/** C0, DEL, C1 (0x9b alone begins an escape sequence), line and paragraph separator, and the controls of direction. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line, with `\x1b` and the like in the place of what a terminal obeys. */
export function safeText(text: string): string {
  return text.replace(OBEYED, (character) => SHORT[character] ?? escapeOf(character));
}

/** JSON that no terminal obeys. It parses to the same value: JSON.stringify alone leaves DEL and C1 as they are. */
export function safeJson(value: unknown, indent: number | undefined): string {
  return (JSON.stringify(value, null, indent) ?? 'null').replace(OBEYED, (character) =>
    character === '\n' ? character : `\\u${hex(character, 4)}`,
  );
}

function escapeOf(character: string): string {
  return character <= '\u00ff' ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, '0');
}
