import { readNames, readOptions, readWhole, textOptions } from '../options.ts';

export interface ColdStartOptions {
  readonly repetitions: number;
  readonly transports: readonly ('plain' | 'fast')[];
}

const REPETITIONS = { usual: '9', from: 1, to: 100 };
const TRANSPORTS = ['plain', 'fast'] as const;

export const COLD_START_USAGE = `  --repetitions N      starts of each way, in turn, after one that does not count (${REPETITIONS.usual})
  --transport plain    HVE_SMTP_TRANSPORT; more than one with commas (${TRANSPORTS.join(',')})`;

/** Throws `WrongUsage`. */
export function parseColdStartOptions(args: readonly string[]): ColdStartOptions {
  const values = readOptions(args, textOptions(['repetitions', 'transport']));
  return {
    repetitions: readWhole('repetitions', values.repetitions ?? REPETITIONS.usual, REPETITIONS),
    transports: readNames('transport', values.transport, TRANSPORTS),
  };
}
