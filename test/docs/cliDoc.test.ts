/** docs/cli.md against the program: its commands and exit codes, and that what its examples say can be said. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../cli/commandLine.ts';
import { COMMANDS } from '../../cli/commands/all.ts';
import { EXIT_CODES } from '../../cli/exitCodes.ts';
import { projectRoot } from '../tools.ts';

const page = readFileSync(join(projectRoot, 'docs', 'cli.md'), 'utf8');

function rowsUnder(heading: string): (readonly string[])[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) => row.slice(2, -2).split(' | '));
}

/** As a shell splits them; the examples quote with double quotes only. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

describe('docs/cli.md', () => {
  it('names every command with what it does, as the help has them', () => {
    expect(rowsUnder('Commands')).toEqual(
      COMMANDS.map(({ name, operands, summary }) => [`\`${`${name} ${operands}`.trim()}\``, summary]),
    );
  });

  it('names every exit code with its meaning', () => {
    expect(rowsUnder('Exit codes')).toEqual(EXIT_CODES.map(([code, meaning]) => [String(code), meaning]));
  });

  const fromDocs = [...page.matchAll(/^hve (.*?)(?: {2,}#.*)?$/gm)].map(([, line]) => line ?? '');
  const fromHelp = COMMANDS.flatMap(({ examples }) =>
    examples.flatMap((example) => /^hve ([^|>$']*)/.exec(example)?.[1] ?? []),
  );
  it.each([...fromDocs, ...fromHelp])('its example can be said: hve %s', (line) => {
    expect(parseCommandLine(words(line), COMMANDS).kind).toBe('run');
  });
});
