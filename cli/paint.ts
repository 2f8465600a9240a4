/** Colours, where the terminal has them and nobody has said otherwise. */
import type { Output, World } from './world.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';
export type Paint = (colour: Colour | null, text: string) => string;

const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/**
 * Of what is written for people: in a pipe nothing is. FORCE_COLOR overrules the others; NO_COLOR (https://no-color.org) and TERM=dumb
 * say no; else a terminal gets them.
 */
export function makePaint(env: World['env'], output: Output): Paint {
  return hasColours(env, output)
    ? (colour, text) => {
        if (colour === null) return text;
        const [on, off] = CODES[colour];
        return `\u001b[${on}m${text}\u001b[${off}m`;
      }
    : (_colour, text) => text;
}

function hasColours(env: World['env'], output: Output): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return output.isTerminal;
}

/** Of statuses of messages, recipients, accounts and checks alike. */
export function colourOf(status: string): Colour | null {
  return STATUS_COLOURS.get(status) ?? null;
}

const STATUSES: readonly (readonly [colour: Colour, statuses: readonly string[]])[] = [
  ['green', ['sent', 'accepted', 'captured', 'ok', 'active']],
  ['cyan', ['queued', 'sending', 'waiting']],
  ['yellow', ['deferred', 'scheduled', 'held', 'partially_sent', 'unknown', 'throttled', 'degraded']],
  ['red', ['failed', 'rejected', 'expired', 'paused', 'failing', 'comes_back', 'held_back']],
  ['dim', ['canceled']],
];

const STATUS_COLOURS = new Map(
  STATUSES.flatMap(([colour, statuses]) => statuses.map((status) => [status, colour] as const)),
);
