import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tools.ts';

/** A code block of a page that names its file behind the language: "```sh send.sh". */
export interface Snippet {
  readonly language: string;
  readonly file: string;
  readonly code: string;
}

export interface Page {
  readonly text: string;
  readonly snippets: readonly Snippet[];
  /** Throws where the page has none of that name. */
  code(file: string): string;
}

const BLOCK = /^```(\w+) (\S+)\n(.*?)^```$/gms;

/** `name`: below docs/. */
export function readPage(name: string): Page {
  const text = readFileSync(join(projectRoot, 'docs', name), 'utf8');
  const snippets = [...text.matchAll(BLOCK)].map(([, language = '', file = '', code = '']) => ({
    language,
    file,
    code,
  }));
  return {
    text,
    snippets,
    code: (file) => {
      const found = snippets.find((snippet) => snippet.file === file);
      if (found === undefined) throw new Error(`docs/${name} has no code block ${file}`);
      return found.code;
    },
  };
}

/**
 * The program with its paragraph `authorization: …` replaced by another one, as the page tells the reader to do. Lines that
 * begin with `#:` belong to the top of a C# file.
 */
export function withAuthorization(program: string, authorization: string): string {
  const lines = authorization.split('\n');
  const top = lines.filter((line) => line.startsWith('#:'));
  const paragraph = lines.filter((line) => !line.startsWith('#:')).join('\n');
  const replaced = program.replace(/^[ ]*(?:#|\/\/) authorization: .*?(?=\n\n)/ms, () => paragraph.trimEnd());
  if (replaced === program) throw new Error('the program has no paragraph "authorization: …"');
  return [...top, replaced].join('\n');
}

/** The rows of the table between `<!-- name -->` and `<!-- end of name -->`: the cells of each, the head left out. */
export function readTable({ text }: Page, name: string): string[][] {
  const from = text.indexOf(`<!-- ${name} -->`);
  const to = text.indexOf(`<!-- end of ${name} -->`);
  if (from < 0 || to < from) throw new Error(`there is no table ${name}`);
  const rows = text
    .slice(from, to)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
