import { WrongUsage } from '../bench.ts';
import { readOptions, readWhole, textOptions } from '../options.ts';

export interface QuotaBenchOptions {
  /** Only one part of it; null: all. */
  readonly only: 'compare' | 'proof' | null;
  /** Of each case of the comparison. */
  readonly seconds: number;
  readonly writers: readonly number[];
  readonly processes: number;
  readonly kills: number;
  readonly limit: number;
  readonly external: number;
  readonly seed: number;
  readonly timeScale: number;
}

/** Whole numbers, with what is sensible on one machine. */
const NUMBERS = {
  seconds: { usual: 5, from: 1, to: 600 },
  processes: { usual: 8, from: 1, to: 64 },
  kills: { usual: 2, from: 0, to: 63 },
  limit: { usual: 20_000, from: 100, to: 1_000_000 },
  external: { usual: 400, from: 1, to: 100_000 },
  seed: { usual: 1, from: 0, to: 2 ** 32 - 1 },
  'time-scale': { usual: 60, from: 1, to: 100 },
} as const;
type Name = keyof typeof NUMBERS;
const NAMES = Object.keys(NUMBERS) as Name[];
const WRITERS = [1, 8, 32, 128] as const;
const WRITERS_AT_MOST = 10_000;
/** The external recipients must fit into what is kept for critical mail, which is less than all. */
const EXTERNAL_SHARE_AT_MOST = 0.5;

export const QUOTA_USAGE = `  --only compare|proof   one part of it (default: both)

  The comparison:
  --seconds N            of each case (${NUMBERS.seconds.usual})
  --writers N,N          numbers of writers (${WRITERS.join(',')})

  The proof, run with kills and then without any:
  --limit N              recipients, of the comparison's last case too (${NUMBERS.limit.usual})
  --external N           of them external, at most half (${NUMBERS.external.usual})
  --kills N              so many processes are killed (${NUMBERS.kills.usual})
  --seed N               of the messages (${NUMBERS.seed.usual})
  --time-scale N         by what the app's durations are divided (${NUMBERS['time-scale'].usual}); Storage's clock tells whole seconds only

  Both:
  --processes N          (${NUMBERS.processes.usual})`;

export function parseQuotaOptions(args: readonly string[]): QuotaBenchOptions {
  const values = readOptions(args, textOptions([...NAMES, 'only', 'writers']));
  const number = (name: Name): number => {
    const text = values[name];
    return text === undefined ? NUMBERS[name].usual : readWhole(name, text, NUMBERS[name]);
  };
  const only = values.only ?? null;
  if (only !== null && only !== 'compare' && only !== 'proof') {
    throw new WrongUsage(`--only takes compare or proof, not "${only}".`);
  }
  const options: QuotaBenchOptions = {
    only,
    seconds: number('seconds'),
    writers: values.writers === undefined ? WRITERS : readWriters(values.writers),
    processes: number('processes'),
    kills: number('kills'),
    limit: number('limit'),
    external: number('external'),
    seed: number('seed'),
    timeScale: number('time-scale'),
  };
  if (options.kills >= options.processes) throw new WrongUsage('--kills must be less than --processes.');
  if (options.external > options.limit * EXTERNAL_SHARE_AT_MOST) {
    throw new WrongUsage('--external must be at most half of --limit.');
  }
  return options;
}

function readWriters(text: string): number[] {
  const numbers = text.split(',').map((part) => (/^\d{1,5}$/.test(part) ? Number(part) : Number.NaN));
  if (numbers.every((n) => n >= 1 && n <= WRITERS_AT_MOST)) return numbers;
  throw new WrongUsage(`--writers takes whole numbers with commas between them, not "${text}".`);
}
