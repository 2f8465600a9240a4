/** `npm run bench -- NAME`: runs `bench/NAME/bench.ts`; its last line is `name=value` pairs. Exit code 0, 1 if what it proves does not hold, 2 for wrong arguments. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLoopback } from '../local/stack/appSettings.ts';
import type { Bench } from './bench.ts';
import { WrongUsage } from './bench.ts';
import { formatFigures } from './format.ts';

const EXIT_FOUND = 1;
const EXIT_WRONG_USAGE = 2;

// A reader of our output that has gone away (`| head`) is no reason to fall.
process.stdout.on('error', () => undefined);
// What it starts listens on the loopback: no proxy of this machine has a part in it.
process.env['NO_PROXY'] = withLoopback(process.env['NO_PROXY'] ?? process.env['no_proxy']);

const [name, ...args] = process.argv.slice(2);
// What is still open (a socket, a timer of an SDK) must not hold the terminal.
process.exit(await run(name, args));

async function run(name: string | undefined, args: readonly string[]): Promise<number> {
  if (name === undefined || !existsSync(fileOf(name))) {
    console.error(name === undefined || name === '--help' ? '' : `There is no benchmark ${name}.\n`);
    console.error(await listBenches());
    return name === '--help' ? 0 : EXIT_WRONG_USAGE;
  }
  const bench = await load(name);
  if (args.includes('--help')) {
    console.log(`${bench.summary}\n\n  npm run bench -- ${name}\n\n${bench.usage}`);
    return 0;
  }
  try {
    const { figures, isGood } = await bench.run(args, (line) => console.log(line));
    console.log(formatFigures(figures));
    return isGood ? 0 : EXIT_FOUND;
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    console.error(`${error.message}\n\n${bench.usage}`);
    return EXIT_WRONG_USAGE;
  }
}

async function listBenches(): Promise<string> {
  const names = readdirSync(import.meta.dirname).filter((name) => existsSync(fileOf(name)));
  const lines = await Promise.all(
    names.map(async (name) => `  npm run bench -- ${name}   ${(await load(name)).summary}`),
  );
  return ['Benchmarks (each with --help):', ...lines].join('\n');
}

async function load(name: string): Promise<Bench> {
  const module: { bench: Bench } = await import(pathToFileURL(fileOf(name)).href);
  return module.bench;
}

function fileOf(name: string): string {
  return join(import.meta.dirname, name, 'bench.ts');
}
