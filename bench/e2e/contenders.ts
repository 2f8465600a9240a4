/** Who sends: the sample, which is the peer, and the app by each of its transports. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { OFFERS, type SmtpExtension } from '../../local/simulator/extensions.ts';
import { WrongUsage } from '../bench.ts';
import type { Way } from './e2eOptions.ts';

export interface Contender {
  readonly name: string;
  /** For figures. */
  readonly key: string;
  readonly entry: string;
  /** What the mail server offers it, beside the login. */
  readonly extensions: readonly SmtpExtension[];
  readonly settings: Readonly<Record<string, string>>;
}

const PIPELINING = OFFERS.pipelining;
const CHUNKING = OFFERS.chunking;

export const SAMPLE: Contender = {
  name: 'the plain sample',
  key: 'sample',
  entry: fileURLToPath(new URL('../baseline/sendMail.ts', import.meta.url)),
  extensions: PIPELINING,
  settings: {},
};

/** The app as it is deployed, by that way over the line. */
export function ourContender(way: Way): Contender {
  return { key: way, entry: findBundle(), ...WAYS[way] };
}

const WAYS: Readonly<Record<Way, Pick<Contender, 'name' | 'extensions' | 'settings'>>> = {
  plain: { name: 'ours, plain', extensions: PIPELINING, settings: { HVE_SMTP_TRANSPORT: 'plain' } },
  fast: { name: 'ours, fast, PIPELINING', extensions: PIPELINING, settings: { HVE_SMTP_TRANSPORT: 'fast' } },
  bdat: { name: 'ours, fast, BDAT 2', extensions: CHUNKING, settings: { HVE_SMTP_TRANSPORT: 'fast' } },
};

function findBundle(): string {
  try {
    // What package.json names as the program.
    return createRequire(import.meta.url).resolve('../../dist/main.cjs');
  } catch (cause) {
    throw new WrongUsage('There is no dist/main.cjs to measure: npm run build makes it.', { cause });
  }
}
