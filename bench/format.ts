/** How results are shown: a table for people, pairs for scripts. */

/** Columns as wide as their widest cell, the first to the left, the others (figures) to the right. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const [title, ...lines] = cells.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return [title!, widths.map((width) => '-'.repeat(width)).join('  '), ...lines];
}

/** `a=1 b=2`: no value has a space in it. */
export function formatFigures(figures: Readonly<Record<string, number | string>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** As precise as it can be taken for: three digits. */
export function roundFigure(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  return Number(value.toPrecision(3));
}
