import { parseArgs } from 'node:util';
import { WrongUsage } from '../bench.ts';

export interface ColdStartOptions {
  readonly repetitions: number;
  readonly transports: readonly ('plain' | 'fast')[];
}

const REPETITIONS = { usual: 9, from: 1, to: 100 };
const TRANSPORTS = ['plain', 'fast'] as const;

export const COLD_START_USAGE = `  --repetitions N      starts of each way, in turn, after one that does not count (${REPETITIONS.usual})
  --transport plain    HVE_SMTP_TRANSPORT; more than one with commas (${TRANSPORTS.join(',')})`;

/** Throws `WrongUsage`. */
export function parseColdStartOptions(args: readonly string[]): ColdStartOptions {
  const values = readValues(args);
  const text = values.repetitions ?? String(REPETITIONS.usual);
  const repetitions = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (repetitions < REPETITIONS.from || repetitions > REPETITIONS.to) {
    const { from, to } = REPETITIONS;
    throw new WrongUsage(`--repetitions takes a whole number from ${from} to ${to}, not "${text}".`);
  }
  const transports = (values.transport ?? TRANSPORTS.join(',')).split(',').map((name) => {
    const known = TRANSPORTS.find((transport) => transport === name);
    if (known === undefined) {
      throw new WrongUsage(`--transport takes ${TRANSPORTS.join(' and ')}, not "${name}".`);
    }
    return known;
  });
  return { repetitions, transports };
}

function readValues(args: readonly string[]): { repetitions?: string; transport?: string } {
  const options = { repetitions: { type: 'string' }, transport: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}
