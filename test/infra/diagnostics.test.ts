import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { infraFolder, listBicepFiles, runBicep } from './bicep.ts';
import { isToolMissing } from '../tools.ts';

/** The wrapper may have to fetch the compiler the first time. */
const firstUseTimeoutMs = 180_000;

describe.skipIf(isToolMissing('bicep'))('the Bicep files', () => {
  let folder = '';
  beforeAll(() => runBicep(['--version']), firstUseTimeoutMs);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bicep-build-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('pass the linter without a word, modules and all', () => {
    const run = runBicep(['lint', '--pattern', join(infraFolder, '**/*.bicep')]);
    expect(run).toEqual({ status: 0, diagnostics: '', output: '' });
  });

  it('do not pass it unseen: one wrong file among them is reported', () => {
    cpSync(infraFolder, folder, { recursive: true });
    writeFileSync(join(folder, 'modules', 'wrong.bicep'), 'param unused string\n');
    const { diagnostics } = runBicep(['lint', '--pattern', join(folder, '**/*.bicep')]);
    expect(diagnostics).toContain('no-unused-params');
  });

  it('build without a word', () => {
    const run = runBicep(['build', '--pattern', join(infraFolder, '*.bicep'), '--outdir', folder]);
    expect(run).toEqual({ status: 0, diagnostics: '', output: '' });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['main.json', 'resources.json']));
  });

  it('come with parameters that build in an empty environment: each variable has a default', () => {
    const target = join(folder, 'parameters.json');
    const run = runBicep(['build-params', join(infraFolder, 'main.bicepparam'), '--outfile', target]);
    expect(run).toEqual({ status: 0, diagnostics: '', output: '' });
  });

  it('are formatted as `bicep format` would', () => {
    cpSync(infraFolder, folder, { recursive: true });
    expect(runBicep(['format', '--pattern', join(folder, '**/*.bicep')]).status).toBe(0);
    for (const file of listBicepFiles()) {
      expect(readFileSync(join(infraFolder, file), 'utf8')).toBe(readFileSync(join(folder, file), 'utf8'));
    }
  });
});

describe('the parameters', () => {
  const declared = listBicepFiles()
    .filter((file) => file.endsWith('.bicep'))
    .flatMap((file) => {
      const lines = readFileSync(join(infraFolder, file), 'utf8').split('\n');
      return lines.flatMap((line, index) => {
        const name = /^param (\w+)/.exec(line)?.[1];
        return name === undefined ? [] : [{ file, name, description: descriptionAbove(lines, index) }];
      });
    });

  it('are found at all', () => {
    expect(declared.length).toBeGreaterThan(20);
  });

  it.each(declared)('$name of $file says whether it is required', ({ description }) => {
    expect(description).toMatch(/^@description\('(Required|Optional|Conditional)\. \S/);
  });
});

/** The @description among the decorators right above a declaration. */
function descriptionAbove(lines: readonly string[], index: number): string {
  for (let above = index - 1; above >= 0 && lines[above]?.startsWith('@'); above--) {
    if (lines[above]?.startsWith('@description(')) return lines[above] ?? '';
  }
  return '';
}
