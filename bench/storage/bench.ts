/** `npm run bench -- storage`: what a message costs in storage operations, by its way through the app. */
import type { Bench } from '../bench.ts';
import { formatTable, roundFigure } from '../format.ts';
import { readOptions, readWhole, textOptions } from '../options.ts';
import { startStorage } from '../startStorage.ts';
import { countPath, type PathCount } from './countPath.ts';
import { PATHS } from './paths.ts';

const MESSAGES = { usual: '100', from: 1, to: 10_000 } as const;

export const bench: Bench = {
  summary: 'storage operations for each message, by its way through the app, beside what the design says',
  usage: `  --messages N   on each way (${MESSAGES.usual})`,
  async run(args, write) {
    const messages = parseMessages(args);
    const storage = await startStorage();
    const counts: PathCount[] = [];
    try {
      for (const [n, path] of PATHS.entries())
        counts.push(await countPath(path, messages, storage, `storage${n}x`));
    } finally {
      await storage.stop();
    }
    write(`${messages} messages on each way, one after another.`);
    for (const line of tableOf(counts)) write(line);
    write('');
    const problems = counts.flatMap((count) => count.problems);
    for (const problem of problems) write(`FAIL: ${problem}`);
    return { figures: figuresOf(counts), isGood: problems.length === 0 };
  },
};

function parseMessages(args: readonly string[]): number {
  const { messages = MESSAGES.usual } = readOptions(args, textOptions(['messages']));
  return readWhole('messages', messages, MESSAGES);
}

function tableOf(counts: readonly PathCount[]): string[] {
  const rows = counts.map(({ path, own, quota, shared, detail }) => [
    path.name,
    roundFigure(path.promised),
    roundFigure(own),
    roundFigure(quota),
    roundFigure(shared),
    detail,
  ]);
  return formatTable(['way', 'promised', 'counted', 'quota', 'shared', 'which'], rows);
}

function figuresOf(counts: readonly PathCount[]): Record<string, number> {
  return Object.fromEntries(
    counts.flatMap(({ path, own, quota, shared }) => {
      const name = path.name.toLowerCase().replaceAll(/\W+/g, '_');
      return [
        [`${name}_promised`, roundFigure(path.promised)],
        [`${name}_operations`, roundFigure(own)],
        [`${name}_quota`, roundFigure(quota)],
        [`${name}_shared`, roundFigure(shared)],
      ];
    }),
  );
}
