import { parseArgs } from 'node:util';
import { readOffer } from '../simulator/extensions.ts';
import type { Offer } from '../simulator/extensions.ts';

export interface ChaosOptions {
  readonly messages: number;
  readonly hosts: number;
  readonly kills: number;
  /** Everything the run does follows from it; what the machine makes of it does not. */
  readonly seed: number;
  /** By what all durations of the app are divided. */
  readonly timeScale: number;
  /** The app's HVE_SMTP_TRANSPORT. */
  readonly transport: 'plain' | 'fast';
  /** What the server offers: with it the fast transport chooses its dialogue. */
  readonly extensions: Offer;
  /** The app's HVE_SMTP_WINDOW. */
  readonly window: number;
  /** The folder for state and logs, kept; null: a temporary one, kept only if something was found. */
  readonly state: string | null;
}

export type ChaosCommand =
  | { readonly kind: 'run'; readonly options: ChaosOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

/**
 * A claim ends after 22 s, a trouble is looked at again after 1.5 s. Faster, and Storage's clock, which tells whole seconds,
 * is coarse beside the margin of two minutes between instances.
 */
const TIME_SCALE = 40;

/** Whole numbers, with what is sensible on one machine. */
const NUMBERS = {
  messages: { usual: 500, from: 1, to: 50_000 },
  hosts: { usual: 3, from: 1, to: 16 },
  kills: { usual: 10, from: 0, to: 1000 },
  'time-scale': { usual: TIME_SCALE, from: 1, to: 200 },
  window: { usual: 2, from: 1, to: 8 },
  seed: { usual: 0, from: 0, to: 2 ** 32 - 1 },
} as const;

export const CHAOS_USAGE = `Sends messages through a local stack that is torn apart meanwhile, then counts: nothing lost, nothing twice, no limit exceeded.

  npm run chaos -- --messages 5000 --hosts 3 --kills 20

  --messages N    so many (${NUMBERS.messages.usual})
  --hosts N       functions hosts, each a process of its own (${NUMBERS.hosts.usual})
  --kills N       so often one of them is killed, and started again (${NUMBERS.kills.usual})
  --seed N        does what the run that printed this seed did (default: another each time)
  --time-scale N  by what all waits of the app are divided (${NUMBERS['time-scale'].usual})
  --transport T   how the app sends, plain or fast (plain)
  --extensions E  what the server offers: none, pipelining, or chunking, which is both (chunking)
  --window N      transactions in flight on a connection with chunking (${NUMBERS.window.usual})
  --state FOLDER  keeps storage, inbox and logs there (default: a temporary folder, kept only if something was found)
  --help          shows this

Exit code: 0, or 1 if anything was lost, doubled without a reason, or counted wrongly; 2 for wrong arguments.`;

/** What the arguments of `npm run chaos --` ask for; `freshSeed` is used where none is given. */
export function parseChaosCommand(args: readonly string[], freshSeed: number): ChaosCommand {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        messages: text,
        hosts: text,
        kills: text,
        seed: text,
        'time-scale': text,
        transport: text,
        extensions: text,
        window: text,
        state: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    const number = (name: keyof typeof NUMBERS): number => readNumber(name, values[name]);
    const options = {
      messages: number('messages'),
      hosts: number('hosts'),
      kills: number('kills'),
      seed: values.seed === undefined ? freshSeed : number('seed'),
      timeScale: number('time-scale'),
      transport: readTransport(values.transport),
      extensions: readOffer(values.extensions ?? 'chunking'),
      window: number('window'),
      state: values.state ?? null,
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}

function readTransport(text: string = 'plain'): 'plain' | 'fast' {
  if (text === 'plain' || text === 'fast') return text;
  throw new RangeError(`--transport takes plain or fast, not "${text}".`);
}

function readNumber(name: keyof typeof NUMBERS, text: string | undefined): number {
  const { usual, from, to } = NUMBERS[name];
  if (text === undefined) return usual;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new RangeError(`--${name} takes a whole number from ${from} to ${to}, not "${text}".`);
}
