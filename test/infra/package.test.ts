import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { spawnHost } from '../../local/host/spawnHost.ts';
import type { HostProcess } from '../../local/host/spawnHost.ts';
import { isToolMissing, projectRoot } from '../tools.ts';
import { unzip } from './unzip.ts';

const ignoreFile = readFileSync(join(projectRoot, '.funcignore'), 'utf8');
/** What Flex Consumption loads at every cold start; issue 13 asks for less than 5 MB. */
const MOST_BYTES = 5_000_000;
/** The operator's page, which the bundle reads beside itself. */
const PAGE = ['dashboard.css', 'dashboard.js', 'icon.svg', 'index.html', 'preview.css'].map(
  (name) => `dist/dashboard/${name}`,
);
/** What main.cjs loads when it needs it, as the build has cut it. */
const CHUNKS = readdirSync(join(projectRoot, 'dist', 'chunks'))
  .filter((name) => name.endsWith('.cjs'))
  .map((name) => `dist/chunks/${name}`);
const WANTED = [...CHUNKS, ...PAGE, 'dist/main.cjs', 'host.json', 'package.json'].toSorted();
const patterns = ignoreFile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** What a working copy may hold besides what lies here now. */
const otherPaths = [
  '.azure/prod/.env',
  '.git/config',
  '.local/endpoints.json',
  'CHANGELOG.md',
  'README.md',
  'bench/quota.ts',
  'cli/hve.ts',
  'dist/hve.mjs',
  'dist/chunks/wiring.cjs.map',
  'coverage/index.html',
  'dashboard/dashboard.ts',
  'dist/main.cjs',
  'dist/main.cjs.map',
  'functions/index.ts',
  '.azdo/pipelines/azure-dev.yml',
  'docs/examples/bicepconfig.json',
  'infra/hooks/postprovision.sh',
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
    const plain = patterns
      .filter((pattern) => !pattern.includes('*'))
      .map((pattern) => pattern.replace(/^\//, ''));
    expect(plain.filter((beginning) => WANTED.some((path) => path.startsWith(beginning)))).toEqual([]);
  });
});

describe.skipIf(isToolMissing('git'))('the published package', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    git('init', '--quiet');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the bundle, the page, host.json and package.json, and nothing else of a working copy', () => {
    for (const path of [...pathsHere(), ...otherPaths]) write(path);
    expect(published()).toEqual(WANTED);
  });

  it('would hold a file that nobody thought of, so that the check above can fail', () => {
    write('unexpected.txt');
    expect(published()).toEqual(['unexpected.txt']);
  });

  it('unzipped into an empty folder, loads and runs with only what is in it', async () => {
    // As azd does: this working copy less what .funcignore names, zipped.
    for (const path of [...WANTED, 'README.md', 'azure.yaml']) {
      if (!existsSync(join(projectRoot, path))) throw new Error(`${path} is missing: npm run build`);
      write(path);
      copyFileSync(join(projectRoot, path), join(folder, path));
    }
    const paths = published();
    git('add', '--force', ...paths);
    git('archive', '--format=zip', '--output=package.zip', git('write-tree').trim());
    const archive = readFileSync(join(folder, 'package.zip'));
    expect(archive.length).toBeLessThan(MOST_BYTES);

    const home = mkdtempSync(join(tmpdir(), 'unzipped-'));
    let host: HostProcess | null = null;
    try {
      const files = unzip(archive);
      expect([...files.keys()].toSorted()).toEqual(WANTED);
      for (const [path, content] of files) {
        mkdirSync(dirname(join(home, path)), { recursive: true });
        writeFileSync(join(home, path), content);
      }
      const { main } = JSON.parse(files.get('package.json')?.toString() ?? '') as { main: string };
      host = await spawnHost({
        config: { bundle: join(home, main), hostJson: join(home, 'host.json'), hostId: 'unzipped' },
        env: {
          PATH: process.env['PATH'],
          AzureWebJobsStorage: inject('azurite'),
          HVE_STORAGE: inject('azurite'),
        },
        onLine: () => {},
      });
      expect(host.errors).toEqual([]);
      expect(host.functions.map(({ name }) => name).toSorted()).toEqual(registered().toSorted());
      const health = await fetch(`http://127.0.0.1:${host.port}/api/health`);
      // The code itself answers: it names the settings that it lacks here.
      expect([health.status, await health.text()]).toEqual([503, expect.stringContaining('HVE_ACCOUNTS')]);
      // Its page needs no settings.
      const page = await fetch(`http://127.0.0.1:${host.port}/api/dashboard/dashboard.js`);
      expect([page.status, (await page.text()).length > 0]).toEqual([200, true]);
    } finally {
      host?.kill();
      await host?.ended;
      rmSync(home, { recursive: true, force: true });
    }
  });

  /** What functions/index.ts registers. */
  function registered(): readonly string[] {
    const index = readFileSync(join(projectRoot, 'functions/index.ts'), 'utf8');
    return [...index.matchAll(/^(?:serve|app\.(?:http|storageQueue|timer))\('(\w+)'/gm)].map(
      ([, name]) => name ?? '',
    );
  }

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
    return readdirSync(join(projectRoot, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
  });
}
