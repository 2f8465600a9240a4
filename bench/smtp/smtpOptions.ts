import { WrongUsage } from '../bench.ts';
import { readOptions, readWhole } from '../options.ts';

export interface SmtpBenchOptions {
  /** Of each measurement. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly composes: boolean;
  readonly loads: readonly Load[];
  /** Each load is sent at each of them. */
  readonly paces: readonly Pace[];
  /** Whether Postfix takes part. */
  readonly withPostfix: boolean;
  /** A line for each case, in place of a table. */
  readonly isMatrix: boolean;
}

export interface Load {
  readonly connections: number;
  readonly recipients: number;
  /** Of each mail on the wire, about. */
  readonly bytes: number;
}

export interface Pace {
  readonly roundTripMs: number;
  readonly serverMs: number;
}

/** Lists of whole numbers; of the two in seconds there is one. `matrix`: what `--matrix` puts in the place of what is usual. */
const NUMBERS = {
  seconds: { usual: '2', matrix: '1', from: 1, to: 600 },
  warm: { usual: '6', matrix: '3', from: 1, to: 600 },
  connections: { usual: '4', matrix: '1,4', from: 1, to: 50 },
  recipients: { usual: '10', matrix: '1,10,50', from: 1, to: 500 },
  bytes: { usual: '2000', matrix: '2000,100000', from: 1500, to: 10_000_000 },
  rtt: { usual: '20,0', matrix: '0,5,20,40', from: 0, to: 1000 },
  server: { usual: '0,100', matrix: '0,100', from: 0, to: 10_000 },
} as const;
type Name = keyof typeof NUMBERS;

const OPTIONS = {
  seconds: { type: 'string' },
  warm: { type: 'string' },
  connections: { type: 'string' },
  recipients: { type: 'string' },
  bytes: { type: 'string' },
  rtt: { type: 'string' },
  server: { type: 'string' },
  compose: { type: 'string', default: 'yes' },
  postfix: { type: 'boolean', default: false },
  matrix: { type: 'boolean', default: false },
} as const;

export const SMTP_USAGE = `  --seconds N        of each measurement at least, (${NUMBERS.seconds.usual})
  --warm N           seconds that each of them sends before, over a line without delay (${NUMBERS.warm.usual})
  --connections N,N  (${NUMBERS.connections.usual})
  --recipients N,N   of each mail (${NUMBERS.recipients.usual})
  --bytes N,N        of each mail on the wire, about (${NUMBERS.bytes.usual})
  --rtt N,N          round trips in milliseconds (${NUMBERS.rtt.usual})
  --server N,N       the server's work on a mail in milliseconds (${NUMBERS.server.usual})
  --compose yes|no   whether each mail is composed anew, or one goes again and again (yes)
  --postfix          Postfix as a relay takes part too: where it is installed, for root only
  --matrix           a line for each case; usual are then connections ${NUMBERS.connections.matrix}, recipients ${NUMBERS.recipients.matrix},
                     bytes ${NUMBERS.bytes.matrix}, rtt ${NUMBERS.rtt.matrix}, server ${NUMBERS.server.matrix}, seconds ${NUMBERS.seconds.matrix} (forty minutes)
  Each combination of what is listed is a case.`;

export function parseSmtpOptions(args: readonly string[]): SmtpBenchOptions {
  const values = readOptions(args, OPTIONS);
  const isMatrix = values.matrix;
  const list = (name: Name): readonly number[] =>
    (values[name] ?? NUMBERS[name][isMatrix ? 'matrix' : 'usual'])
      .split(',')
      .map((text) => readWhole(name, text, NUMBERS[name]));
  const one = (name: 'seconds' | 'warm'): number =>
    readWhole(name, values[name] ?? NUMBERS[name][isMatrix ? 'matrix' : 'usual'], NUMBERS[name]);
  if (values.compose !== 'yes' && values.compose !== 'no') {
    throw new WrongUsage(`--compose takes yes or no, not "${values.compose}".`);
  }
  const [connections, recipients, bytes] = [list('connections'), list('recipients'), list('bytes')];
  const [roundTripsMs, serversMs] = [list('rtt'), list('server')];
  return {
    seconds: one('seconds'),
    warmUpSeconds: one('warm'),
    composes: values.compose === 'yes',
    loads: connections.flatMap((connections) =>
      recipients.flatMap((recipients) => bytes.map((bytes) => ({ connections, recipients, bytes }))),
    ),
    paces: roundTripsMs.flatMap((roundTripMs) => serversMs.map((serverMs) => ({ roundTripMs, serverMs }))),
    withPostfix: values.postfix,
    isMatrix,
  };
}
