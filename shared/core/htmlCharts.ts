/** Charts of a mail (pure): coloured cells of tables, which every mail program shows. What they show is said in words too. */
import type { Colour } from './htmlMail.ts';
import { COLOURS, NO_LINE, escapeHtml, layoutTable, textStyle } from './htmlMail.ts';

/** `percent` of the width is filled; from 0 to 100. */
export function bar(percent: number, colour: Colour = 'bar', heightPx = 10): string {
  const filled = barPart(percent, colour, heightPx);
  return layoutTable(`<tr>${filled}${barPart(100 - percent, 'track', heightPx)}</tr>`);
}

function barPart(percent: number, colour: Colour, heightPx: number): string {
  if (percent === 0) return '';
  return `<td width="${percent}%" height="${heightPx}" bgcolor="${COLOURS[colour]}" style="height:${heightPx}px;${NO_LINE}">&nbsp;</td>`;
}

export interface ChartColumn {
  /** Under the column; shown for every third one, where there is room. */
  readonly label: string;
  /** Of the chart's height, from 0 to 100. */
  readonly percent: number;
}

const CHART_HEIGHT_PX = 80;
const COLUMNS_PER_LABEL = 3;

/** Columns side by side. `description` says what it shows to whoever does not see it. */
export function columnChart(columns: readonly ChartColumn[], description: string): string {
  const width = Math.floor(100 / Math.max(1, columns.length));
  const drawn = columns.map(({ percent }) => {
    const height = Math.max(1, Math.round((percent * CHART_HEIGHT_PX) / 100));
    const rows =
      columnPart(CHART_HEIGHT_PX - height, null) + columnPart(height, percent === 0 ? 'line' : 'bar');
    return `<td width="${width}%" valign="bottom" style="padding:0 1px">${layoutTable(rows)}</td>`;
  });
  const labels = columns.flatMap(({ label }, index) => {
    if (index % COLUMNS_PER_LABEL !== 0) return [];
    const span = Math.min(COLUMNS_PER_LABEL, columns.length - index);
    const style = `${textStyle(11, 16, 'quiet')};padding:2px 1px 0 1px`;
    return [`<td colspan="${span}" align="left" valign="top" style="${style}">${escapeHtml(label)}</td>`];
  });
  const rows = `<tr>${drawn.join('\n')}</tr><tr>${labels.join('')}</tr>`;
  return `<div role="img" aria-label="${escapeHtml(description)}">${layoutTable(rows, ' style="width:100%;table-layout:fixed"')}</div>`;
}

function columnPart(heightPx: number, colour: Colour | null): string {
  if (heightPx === 0) return '';
  const paint = colour === null ? '' : ` bgcolor="${COLOURS[colour]}"`;
  return `<tr><td height="${heightPx}"${paint} style="height:${heightPx}px;${NO_LINE}">&nbsp;</td></tr>`;
}
