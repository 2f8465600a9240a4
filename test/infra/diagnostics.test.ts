import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examplesFolder, FIRST_USE_TIMEOUT_MS, infraFolder, listBicepFiles, runBicep } from './bicep.ts';
import { isToolMissing } from '../tools.ts';

const folders = [
  ['infra', infraFolder],
  ['docs/examples', examplesFolder],
] as const;
const nothing = { status: 0, diagnostics: '', output: '' };
const parameterFiles = listBicepFiles().filter((name) => name.endsWith('.bicepparam'));

// Each run compiles every file, which takes seconds, and minutes on a machine that is busy with other tests.
describe.skipIf(isToolMissing('bicep'))('the Bicep files', { timeout: FIRST_USE_TIMEOUT_MS }, () => {
  let copy = '';
  beforeAll(() => runBicep(['--version']), FIRST_USE_TIMEOUT_MS);
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'bicep-build-'));
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  it.each(folders)('of %s pass the linter without a word, modules and all', async (_name, folder) => {
    expect(await runBicep(['lint', '--pattern', join(folder, '**/*.bicep')])).toEqual(nothing);
  });

  it('do not pass it unseen: one wrong file among them is reported', async () => {
    cpSync(infraFolder, copy, { recursive: true });
    writeFileSync(
      join(copy, 'modules', 'wrong.bicep'),
      "param unused string\noutput password string = 'x'\n",
    );
    const { status, diagnostics } = await runBicep(['lint', '--pattern', join(copy, '**/*.bicep')]);
    expect(diagnostics).toMatch(/Warning no-unused-params/);
    expect(diagnostics).toMatch(/Error outputs-should-not-contain-secrets/);
    expect(status).toBe(1);
  });

  it('build without a word', async () => {
    expect(await runBicep(['build', '--pattern', join(infraFolder, '*.bicep'), '--outdir', copy])).toEqual(
      nothing,
    );
    expect(readdirSync(copy)).toEqual(expect.arrayContaining(['main.json', 'resources.json']));
    const examples = ['build', '--pattern', join(examplesFolder, '**/*.bicep'), '--outdir', copy];
    expect(await runBicep(examples)).toEqual(nothing);
  });

  it('come with parameters', () => {
    expect(parameterFiles).toContain('main.bicepparam');
  });

  it.each(parameterFiles)(
    'come with parameters that build in an empty environment: each variable of %s has a default',
    async (file) => {
      const target = join(copy, 'parameters.json');
      expect(await runBicep(['build-params', join(infraFolder, file), '--outfile', target])).toEqual(nothing);
    },
  );

  it.each(folders)('of %s are formatted as `bicep format` would', async (_name, folder) => {
    cpSync(folder, copy, { recursive: true });
    for (const kind of ['bicep', 'bicepparam']) {
      const pattern = join(copy, `**/*.${kind}`);
      if (!listBicepFiles(folder).some((file) => file.endsWith(`.${kind}`))) continue;
      expect((await runBicep(['format', '--pattern', pattern])).status).toBe(0);
    }
    for (const file of listBicepFiles(folder)) {
      expect(readFileSync(join(folder, file), 'utf8')).toBe(readFileSync(join(copy, file), 'utf8'));
    }
  });
});

it('holds the examples to the same rules', () => {
  const rules = (folder: string): string => readFileSync(join(folder, 'bicepconfig.json'), 'utf8');
  expect(rules(examplesFolder)).toBe(rules(infraFolder));
});

describe('the parameters', () => {
  const declared = folders.flatMap(([, folder]) =>
    listBicepFiles(folder)
      .filter((file) => file.endsWith('.bicep'))
      .flatMap((file) => declarationsIn(file, readFileSync(join(folder, file), 'utf8').split('\n'))),
  );

  it('are found at all', () => {
    expect(declared.filter(({ kind }) => kind === 'param').length).toBeGreaterThan(60);
    expect(declared.filter(({ kind }) => kind === 'property').length).toBeGreaterThan(35);
  });

  it.each(declared)('$name of $file says whether it is required', ({ description, isOptional }) => {
    expect(description).toMatch(/^ *@description\('(Required|Optional|Conditional)\. \S.*\.'\)$/);
    expect(description.includes("'Required. ")).toBe(!isOptional);
  });
});

interface Declaration {
  readonly file: string;
  readonly kind: 'param' | 'property';
  readonly name: string;
  readonly description: string;
  /** It may be left out. */
  readonly isOptional: boolean;
}

/** Every parameter, and every property of a type. */
function declarationsIn(file: string, lines: readonly string[]): readonly Declaration[] {
  let isInType = false;
  return lines.flatMap((line, index): Declaration[] => {
    if (/^type \w+ = \{$/.test(line)) isInType = true;
    if (line === '}') isInType = false;
    const description = descriptionAbove(lines, index);
    const param = /^param (\w+) (.*)$/.exec(line);
    if (param) {
      const isOptional = / = |\?$/.test(param[2] ?? '');
      return [{ file, kind: 'param', name: param[1] ?? '', description, isOptional }];
    }
    const property = isInType ? /^ {2}(\w+): (.*)$/.exec(line) : null;
    if (!property) return [];
    const isOptional = (property[2] ?? '').endsWith('?');
    return [{ file, kind: 'property', name: property[1] ?? '', description, isOptional }];
  });
}

/** The @description among the decorators right above a declaration. */
function descriptionAbove(lines: readonly string[], index: number): string {
  for (let above = index - 1; above >= 0 && /^ *@/.test(lines[above] ?? ''); above--) {
    if (/^ *@description\(/.test(lines[above] ?? '')) return lines[above] ?? '';
  }
  return '';
}
