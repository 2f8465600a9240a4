import { readName, readNames, readOptions, readWhole, textOptions } from '../options.ts';

/** What takes the mail at the other end of the slow line. */
export type ServerKind = (typeof SERVERS)[number];

export interface E2eOptions {
  readonly seconds: number;
  readonly warmUpSeconds: number;
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

/** Whole numbers, of those that are cases a list. */
const NUMBERS = {
  seconds: { usual: '3', from: 1, to: 600 },
  warm: { usual: '10', from: 1, to: 600 },
  rounds: { usual: '2', from: 1, to: 100 },
  'at-once': { usual: '24', from: 1, to: 1000 },
  bytes: { usual: '2000', from: 100, to: 40_000 },
  connections: { usual: '8', from: 1, to: 50 },
  recipients: { usual: '1,10', from: 1, to: 50 },
  rtt: { usual: '20', from: 0, to: 1000 },
  'azure-rtt': { usual: '0,5', from: 0, to: 1000 },
} as const;
type Name = keyof typeof NUMBERS;
const NAMES = Object.keys(NUMBERS) as Name[];

export const E2E_USAGE = `  --seconds N      of each measurement (${NUMBERS.seconds.usual})
  --warm N         seconds that each app runs before (${NUMBERS.warm.usual})
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
  const values = readOptions(args, textOptions([...NAMES, 'server', 'ways']));
  const list = (name: Name): readonly number[] =>
    (values[name] ?? NUMBERS[name].usual).split(',').map((text) => readWhole(name, text, NUMBERS[name]));
  const one = (name: Name): number => readWhole(name, values[name] ?? NUMBERS[name].usual, NUMBERS[name]);
  return {
    ways: readNames('ways', values.ways, WAYS),
    seconds: one('seconds'),
    warmUpSeconds: one('warm'),
    rounds: one('rounds'),
    atOnce: one('at-once'),
    bytes: one('bytes'),
    connections: one('connections'),
    recipients: list('recipients'),
    roundTripMs: one('rtt'),
    azureRoundTripsMs: list('azure-rtt'),
    server: readName('server', values.server ?? 'sink', SERVERS),
  };
}
