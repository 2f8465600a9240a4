import { parseArgs } from 'node:util';
import { WrongUsage } from '../bench.ts';

/** What takes the mail at the other end of the slow line. */
export type ServerKind = (typeof SERVERS)[number];

export interface E2eOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly atOnce: number;
  readonly bytes: number;
  readonly connections: number;
  readonly recipients: readonly number[];
  readonly roundTripMs: number;
  readonly azureRoundTripsMs: readonly number[];
  readonly server: ServerKind;
  /** Of ours. */
  readonly ways: readonly Way[];
}

/** How ours sends: the transport, and whether the server offers CHUNKING. */
export type Way = (typeof WAYS)[number];

const SERVERS = ['sink', 'simulator'] as const;
const WAYS = ['plain', 'fast', 'bdat'] as const;

/** Whole numbers; lists of them where `isList`. */
const NUMBERS = {
  seconds: { usual: '3', from: 1, to: 600 },
  rounds: { usual: '2', from: 1, to: 100 },
  'at-once': { usual: '24', from: 1, to: 1000 },
  bytes: { usual: '2000', from: 100, to: 40_000 },
  connections: { usual: '8', from: 1, to: 50 },
  recipients: { usual: '1,10', from: 1, to: 50 },
  rtt: { usual: '20', from: 0, to: 1000 },
  'azure-rtt': { usual: '0,5', from: 0, to: 1000 },
} as const;
type Name = keyof typeof NUMBERS;

export const E2E_USAGE = `  --seconds N      of each measurement, after a warm-up (${NUMBERS.seconds.usual})
  --rounds N       so often each has its turn (${NUMBERS.rounds.usual})
  --at-once N      invocations (${NUMBERS['at-once'].usual}, as host.json has it)
  --bytes N        of each message's text (${NUMBERS.bytes.usual})
  --connections N  HVE_CONNECTIONS_PER_ACCOUNT of ours (${NUMBERS.connections.usual}); the sample opens one for each message
  --recipients N,N of each message, each a case (${NUMBERS.recipients.usual})
  --rtt N          round trip to the mail server in milliseconds (${NUMBERS.rtt.usual})
  --azure-rtt N,N  round trip to Storage and Key Vault in milliseconds, each a case (${NUMBERS['azure-rtt'].usual})
  --ways NAME,NAME  of ours, of ${WAYS.join(', ')} (all)
  --server NAME    sink, which offers CHUNKING too and only counts, or simulator, which keeps each mail on disk (sink)`;

export function parseE2eOptions(args: readonly string[]): E2eOptions {
  const { server = 'sink', ways = WAYS.join(','), ...values } = readValues(args);
  const list = (name: Name): readonly number[] =>
    (values[name] ?? NUMBERS[name].usual).split(',').map((text) => readNumber(name, text));
  const one = (name: Name): number => readNumber(name, values[name] ?? NUMBERS[name].usual);
  const kind = SERVERS.find((known) => known === server);
  if (kind === undefined) throw new WrongUsage(`--server takes sink or simulator, not "${server}".`);
  return {
    ways: ways.split(',').map(readWay),
    seconds: one('seconds'),
    rounds: one('rounds'),
    atOnce: one('at-once'),
    bytes: one('bytes'),
    connections: one('connections'),
    recipients: list('recipients'),
    roundTripMs: one('rtt'),
    azureRoundTripsMs: list('azure-rtt'),
    server: kind,
  };
}

function readValues(args: readonly string[]): Partial<Record<Name | 'server' | 'ways', string>> {
  const names = [...Object.keys(NUMBERS), 'server', 'ways'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function readWay(text: string): Way {
  const way = WAYS.find((known) => known === text);
  if (way === undefined) throw new WrongUsage(`--ways takes ${WAYS.join(', ')}, not "${text}".`);
  return way;
}

function readNumber(name: Name, text: string): number {
  const { from, to } = NUMBERS[name];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    throw new WrongUsage(`--${name} takes a whole number from ${from} to ${to}, not "${text}".`);
  }
  return value;
}
