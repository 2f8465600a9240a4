/** What a page has in its code: commands of its blocks, and the pieces of code in its sentences. */

const BLOCK = /^ *```(\w*)[^\n]*\n(.*?)^ *```$/gms;

/** The blocks of a language. */
export function blocksIn(page: string, language: string): string[] {
  return [...page.matchAll(BLOCK)].filter(([, each]) => each === language).map(([, , block = '']) => block);
}

/** The lines of all blocks; one that goes on after `\` or a backtick is one line. */
export function commandsIn(page: string): string[] {
  return [...page.matchAll(BLOCK)].flatMap(([, , block = '']) =>
    block
      .replace(/[ ][\\`]\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
}

/** What stands between backticks, outside of blocks. */
export function spansIn(page: string): string[] {
  return [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\\|', '|'),
  );
}

export function withoutBlocks(page: string): string {
  return page.replace(/^ *```.*?^ *```$/gms, '');
}

/** The cells of each row of the table between `<!-- name… -->` and `<!-- end of name -->`, without the head. */
export function tableOf(page: string, name: string): string[][] {
  const section = new RegExp(`<!-- ${name}(?=[ :]).*?-->(.*?)<!-- end of ${name} -->`, 's').exec(page)?.[1];
  if (section === undefined) throw new Error(`there is no table ${name}`);
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** A cell's code, or the cell itself. */
export function codeOf(cell: string | undefined): string {
  return /^`([^`]+)`$/.exec(cell ?? '')?.[1] ?? cell ?? '';
}
