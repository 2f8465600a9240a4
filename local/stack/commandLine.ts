import { parseArgs } from 'node:util';
import { readOffer } from '../simulator/extensions.ts';
import type { Offer } from '../simulator/extensions.ts';

export interface StartCommand {
  readonly kind: 'start';
  readonly once: boolean;
  readonly hosts: number;
  readonly fresh: boolean;
  readonly auth: boolean;
  /** A path as it was given. */
  readonly state: string;
  readonly anyPorts: boolean;
  readonly extensions: Offer;
}

export type Command =
  | StartCommand
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

const DEFAULT_STATE = '.local';
/** Each is a Node process of 100 MB and more. */
const HOSTS_AT_MOST = 16;

export const USAGE = `Runs hve-mailer on this machine: Azurite, an HVE simulator with an inbox, a Key Vault, and the functions host.

  npm start                    until Ctrl-C; sends a sample message first
  npm start -- --once          ends after the sample: exit code 0, or 1 if it was not delivered within 60 s

  --hosts N       so many functions hosts behind the one URL (1 to ${HOSTS_AT_MOST})
  --fresh         removes what earlier starts have left (storage, inbox, keys) first
  --auth          the functions ask for keys, as in Azure; they are made at the first start and shown
  --state FOLDER  keeps the state there instead of in ${DEFAULT_STATE}
  --any-ports     takes any free ports instead of the usual ones; they stand in FOLDER/endpoints.json
  --extensions E  what the HVE simulator offers: none, pipelining, or chunking, which is both (chunking)
  --help          shows this

Settings: every HVE_ variable of the environment goes on to the app (docs/configuration.md), for instance
  HVE_LIMIT_RECIPIENTS_PER_DAY=100 npm start
  HVE_LOCAL_CLOCK_OFFSET=P1D npm start         the clock of all of it is a day ahead
  HVE_LOCAL_TIME_SCALE=60 npm start            every wait is a sixtieth: an hour's takes a minute`;

/** What the arguments of `npm start --` ask for. */
export function parseCommandLine(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        hosts: { type: 'string', default: '1' },
        fresh: { type: 'boolean', default: false },
        auth: { type: 'boolean', default: false },
        state: { type: 'string', default: DEFAULT_STATE },
        'any-ports': { type: 'boolean', default: false },
        extensions: { type: 'string', default: 'chunking' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const hosts = /^\d{1,3}$/.test(values.hosts) ? Number(values.hosts) : 0;
    if (hosts < 1 || hosts > HOSTS_AT_MOST) {
      const problem = `--hosts takes a whole number from 1 to ${HOSTS_AT_MOST}, not "${values.hosts}".`;
      return { kind: 'wrong', problem };
    }
    if (values.state.trim() === '') return { kind: 'wrong', problem: '--state takes a folder.' };
    const { once, fresh, auth, state } = values;
    const extensions = readOffer(values.extensions);
    return { kind: 'start', once, hosts, fresh, auth, state, anyPorts: values['any-ports'], extensions };
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}
