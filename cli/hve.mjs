#!/usr/bin/env node
/**
 * What `hve` runs first, in JavaScript that an old Node understands too.
 *
 *   in a clone ........... hve.ts as it is, on a Node that runs TypeScript: this one, or the one that npm ci installed
 *   in a packed package .. dist/hve.mjs, its bundle, on this Node (type stripping does not work under node_modules)
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The first that runs TypeScript by itself. */
const NODE_MAJOR = 24;
const EXIT_NOT_READY = 3;
/** As a shell counts who was ended by a signal. */
const EXIT_BY_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const source = join(here, 'hve.ts');
const bundle = join(root, 'dist', 'hve.mjs');
const localNode = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

/** Another Node goes on in our place: it has our streams, gets our signals, and its exit code is ours. */
function handOver(node) {
  const child = spawn(node, [source, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of Object.keys(EXIT_BY_SIGNAL)) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${node} could not be started: ${error.message}`);
    process.exitCode = EXIT_NOT_READY;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? EXIT_BY_SIGNAL[signal] ?? 1;
  });
}

if (!existsSync(source)) {
  await import(pathToFileURL(bundle).href);
} else if (!existsSync(join(root, 'node_modules', 'zod'))) {
  console.error(`The packages are not installed. Run: npm ci   (in ${root})`);
  process.exitCode = EXIT_NOT_READY;
} else if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  await import(pathToFileURL(source).href);
} else if (existsSync(localNode)) {
  handOver(localNode);
} else {
  console.error(
    [
      `This is Node ${process.versions.node}; hve runs from its source on Node ${NODE_MAJOR}.`,
      `npm ci puts a Node ${NODE_MAJOR} of its own into node_modules, but that needs the install script of the package "node",`,
      'which was not run (npm is set to ignore scripts, or the script failed: look at the output of npm ci).',
      '',
      `Run, in ${root}:  npm rebuild node --ignore-scripts=false --foreground-scripts`,
      `Or install Node ${NODE_MAJOR} on this machine: https://nodejs.org`,
    ].join('\n'),
  );
  process.exitCode = EXIT_NOT_READY;
}
