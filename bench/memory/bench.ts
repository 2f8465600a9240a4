/** `npm run bench -- memory`: what an instance needs of memory with many large mails in flight at once. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { formatTable } from '../format.ts';
import { attachmentFor, KINDS } from './kinds.ts';
import { BUNDLE, highest, measure, type Measured } from './measure.ts';
import { MEMORY_USAGE, parseMemoryOptions, type MemoryOptions } from './memoryOptions.ts';
import { fillStorage, startNeighbours } from './neighbours.ts';

/** What an instance of 512 MB leaves the process, with room. */
const BOUND_BYTES = 400_000_000;

export const bench: Bench = {
  summary: 'memory of an instance with 24 mails of 10 MB in flight at once, beside nodemailer alone',
  usage: MEMORY_USAGE,
  async run(args, write) {
    const options = parseMemoryOptions(args);
    if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is not there: npm run build`);
    const { deliveries, bytes, rounds } = options;
    write(`${deliveries} mails of ${bytes} bytes in flight at once, ${rounds} rounds, MB of 1,000,000 bytes`);
    const measured = await measureAll(options, write);
    for (const line of describe(measured)) write(line);
    const ours = measured.filter(({ transport }) => transport !== 'nodemailer');
    const figures = Object.fromEntries(
      measured.map(({ kind, transport, peaks }) => [
        `${kind}_${transport}_mb`,
        inMb(highest(peaks).residentBytes),
      ]),
    );
    return {
      figures: { ...figures, at_once: Math.min(...ours.map(({ atOnce }) => atOnce)) },
      isGood: ours.every(
        ({ peaks, atOnce, taken }) =>
          highest(peaks).residentBytes < BOUND_BYTES &&
          // Else it would hold for another reason.
          atOnce === deliveries &&
          taken === deliveries * rounds,
      ),
    };
  },
};

async function measureAll(options: MemoryOptions, write: (line: string) => void): Promise<Measured[]> {
  const { deliveries, bytes, rounds, kinds, transports } = options;
  const load = { deliveries, attachment: attachmentFor(bytes) };
  const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
  try {
    await using neighbours = await startNeighbours(folder);
    const measured: Measured[] = [];
    for (const kind of kinds) {
      await using storage = await fillStorage(kind, load);
      for (const transport of transports) {
        const one = await measure({ kind, transport, load, rounds, folder }, neighbours, storage);
        const peaks = one.peaks.map(({ residentBytes }) => inMb(residentBytes)).join(' ');
        write(`${kind}, ${transport}: ${peaks} MB`);
        measured.push(one);
      }
    }
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe(measured: readonly Measured[]): string[] {
  const rows = measured.map(({ kind, transport, peaks, atRestBytes, atOnce }) => {
    const peak = highest(peaks);
    const peer = measured.find((one) => one.kind === kind && one.transport === 'nodemailer');
    const times = peer && highest(peer.peaks).residentBytes / peak.residentBytes;
    return [
      `${KINDS[kind].words}: ${transport}`,
      inMb(peak.residentBytes),
      times === undefined ? '' : `1/${times.toFixed(1)}`,
      inMb(atRestBytes),
      inMb(peak.heapBytes),
      inMb(peak.externalBytes),
      inMb(peak.arrayBufferBytes),
      atOnce,
    ];
  });
  const head = ['', 'peak MB', 'of the peer', 'at rest', 'heap', 'external', 'buffers of it', 'at once'];
  return ['', ...formatTable(head, rows), ''];
}

function inMb(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
