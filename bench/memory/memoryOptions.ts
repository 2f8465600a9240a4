import { readNames, readOptions, readWhole, textOptions } from '../options.ts';
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
const NAMES = ['deliveries', 'bytes', 'rounds'] as const;

export const MEMORY_USAGE = `  --deliveries N   at once, all in flight at the same time (${NUMBERS.deliveries.usual})
  --bytes N        of each mail on the wire (${NUMBERS.bytes.usual})
  --rounds N       one after another in the same process (${NUMBERS.rounds.usual})
  --kinds A,B      how the messages come (${KIND_NAMES.join(',')})
  --transports A,B how they go (${TRANSPORTS.join(',')})`;

export function parseMemoryOptions(args: readonly string[]): MemoryOptions {
  const values = readOptions(args, textOptions([...NAMES, 'kinds', 'transports']));
  const number = (name: keyof typeof NUMBERS): number =>
    readWhole(name, values[name] ?? NUMBERS[name].usual, NUMBERS[name]);
  return {
    deliveries: number('deliveries'),
    bytes: number('bytes'),
    rounds: number('rounds'),
    kinds: readNames('kinds', values.kinds, KIND_NAMES),
    transports: readNames('transports', values.transports, TRANSPORTS),
  };
}
