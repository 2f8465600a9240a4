import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../tools.ts';

const START = join(projectRoot, 'local/start.mjs');

/** Runs `npm start`'s first file in a Node that says it is another version. */
function startAs(version: string, args: readonly string[]) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, START, ...args],
    {
      encoding: 'utf8',
    },
  );
}

test('a Node that is too old says what to do, instead of failing on the first line of TypeScript', () => {
  const { status, stderr, stdout } = startAs('20.20.2', ['--once']);
  expect(status).toBe(1);
  expect(stderr).toContain('This is Node 20.20.2; hve-mailer runs on Node 24.');
  expect(stderr).toContain('npm rebuild node --ignore-scripts=false');
  expect(stdout).toBe('');
});

test('negative control: a new enough one goes on', () => {
  const { status, stdout } = startAs('26.1.0', ['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('npm start -- --once');
});
