import { WrongUsage } from '../bench.ts';
import { readOptions, textOptions } from '../options.ts';

export interface ComposeOptions {
  /** Of each composer in each case. */
  readonly seconds: number;
}

const MAX_SECONDS = 600;

export const COMPOSE_USAGE =
  '  --seconds N   of each composer in each case, in turns (2); parts of a second are allowed';

export function parseComposeOptions(args: readonly string[]): ComposeOptions {
  const { seconds: text = '2' } = readOptions(args, textOptions(['seconds']));
  const seconds = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && seconds > 0 && seconds <= MAX_SECONDS) return { seconds };
  throw new WrongUsage(`--seconds takes a number above 0, up to ${MAX_SECONDS}, not "${text}".`);
}
