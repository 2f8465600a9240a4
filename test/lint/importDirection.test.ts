import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../tools.ts';

/**
 * Small files, laid out like the project, go through the project's own lint configuration. One line a file, so that what is
 * reported for a file is reported for that line.
 */
type Sample = { readonly file: string; readonly line: string };
type Finding = {
  readonly filename: string;
  readonly code: string;
  readonly message: string;
  readonly help: string;
};

const importRule = 'eslint(no-restricted-imports)';

/** [the file that imports, what it may not import] */
const refusedImports: ReadonlyArray<readonly [file: string, specifier: string]> = [
  ['shared/core/a.ts', '../ports.ts'],
  ['shared/core/a.ts', '../flows/b.ts'],
  ['shared/core/a.ts', '../adapters/b.ts'],
  ['shared/core/a.ts', '../config.ts'],
  ['shared/core/a.ts', './../ports.ts'],
  ['shared/core/a.ts', './b/../../ports.ts'],
  ['shared/core/a.ts', '../core/../flows/b.ts'],
  ['shared/core/a.ts', 'node:fs'],
  ['shared/core/a.ts', 'node:zlib'],
  ['shared/core/a.ts', 'nodemailer'],
  ['shared/core/a.ts', '@azure/data-tables'],
  ['shared/core/smtp/a.ts', '../../ports.ts'],
  ['shared/core/smtp/a.ts', '../../flows/b.ts'],
  ['shared/core/smtp/a.ts', 'node:fs'],

  ['shared/ports.ts', './flows/b.ts'],
  ['shared/ports/a.ts', '../flows/b.ts'],
  ['shared/ports/a.ts', '../ports.ts'],
  ['shared/ports/a.ts', '@azure/storage-queue'],
  ['shared/flows/a.ts', '../ports/b.ts'],
  ['shared/adapters/a.ts', '../ports/b.ts'],
  ['shared/core/a.ts', '../ports/b.ts'],
  ['shared/config.ts', './ports/b.ts'],
  ['functions/a.ts', '../shared/ports/b.ts'],
  ['shared/ports.ts', './adapters/b.ts'],
  ['shared/ports.ts', '@azure/storage-queue'],
  ['shared/config.ts', './adapters/b.ts'],
  ['shared/config.ts', '@azure/identity'],

  ['shared/flows/a.ts', '../adapters/b.ts'],
  ['shared/flows/a.ts', '../config.ts'],
  ['shared/flows/a.ts', '../wiring.ts'],
  ['shared/flows/a.ts', '../../functions/b.ts'],
  ['shared/flows/a.ts', 'zod'],
  ['shared/flows/a.ts', 'node:crypto'],
  ['shared/flows/a.ts', 'node:timers/promises'],
  ['shared/flows/a.ts', '@azure/storage-queue'],
  ['shared/flows/a.ts', '@azure/functions'],
  ['shared/flows/sweep/a.ts', '../../adapters/b.ts'],
  ['shared/flows/sweep/a.ts', '../../../functions/b.ts'],
  ['shared/flows/sweep/a.ts', 'node:crypto'],

  ['shared/adapters/a.ts', './b.ts'],
  ['shared/adapters/a.ts', './smtp/b.ts'],
  ['shared/adapters/a.ts', '../flows/b.ts'],
  ['shared/adapters/a.ts', '../config.ts'],
  ['shared/adapters/a.ts', '../wiring.ts'],
  ['shared/adapters/a.ts', '@azure/functions'],
  ['shared/adapters/a.ts', '../../local/b.ts'],
  ['shared/adapters/a.ts', '../../test/b.ts'],
  ['shared/adapters/smtp/a.ts', '../b.ts'],
  ['shared/adapters/smtp/a.ts', '../storage/b.ts'],
  ['shared/adapters/smtp/a.ts', '../../flows/b.ts'],
  ['shared/adapters/smtp/a.ts', './../storage/b.ts'],
  ['shared/adapters/smtp/fast/a.ts', '../../b.ts'],
  ['shared/adapters/smtp/fast/a.ts', '../../storage/b.ts'],
  ['shared/adapters/smtp/fast/a.ts', '../../../flows/b.ts'],
  ['shared/adapters/smtp/fast/a.ts', '../../../ports/b.ts'],

  ['shared/wiring.ts', '../functions/b.ts'],
  ['shared/wiring.ts', '../local/b.ts'],
  ['shared/wiring.ts', '@azure/storage-queue'],
  ['shared/earlyWiring.ts', '../functions/b.ts'],
  ['shared/earlyWiring.ts', '@azure/identity'],
  ['shared/newPart/a.ts', '../core/b.ts'],

  ['functions/a.ts', '../shared/adapters/b.ts'],
  ['functions/a.ts', '../shared/config.ts'],
  ['functions/a.ts', '../shared/wiring.ts'],
  ['functions/a.ts', '../shared/earlyWiring.ts'],
  ['functions/a.ts', '../local/b.ts'],
  ['functions/a.ts', '../test/b.ts'],
  ['functions/a.ts', '@azure/storage-queue'],
  ['functions/a.ts', 'node:fs'],
  ['functions/http/a.ts', '../../shared/wiring.ts'],
  ['functions/http/a.ts', '../../shared/adapters/b.ts'],
  ['functions/http/a.ts', '../../local/b.ts'],
  ['functions/index.ts', '../shared/adapters/b.ts'],
  ['functions/index.ts', '../local/b.ts'],
  ['functions/index.ts', '@azure/storage-queue'],

  ['local/a.ts', '../shared/adapters/b.ts'],
  ['local/a.ts', '../shared/flows/b.ts'],
  ['local/a.ts', '../shared/wiring.ts'],
  ['local/a.ts', '../shared/earlyWiring.ts'],
  ['local/a.ts', '../functions/index.ts'],
  ['local/host/a.ts', '../../shared/adapters/smtp/b.ts'],
  ['local/host/a.ts', '../../test/b.ts'],
  ['local/a.ts', '@azure/functions'],
  ['local/a.ts', '../cli/b.ts'],

  ['cli/a.ts', '../shared/ports.ts'],
  ['cli/a.ts', '../shared/flows/b.ts'],
  ['cli/a.ts', '../shared/adapters/b.ts'],
  ['cli/a.ts', '../functions/b.ts'],
  ['cli/a.ts', '../local/b.ts'],
  ['cli/a.ts', '@azure/storage-queue'],
  ['cli/commands/a.ts', '../../shared/flows/b.ts'],
  ['cli/commands/a.ts', '../../local/b.ts'],
  ['cli/commands/a.ts', '../../test/b.ts'],
  ['cli/commands/a.ts', 'nodemailer'],
  ['shared/core/a.ts', '../../cli/b.ts'],
  ['functions/a.ts', '../cli/b.ts'],

  ['dashboard/a.ts', '../shared/core/b.ts'],
  ['dashboard/views/a.ts', '../../shared/core/b.ts'],
  ['dashboard/a.ts', '../functions/b.ts'],
  ['dashboard/a.ts', '../test/b.ts'],
  ['dashboard/a.ts', 'zod'],
  ['dashboard/views/a.ts', '../../functions/b.ts'],
];

/** [the file that imports, what it may import] */
const allowedImports: ReadonlyArray<readonly [file: string, specifier: string]> = [
  ['shared/core/a.ts', './b.ts'],
  ['shared/core/a.ts', './smtp/b.ts'],
  ['shared/core/a.ts', 'zod'],
  ['shared/core/a.ts', 'node:crypto'],
  ['shared/core/smtp/a.ts', './b.ts'],
  ['shared/core/smtp/a.ts', '../b.ts'],
  ['shared/core/smtp/a.ts', '../quota/b.ts'],
  ['shared/core/smtp/a.ts', 'zod'],
  ['shared/ports.ts', './core/b.ts'],
  ['shared/ports.ts', './ports/b.ts'],
  ['shared/ports/a.ts', './b.ts'],
  ['shared/ports/a.ts', '../core/b.ts'],
  ['shared/config.ts', './core/b.ts'],
  ['shared/config.ts', 'zod'],
  ['shared/flows/a.ts', './b.ts'],
  ['shared/flows/a.ts', '../core/b.ts'],
  ['shared/flows/a.ts', '../core/smtp/b.ts'],
  ['shared/flows/a.ts', '../ports.ts'],
  ['shared/flows/sweep/a.ts', './b.ts'],
  ['shared/flows/sweep/a.ts', '../b.ts'],
  ['shared/flows/sweep/a.ts', '../../core/b.ts'],
  ['shared/flows/sweep/a.ts', '../../ports.ts'],
  ['shared/adapters/a.ts', '../core/b.ts'],
  ['shared/adapters/a.ts', '../ports.ts'],
  ['shared/adapters/a.ts', '@azure/storage-queue'],
  ['shared/adapters/a.ts', 'node:zlib'],
  ['shared/adapters/smtp/a.ts', './b.ts'],
  ['shared/adapters/smtp/a.ts', '../../core/b.ts'],
  ['shared/adapters/smtp/a.ts', '../../ports.ts'],
  ['shared/adapters/smtp/a.ts', 'nodemailer'],
  ['shared/adapters/smtp/fast/a.ts', '../b.ts'],
  ['shared/adapters/smtp/fast/a.ts', '../../../core/b.ts'],
  ['shared/adapters/smtp/fast/a.ts', '../../../ports.ts'],
  ['shared/wiring.ts', './adapters/b.ts'],
  ['shared/earlyWiring.ts', './adapters/telemetry/b.ts'],
  ['shared/wiring.ts', './adapters/smtp/b.ts'],
  ['shared/wiring.ts', './flows/b.ts'],
  ['shared/wiring.ts', './config.ts'],
  ['shared/wiring.ts', './ports.ts'],
  ['functions/a.ts', './b.ts'],
  ['functions/a.ts', '../shared/flows/b.ts'],
  ['functions/a.ts', '../shared/core/b.ts'],
  ['functions/a.ts', '../shared/ports.ts'],
  ['functions/a.ts', '@azure/functions'],
  ['functions/http/a.ts', '../b.ts'],
  ['functions/http/a.ts', '../../shared/flows/b.ts'],
  ['functions/http/a.ts', '../../shared/ports.ts'],
  ['functions/index.ts', './a.ts'],
  ['functions/index.ts', '../shared/config.ts'],
  ['functions/index.ts', '../shared/wiring.ts'],
  ['functions/index.ts', '../shared/earlyWiring.ts'],
  ['functions/index.ts', '@azure/functions'],
  ['dashboard/a.ts', './b.ts'],
  ['dashboard/views/a.ts', '../parts/b.ts'],
  ['local/a.ts', '../shared/core/b.ts'],
  ['local/a.ts', '../shared/config.ts'],
  ['local/a.ts', './functions/b.ts'],
  ['local/host/a.ts', '../../shared/core/b.ts'],
  ['local/a.ts', 'smtp-server'],
  ['cli/a.ts', './b.ts'],
  ['cli/a.ts', '../shared/core/b.ts'],
  ['cli/a.ts', '../package.json'],
  ['cli/a.ts', 'zod'],
  ['cli/a.ts', 'node:fs/promises'],
  ['cli/commands/a.ts', '../b.ts'],
  ['cli/commands/a.ts', './b.ts'],
  ['cli/commands/a.ts', '../../shared/core/b.ts'],
  ['test/a.ts', '../shared/adapters/b.ts'],
  ['test/a.ts', '../local/b.ts'],
  ['test/a.ts', '@azure/functions'],
  ['bench/a.ts', '../shared/adapters/b.ts'],
];

/** Every way to import counts, not only the plain one. */
const refusedForms: readonly string[] = [
  `import type { A } from '../flows/b.ts';`,
  `import '../flows/b.ts';`,
  `export { a } from '../flows/b.ts';`,
  `export * from '../flows/b.ts';`,
  `export const a = await import('../flows/b.ts');`,
  `export type A = import('../flows/b.ts').A;`,
  `export const a = require('../flows/b.ts');`,
];

/** A type's `import()` and `require` are refused as such, whatever they name. */
const formRules: ReadonlySet<string> = new Set([
  importRule,
  'typescript(consistent-type-imports)',
  'typescript(no-require-imports)',
]);

/** [file, line, the rule that refuses it] */
const refusedEffects: ReadonlyArray<readonly [file: string, line: string, rule: string]> = [
  ['dashboard/a.ts', `export type { A } from '../functions/b.ts';`, importRule],
  ['functions/a.ts', 'export const a = process.env.HVE_PROFILE;', 'node(no-process-env)'],
  ['functions/index.ts', 'export const a = process.env.HVE_PROFILE;', 'node(no-process-env)'],
  ['shared/core/a.ts', 'export const a = process.env.HVE_PROFILE;', 'node(no-process-env)'],
  ['shared/flows/a.ts', 'export const a = process.env.HVE_PROFILE;', 'node(no-process-env)'],
  ['shared/adapters/smtp/a.ts', 'export const a = process.env.HVE_PROFILE;', 'node(no-process-env)'],
  ['shared/wiring.ts', 'export const a = process.env.HVE_PROFILE;', 'node(no-process-env)'],
  ['shared/earlyWiring.ts', 'export const { env } = process;', 'eslint(no-restricted-globals)'],
  ['cli/a.ts', 'export const a = process.env.HVE_URL;', 'node(no-process-env)'],
  ['cli/commands/a.ts', 'export const a = process.env.HVE_URL;', 'node(no-process-env)'],
  ['functions/a.ts', 'export const { env } = process;', 'eslint(no-restricted-globals)'],
  ['shared/flows/a.ts', 'export const { env } = process;', 'eslint(no-restricted-globals)'],
  ['shared/adapters/a.ts', 'export const { env } = process;', 'eslint(no-restricted-globals)'],
  ['shared/adapters/a.ts', 'export const a = globalThis.process.env;', 'eslint(no-restricted-globals)'],
  ['shared/flows/a.ts', 'export const a = Date.now();', 'eslint(no-restricted-properties)'],
  ['shared/core/a.ts', 'export const a = Math.random();', 'eslint(no-restricted-properties)'],
  ['shared/flows/a.ts', 'setTimeout(() => undefined, 1);', 'eslint(no-restricted-globals)'],
  ['shared/flows/a.ts', `export const a = fetch('https://contoso.com');`, 'eslint(no-restricted-globals)'],
];

const allowedEffects: ReadonlyArray<readonly [file: string, line: string]> = [
  ['dashboard/a.ts', `export type { A } from '../shared/core/b.ts';`],
  ['shared/config.ts', 'export const a = process.env.HVE_PROFILE;'],
  ['cli/hve.ts', 'export const a = process.env.HVE_URL;'],
  ['local/a.ts', 'export const a = process.env.HVE_PROFILE;'],
  ['test/a.ts', 'export const a = process.env.HVE_PROFILE;'],
  ['bench/a.ts', 'export const a = process.env.HVE_PROFILE;'],
  ['shared/adapters/a.ts', 'export const a = Date.now();'],
];

/** Each sample gets a folder of its own under this one, so that many can stand for the same file. */
let folder = '';
let findings: readonly Finding[] = [];
const samples: Sample[] = [
  ...refusedImports.map(([file, specifier]) => importSample(file, specifier)),
  ...allowedImports.map(([file, specifier]) => importSample(file, specifier)),
  ...refusedForms.map((line) => ({ file: 'shared/core/a.ts', line })),
  ...refusedEffects.map(([file, line]) => ({ file, line })),
  ...allowedEffects.map(([file, line]) => ({ file, line })),
];

describe('the import direction, as the linter enforces it', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'import-direction-'));
    findings = lintAll(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(refusedImports)('%s may not import %s', (file, specifier) => {
    expect(rulesFor(importSample(file, specifier))).toContain(importRule);
  });

  it.each(allowedImports)('%s may import %s', (file, specifier) => {
    expect(rulesFor(importSample(file, specifier))).toEqual([]);
  });

  it.each(refusedForms)('core may not say: %s', (line) => {
    const rules = rulesFor({ file: 'shared/core/a.ts', line });
    expect(rules.some((rule) => formRules.has(rule))).toBe(true);
  });

  it.each(refusedEffects)('%s may not say: %s', (file, line, rule) => {
    expect(rulesFor({ file, line })).toContain(rule);
  });

  it.each(allowedEffects)('%s may say: %s', (file, line) => {
    expect(rulesFor({ file, line })).toEqual([]);
  });

  it('says which direction was broken', () => {
    const sample = importSample('shared/flows/a.ts', '../adapters/b.ts');
    const said = findingsFor(sample).map((finding) => `${finding.message} ${finding.help}`);
    expect(said.join('\n')).toContain('import direction: flows import flows, core and ports only');
  });
});

function importSample(file: string, specifier: string): Sample {
  return { file, line: `export { a } from '${specifier}';` };
}

/** The rules that refuse a sample; what concerns style only is not asked for here. */
function rulesFor(sample: Sample): readonly string[] {
  return findingsFor(sample).map((finding) => finding.code);
}

function findingsFor(sample: Sample): readonly Finding[] {
  const path = samplePath(sample);
  return findings.filter((finding) => finding.filename === path);
}

/** The layout repeats inside a numbered folder; the configuration is copied there too, so its globs see the usual paths. */
function samplePath(sample: Sample): string {
  const place = samples.findIndex((other) => other.file === sample.file && other.line === sample.line);
  return `${place}/${sample.file}`;
}

function lintAll(root: string): readonly Finding[] {
  for (const sample of samples) {
    const path = join(root, samplePath(sample));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${sample.line}\n`);
    const base = join(root, samplePath(sample).split('/')[0] ?? '');
    copyFileSync(join(projectRoot, '.oxlintrc.json'), join(base, '.oxlintrc.json'));
  }
  const oxlint = join(projectRoot, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const run = spawnSync(process.execPath, [oxlint, '--format=json', '.'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0 && run.status !== 1) throw new Error(`oxlint failed: ${run.stdout}${run.stderr}`);
  const report = JSON.parse(run.stdout) as { diagnostics: readonly Finding[] };
  return report.diagnostics;
}
