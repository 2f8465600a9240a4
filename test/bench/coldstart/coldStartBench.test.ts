import { expect, test } from 'vitest';
import { bench } from '../../../bench/coldstart/bench.ts';

/** Ten processes, one after the other, on a machine that may be busy. */
const PATIENCE_MS = 180_000;

test(
  'every way registers all functions and sends its mail, and each is set against the unbundled app',
  { timeout: PATIENCE_MS },
  async () => {
    const lines: string[] = [];
    const args = ['--repetitions', '1', '--transport', 'fast'];
    const { figures, isGood } = await bench.run(args, (line) => lines.push(line));
    expect([lines.at(-1), isGood]).toEqual(['8 of 8 mails came to the SMTP server.', true]);
    const times = Object.entries(figures).filter(([name]) => name.endsWith('_ms'));
    expect(times).toHaveLength(20);
    expect(times.filter(([, ms]) => Number(ms) <= 0)).toEqual([]);
    expect(lines.join('\n')).toMatch(/The bundle needs \S+ of the peer: (within|above) the mark of 0\.25/);
  },
);
