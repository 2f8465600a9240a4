import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isToolMissing, projectRoot } from '../tools.ts';

const ignoreFile = readFileSync(join(projectRoot, '.funcignore'), 'utf8');
const patterns = ignoreFile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** What a working copy may hold besides what lies here now. */
const otherPaths = [
  '.azure/prod/.env',
  '.git/config',
  '.local/endpoints.json',
  'CHANGELOG.md',
  'README.md',
  'bench/quota.ts',
  'coverage/index.html',
  'dist/main.cjs',
  'dist/main.cjs.map',
  'functions/index.ts',
  'host.json',
  'local.settings.json',
  'local/start.ts',
  'node_modules/.bin/tsc',
  'node_modules/.package-lock.json',
  'node_modules/zod/index.js',
  'node_modules/@azure/functions/package.json',
  'scripts/New-HveAccounts.ps1',
];

describe('.funcignore', () => {
  it('has no pattern that azd or Core Tools read otherwise than git', () => {
    expect(patterns.filter((pattern) => pattern.startsWith('!') || pattern.includes('**'))).toEqual([]);
  });

  it('does not name node_modules itself, which azd refuses together with remoteBuild: false', () => {
    expect(patterns.filter((pattern) => /^\/?node_modules\/?$/.test(pattern))).toEqual([]);
    expect(patterns).toContain('/node_modules/*');
  });

  it('names nothing that begins like a file of the package: Core Tools compare beginnings', () => {
    const wanted = ['dist/main.cjs', 'host.json', 'package.json'];
    const plain = patterns
      .filter((pattern) => !pattern.includes('*'))
      .map((pattern) => pattern.replace(/^\//, ''));
    expect(plain.filter((beginning) => wanted.some((path) => path.startsWith(beginning)))).toEqual([]);
  });
});

describe.skipIf(isToolMissing('git'))('the published package', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    git('init', '--quiet');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the bundle, host.json and package.json, and nothing else of a working copy', () => {
    for (const path of [...pathsHere(), ...otherPaths]) write(path);
    expect(published()).toEqual(['dist/main.cjs', 'host.json', 'package.json']);
  });

  it('would hold a file that nobody thought of, so that the check above can fail', () => {
    write('unexpected.txt');
    expect(published()).toEqual(['unexpected.txt']);
  });

  /** What .funcignore leaves, by git's reading of it. */
  function published(): readonly string[] {
    writeFileSync(join(folder, 'patterns'), `${ignoreFile}\n/patterns\n`);
    const listed = git('ls-files', '--others', '--exclude-from=patterns').split('\n');
    return listed.filter((path) => path !== '').toSorted();
  }

  function write(path: string): void {
    // git never lists what lies under .git, so its stand-in goes by another name with the same first letter.
    const target = join(folder, path.replace(/^\.git\//, '.gitcopy/'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, '');
  }

  function git(...args: readonly string[]): string {
    const run = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`git ${args.join(' ')} failed: ${run.stderr}`);
    return run.stdout;
  }
});

/** The top level of this working copy; of each folder one file stands for all, of dist every file. */
function pathsHere(): readonly string[] {
  return readdirSync(projectRoot).flatMap((name) => {
    if (!statSync(join(projectRoot, name)).isDirectory()) return [name];
    if (name !== 'dist') return [`${name}/any.file`];
    return readdirSync(join(projectRoot, name)).map((file) => `${name}/${file}`);
  });
}
