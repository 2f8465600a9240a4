import { parseArgs } from 'node:util';
import { WrongUsage } from '../bench.ts';

export interface SmtpBenchOptions {
  readonly seconds: number;
  readonly connections: number;
  readonly recipients: number;
  readonly bytes: number;
  readonly roundTripsMs: readonly number[];
  readonly serversMs: readonly number[];
}

/** Whole numbers; lists of them where `isList`. */
const NUMBERS = {
  seconds: { usual: '2', from: 1, to: 600 },
  connections: { usual: '4', from: 1, to: 50 },
  recipients: { usual: '10', from: 1, to: 500 },
  bytes: { usual: '2000', from: 100, to: 10_000_000 },
  rtt: { usual: '0,20', from: 0, to: 1000 },
  server: { usual: '0,100', from: 0, to: 10_000 },
} as const;
type Name = keyof typeof NUMBERS;

export const SMTP_USAGE = `  --seconds N      of each measurement, after a warm-up (${NUMBERS.seconds.usual})
  --connections N  (${NUMBERS.connections.usual})
  --recipients N   of each mail (${NUMBERS.recipients.usual})
  --bytes N        of each mail (${NUMBERS.bytes.usual})
  --rtt N,N        round trips in milliseconds, each a case (${NUMBERS.rtt.usual})
  --server N,N     the server's work on a mail in milliseconds, each a case (${NUMBERS.server.usual})`;

export function parseSmtpOptions(args: readonly string[]): SmtpBenchOptions {
  const values = readValues(args);
  const list = (name: Name): readonly number[] =>
    (values[name] ?? NUMBERS[name].usual).split(',').map((text) => readNumber(name, text));
  const one = (name: Name): number => readNumber(name, values[name] ?? NUMBERS[name].usual);
  return {
    seconds: one('seconds'),
    connections: one('connections'),
    recipients: one('recipients'),
    bytes: one('bytes'),
    roundTripsMs: list('rtt'),
    serversMs: list('server'),
  };
}

function readValues(args: readonly string[]): Partial<Record<Name, string>> {
  const options = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function readNumber(name: Name, text: string): number {
  const { from, to } = NUMBERS[name];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new WrongUsage(`--${name} takes a whole number from ${from} to ${to}, not "${text}".`);
  }
  return value;
}
