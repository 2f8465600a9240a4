/**
 * What `npm start` runs first, in JavaScript that an old Node understands too: looks whether this Node and the packages
 * are there, builds the app, and goes on with start.ts in this same process, so that a signal to npm reaches it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first that runs TypeScript by itself and has all that the local stack uses. */
const NODE_MAJOR = 24;
const EXIT_NOT_READY = 1;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Why it cannot go on, and what to do; null if it can. */
function findObstacle() {
  if (!existsSync(join(root, 'node_modules', 'esbuild'))) {
    return 'The packages are not installed. Run: npm ci';
  }
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return null;
  return [
    `This is Node ${process.versions.node}; hve-mailer runs on Node ${NODE_MAJOR}.`,
    `npm ci puts a Node ${NODE_MAJOR} of its own into node_modules, but that needs the install script of the package "node",`,
    'which was not run (npm is set to ignore scripts, or the script failed: look at the output of npm ci).',
    '',
    'Run:  npm rebuild node --ignore-scripts=false --foreground-scripts',
    'then: npm start',
    '',
    `Or install Node ${NODE_MAJOR} on this machine: https://nodejs.org`,
  ].join('\n');
}

/** `npm run build`, by the npm that runs this script. */
function build() {
  const npm = process.env.npm_execpath;
  const args = ['run', '--silent', 'build'];
  const options = { cwd: root, stdio: 'inherit' };
  return npm === undefined
    ? spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
    : spawnSync(process.execPath, [npm, ...args], options);
}

const obstacle = findObstacle();
if (obstacle !== null) {
  console.error(obstacle);
  process.exitCode = EXIT_NOT_READY;
} else if (process.argv.slice(2).some((arg) => arg === '--help' || arg === '-h') || build().status === 0) {
  await import('./start.ts');
} else {
  console.error('The app could not be built: see above. Nothing was started.');
  process.exitCode = EXIT_NOT_READY;
}
