import { parseArgs } from 'node:util';
import { WrongUsage } from '../bench.ts';
import { KIND_NAMES, type KindName } from './kinds.ts';

/** The last one is the peer, without the app. */
export const TRANSPORTS = ['plain', 'fast', 'fastChunking', 'nodemailer'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

export interface MemoryOptions {
  readonly deliveries: number;
  /** Of each mail on the wire. */
  readonly bytes: number;
  readonly rounds: number;
  readonly kinds: readonly KindName[];
  readonly transports: readonly TransportName[];
}

/** Whole numbers. */
const NUMBERS = {
  deliveries: { usual: '24', from: 1, to: 50 },
  bytes: { usual: '10000000', from: 20_000, to: 10_000_000 },
  rounds: { usual: '3', from: 1, to: 100 },
} as const;

export const MEMORY_USAGE = `  --deliveries N   at once, all in flight at the same time (${NUMBERS.deliveries.usual})
  --bytes N        of each mail on the wire (${NUMBERS.bytes.usual})
  --rounds N       one after another in the same process (${NUMBERS.rounds.usual})
  --kinds A,B      how the messages come (${KIND_NAMES.join(',')})
  --transports A,B how they go (${TRANSPORTS.join(',')})`;

export function parseMemoryOptions(args: readonly string[]): MemoryOptions {
  const values = readValues(args);
  const number = (name: keyof typeof NUMBERS): number =>
    readNumber(name, values[name] ?? NUMBERS[name].usual);
  return {
    deliveries: number('deliveries'),
    bytes: number('bytes'),
    rounds: number('rounds'),
    kinds: readNames('kinds', values['kinds'], KIND_NAMES),
    transports: readNames('transports', values['transports'], TRANSPORTS),
  };
}

function readValues(args: readonly string[]): Partial<Record<string, string>> {
  const names = [...Object.keys(NUMBERS), 'kinds', 'transports'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function readNumber(name: keyof typeof NUMBERS, text: string): number {
  const { from, to } = NUMBERS[name];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new WrongUsage(`--${name} takes a whole number from ${from} to ${to}, not "${text}".`);
  }
  return value;
}

function readNames<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known;
  return text.split(',').map((wanted) => {
    const name = known.find((one) => one === wanted);
    if (name === undefined) {
      throw new WrongUsage(`--${option} takes ${known.join(', ')}, separated by commas, not "${wanted}".`);
    }
    return name;
  });
}
