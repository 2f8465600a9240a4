/** The progress of one message, on stderr: a bar that is drawn over at a terminal, else a line for each new state of it. */
import type { Operation } from './answers.ts';
import { colourOf, makePaint } from './paint.ts';
import { showNumber } from './screen.ts';
import { safeText } from './safeText.ts';
import type { World } from './world.ts';

export interface Progress {
  /** `waits`: what it waits for, where that is known. */
  show(operation: Operation, waits: string | null): void;
  /** The bar goes; what stands behind it in the scroll-back is the result alone. */
  end(): void;
}

const BAR_AT_MOST = 40;
const BAR_AT_LEAST = 10;
/** To the line's begin, and clear it. */
const CLEAR_LINE = '\r\u001b[2K';

export function makeProgress(world: World, hasBlocks: boolean): Progress {
  const { stderr, env } = world;
  if (!stderr.isTerminal || env['TERM'] === 'dumb') return makeLines(world);
  const paint = makePaint(env, stderr);
  return {
    show({ status, counts }, waits) {
      const { recipients, accepted, failed, unknown } = counts;
      const done = accepted + failed;
      const state = [
        `${showNumber(accepted)} of ${showNumber(recipients)} accepted`,
        ...(failed > 0 ? [`${showNumber(failed)} failed`] : []),
        ...(unknown > 0 ? [`${showNumber(unknown)} unknown`] : []),
        stateWords(status, waits),
      ].join(', ');
      const width = Math.min(BAR_AT_MOST, stderr.columns() - state.length - 4);
      const bar =
        width < BAR_AT_LEAST ? '' : `${barOf(recipients === 0 ? 0 : done / recipients, width, hasBlocks)}  `;
      stderr.write(`${CLEAR_LINE}${paint(colourOf(status), bar)}${state.slice(0, stderr.columns() - 1)}`);
    },
    end: () => stderr.write(CLEAR_LINE),
  };
}

function makeLines({ stderr }: World): Progress {
  let last = '';
  return {
    show({ id, status }, waits) {
      const state = stateWords(status, waits);
      if (state !== last) stderr.write(`${safeText(id)} ${state}\n`);
      last = state;
    },
    end: () => undefined,
  };
}

function stateWords(status: string, waits: string | null): string {
  return safeText(waits === null ? status : `${status}, waits for ${waits}`);
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** `share` of `width` columns, to the eighth of one; with `#` where the terminal has no blocks. */
export function barOf(share: number, width: number, hasBlocks: boolean): string {
  const bounded = Math.min(1, Math.max(0, share));
  if (!hasBlocks) {
    const full = Math.round(bounded * width);
    return '#'.repeat(full) + '.'.repeat(width - full);
  }
  const eighths = Math.round(bounded * width * 8);
  const filled = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return filled + '░'.repeat(width - filled.length);
}
