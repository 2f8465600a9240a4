/** Plain text for a fixed font (pure): lines of a width, columns under each other, bars. */

/** RFC 5322 2.1.1 asks for 78 at the most. A name that is longer than its line is not cut. */
const LINE = 76;
/** Characters of a bar. */
export const BAR = 20;

/** Nothing where there are no lines. */
export function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, '-'.repeat(title.length), ...lines];
}

/** `[#####...............]` */
export function barOf(percent: number): string {
  const filled = percent === 0 ? 0 : Math.max(1, Math.floor((percent * BAR) / 100));
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
}

/** Columns under each other: numbers to the right, the last one as it is. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column]!;
      return /^[-\d]/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells
      .filter((_, column) => widths[column]! > 0)
      .join('  ')
      .trimEnd();
  });
}

/** At the spaces; a word that is longer than a line stands alone. `indent` begins the further lines, `first` the first. */
export function wrap(text: string, indent = '', first = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? `${lines.length === 0 ? first : indent}${word}` : `${line} ${word}`;
    if (line !== '' && longer.length > LINE) {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
