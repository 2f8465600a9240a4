import type { Reply } from './reply.ts';

/** Three digits, then an enhanced status code (RFC 3463) where the server gives one, then the text. */
const LINE = /^(\d{3})(?:[ -]|$)(?:([245]\.\d{1,3}\.\d{1,3})(?=\s|$))?\s*(.*)$/;

/**
 * A reply of one or several lines (RFC 5321 section 4.2.1) as one line: `550 5.7.1 First line second line`. The code is
 * the last line's, the enhanced one the first that any line has. Code 0: the text is no SMTP reply at all.
 */
export function parseReply(text: string): Reply {
  let code = 0;
  let enhanced: string | null = null;
  let said = '';
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    const parts = LINE.exec(line);
    if (parts?.[1] !== undefined) {
      code = Number(parts[1]);
      enhanced ??= parts[2] ?? null;
    }
    said = joinWords(said, (parts?.[3] ?? line).trim());
  }
  const codes = joinWords(code === 0 ? '' : String(code), enhanced ?? '');
  return { code, enhanced, text: joinWords(codes, said) };
}

/** With a space between them, where there are two. */
function joinWords(one: string, other: string): string {
  return one === '' || other === '' ? one + other : `${one} ${other}`;
}
