/** `npm run chaos`: the local stack under everything that can go wrong, and a count at the end. Options: chaosOptions.ts. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { withLoopback } from '../stack/appSettings.ts';
import { onStopRequest } from '../stack/stopRequest.ts';
import { CHAOS_USAGE, parseChaosCommand } from './chaosOptions.ts';
import type { ChaosOptions } from './chaosOptions.ts';
import { runChaos } from './runChaos.ts';

const EXIT_FOUND = 1;
const EXIT_WRONG_USAGE = 2;
const SEEDS = 2 ** 32;

// A reader of our output that has gone away (`| head`) is no reason to fall.
process.stdout.on('error', () => undefined);

const command = parseChaosCommand(process.argv.slice(2), randomInt(SEEDS));
if (command.kind === 'help') {
  console.log(CHAOS_USAGE);
} else if (command.kind === 'wrong') {
  console.error(`${command.problem}\n\n${CHAOS_USAGE}`);
  process.exitCode = EXIT_WRONG_USAGE;
} else {
  const exitCode = await run(command.options);
  // What is still open (a socket, a timer of an SDK) must not hold the terminal.
  process.exit(exitCode);
}

async function run(options: ChaosOptions): Promise<number> {
  process.env['NO_PROXY'] = withLoopback(process.env['NO_PROXY'] ?? process.env['no_proxy']);
  const stateDir = await makeStateDir(options.state);
  if (stateDir === null) {
    console.error(
      `${options.state} is there already: name a folder that is not, so that nothing of yours is in it.`,
    );
    return EXIT_WRONG_USAGE;
  }
  const signal = onStopRequest((line) => console.error(line));
  const result = await runChaos({
    options,
    root: resolve(import.meta.dirname, '..', '..'),
    stateDir,
    env: withoutAppSettings(process.env),
    write: (line) => console.log(line),
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) console.error('It was stopped before its end: nothing is said of what came of it.');
    else console.error('\nThe run could not be carried out.', error);
    return null;
  });
  const isNoted = options.state !== null || (result?.good !== true && !signal.aborted);
  if (isNoted) console.log(`Storage, inbox and hosts.log are kept in ${stateDir}`);
  else await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
  return result?.good === true ? 0 : EXIT_FOUND;
}

/** null: the folder that was named is in use. */
async function makeStateDir(state: string | null): Promise<string | null> {
  if (state === null) return mkdtemp(join(tmpdir(), 'hve-chaos-'));
  const stateDir = resolve(state);
  if (existsSync(stateDir)) return null;
  await mkdir(stateDir, { recursive: true });
  return stateDir;
}

/** What somebody has set for their own `npm start` must not change the run. */
function withoutAppSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HVE_')));
}
