/**
 * The HTML that mail programs show alike (pure): tables with inline styles, as Outlook's Word engine wants it. No style sheet, no
 * flex, grid or position, no picture, nothing from elsewhere; widths as attributes too; the font on every cell, since Word
 * hands it down to no table. Whatever comes from outside goes through `escapeHtml`.
 */
export const COLOURS = {
  page: '#eef1f4',
  card: '#ffffff',
  text: '#1f2933',
  quiet: '#52606d',
  line: '#d9dfe5',
  bar: '#1a6fb5',
  track: '#e3e9ef',
  good: '#1b7f4d',
  bad: '#b3261e',
} as const;

export type Colour = keyof typeof COLOURS;

const FONT = 'Segoe UI,Arial,sans-serif';
/** Word makes a line as high as its font unless it is told not to. */
export const NO_LINE = 'font-size:1px;line-height:1px;mso-line-height-rule:exactly';
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for attributes in quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}

export function textStyle(size: number, lineHeight: number, colour: Colour = 'text', isBold = false): string {
  return `font:${isBold ? 'bold' : 'normal'} ${size}px/${lineHeight}px ${FONT};color:${COLOURS[colour]}`;
}

/** Escaped, and a long name may be broken where it has a joint. */
export function nameHtml(name: string): string {
  return escapeHtml(name).replaceAll(/(?<=[\w;])(?=[@._-]\w)/g, '<wbr>');
}

/** A column of a table of data: its heading, and how much of the width it has. */
export interface Column {
  readonly title: string;
  readonly percent: number;
  readonly isNumber?: boolean;
}

const BODY = textStyle(14, 20);
const HEAD = textStyle(11, 16, 'quiet', true);
const WRAP = 'word-wrap:break-word;overflow-wrap:anywhere';
const RULE = `border-bottom:1px solid ${COLOURS.line}`;

/** Cells are HTML; the first of a row names it. A table of data: read out with its headings. */
export function dataTable(
  name: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const place = ({ isNumber }: Column, index: number): string => {
    const align = isNumber === true ? 'right' : 'left';
    const gap = index === columns.length - 1 ? 0 : 10;
    return `align="${align}" style="padding:6px ${gap}px 6px 0;${RULE};`;
  };
  const head = columns.map(
    (column, index) =>
      `<th scope="col" width="${column.percent}%" valign="bottom" ${place(column, index)}${HEAD}">${escapeHtml(column.title)}</th>`,
  );
  const body = rows.map((cells) => {
    const row = columns.map((column, index) => {
      const [tag, attributes] = index === 0 ? ['th', ' scope="row"'] : ['td', ''];
      return `<${tag}${attributes} valign="top" ${place(column, index)}${BODY}">${cells[index] ?? ''}</${tag}>`;
    });
    return `<tr>${row.join('')}</tr>`;
  });
  return `<table width="100%" cellpadding="0" cellspacing="0" border="0" aria-label="${escapeHtml(name)}" style="width:100%;table-layout:fixed;border-collapse:collapse"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

/** A table that only arranges. */
export function layoutTable(rows: string, attributes = ''): string {
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"${attributes}>${rows}</table>`;
}

export function heading(text: string): string {
  return `<h2 style="margin:0 0 4px 0;padding:0;${textStyle(16, 22, 'text', true)}">${escapeHtml(text)}</h2>`;
}

/** HTML inside. */
export function paragraph(html: string, colour: Colour = 'text'): string {
  return `<p style="margin:4px 0;padding:0;${textStyle(14, 20, colour)}">${html}</p>`;
}

/** The whole mail: a card in the middle, as wide as the screen and 640 px at the most; its sections are HTML. */
export function mailPage(title: string, sections: readonly string[]): string {
  const rows = sections.map(
    (section) => `<tr><td style="padding:14px 16px;${BODY};${WRAP}">\n${section}\n</td></tr>`,
  );
  const card = `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="${COLOURS.card}" style="width:100%;max-width:640px;table-layout:fixed;background-color:${COLOURS.card};text-align:left">${rows.join('\n')}</table>`;
  // Word knows no max-width: it gets a table of that width around the card.
  const wordBefore =
    '<!--[if mso]><table role="presentation" width="640" align="center" cellpadding="0" cellspacing="0" border="0"><tr><td width="640"><![endif]-->';
  const wordAfter = '<!--[if mso]></td></tr></table><![endif]-->';
  const page = `<tr><td align="center" style="padding:12px 8px">\n${wordBefore}\n${card}\n${wordAfter}\n</td></tr>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<meta name="supported-color-schemes" content="light">
<title>${escapeHtml(title)}</title>
</head>
<body bgcolor="${COLOURS.page}" style="margin:0;padding:0;background-color:${COLOURS.page}">
<div role="article" aria-roledescription="email" aria-label="${escapeHtml(title)}" lang="en">
${layoutTable(page, ` bgcolor="${COLOURS.page}" style="background-color:${COLOURS.page}"`)}
</div>
</body>
</html>
`;
}
