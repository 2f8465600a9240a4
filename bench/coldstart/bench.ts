/** `npm run bench -- coldstart`: from the start of a process to all functions registered, and to the first mail sent. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Bench } from '../bench.ts';
import { formatTable, roundFigure } from '../format.ts';
import { COLD_START_USAGE, parseColdStartOptions, type ColdStartOptions } from './coldStartOptions.ts';
import { startNeighbours, type Neighbours } from './neighbours.ts';
import { startInstance, type Item, type Moment, type Start } from './startInstance.ts';
import { unbundle } from './unbundle.ts';

interface Way {
  readonly name: string;
  /** For the figures. */
  readonly key: string;
  /** null: a process that loads nothing, the floor. */
  readonly app: string | null;
}

/** The starts of a way, of each transport. */
type Measured = ReadonlyMap<Way, ReadonlyMap<string, readonly Start[]>>;

const ROOT = resolve(import.meta.dirname, '..', '..');
const BUNDLE = join(ROOT, 'dist', 'main.cjs');

/** At most so much of the time of the unbundled app, the faster of its two formats. */
const REGISTERED_AT_MOST = 1 / 4;
const SENT_AT_MOST = 1 / 2;

export const bench: Bench = {
  summary:
    'from the start of a process to all functions registered and to the first mail: the bundle, and unbundled',
  usage: COLD_START_USAGE,
  async run(args, write) {
    const options = parseColdStartOptions(args);
    if (!existsSync(BUNDLE)) throw new Error(`There is no ${BUNDLE}. Run: npm run build`);
    const folder = await mkdtemp(join(tmpdir(), 'bench-unbundled-'));
    let neighbours: Neighbours | null = null;
    try {
      const ways = await makeWays(folder);
      neighbours = await startNeighbours();
      const measured = await measure(ways, options, neighbours);
      const figures = show(ways, options, measured, write);
      const expected = options.transports.length * (ways.length - 1) * (options.repetitions + 1);
      const sent = new Set(await neighbours.subjects()).size;
      write(`${sent} of ${expected} mails came to the SMTP server.`);
      return { figures: { ...figures, mails: sent }, isGood: sent === expected };
    } finally {
      await neighbours?.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function makeWays(folder: string): Promise<readonly Way[]> {
  const plain = async (format: 'esm' | 'cjs', imports: 'late' | 'atOnce'): Promise<string> =>
    unbundle(ROOT, join(folder, `${format}-${imports}`), { format, imports });
  return [
    { name: 'nothing but Node', key: 'floor', app: null },
    { name: 'the bundle', key: 'bundle', app: BUNDLE },
    { name: 'unbundled, ES modules', key: 'unbundled_esm', app: await plain('esm', 'atOnce') },
    { name: 'unbundled, CommonJS', key: 'unbundled_cjs', app: await plain('cjs', 'atOnce') },
    { name: 'unbundled, loading as late', key: 'unbundled_late', app: await plain('cjs', 'late') },
  ];
}

/** In turn, so that what else the machine does meets all of them alike. */
async function measure(
  ways: readonly Way[],
  { repetitions, transports }: ColdStartOptions,
  { env }: Neighbours,
): Promise<Measured> {
  const measured = new Map(ways.map((way) => [way, new Map<string, Start[]>()]));
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    for (const transport of transports) {
      for (const way of ways) {
        const item = makeItem(`${way.key}-${transport}-${repetition}`);
        const start = await startInstance(way.app, item, { ...env, HVE_SMTP_TRANSPORT: transport });
        // The first one makes the tables, and reads the files from the disk.
        if (repetition === 0) continue;
        const starts = measured.get(way)!;
        starts.set(transport, [...(starts.get(transport) ?? []), start]);
      }
    }
  }
  return measured;
}

function makeItem(name: string): Item {
  const message = {
    to: 'ann@contoso.com',
    subject: name,
    text: 'Dear Ann,\n\nYour payslip of this month is ready.\n',
  };
  return { id: name, text: JSON.stringify(message), insertedAt: new Date().toISOString() };
}

type Pick = (start: Start) => number;

function show(
  ways: readonly Way[],
  { transports }: ColdStartOptions,
  measured: Measured,
  write: (line: string) => void,
): Record<string, number> {
  const figures: Record<string, number> = {};
  const cases = transports.map((transport) => ({
    title: `To the first mail sent (${transport} transport)`,
    key: `sent_${transport}`,
    momentOf: (start: Start): Moment => start.handled,
    startsOf: (way: Way) => measured.get(way)!.get(transport) ?? [],
    atMost: SENT_AT_MOST,
  }));
  const registered = {
    title: 'To all functions registered',
    key: 'registered',
    momentOf: (start: Start): Moment => start.registered,
    startsOf: (way: Way) => [...measured.get(way)!.values()].flat(),
    atMost: REGISTERED_AT_MOST,
  };
  for (const { title, key, momentOf, startsOf, atMost } of [registered, ...cases]) {
    const of = (way: Way, pick: Pick): Spread => spreadOf(startsOf(way).map(pick));
    const ms: Pick = (start) => momentOf(start).ms;
    const cpu: Pick = (start) => momentOf(start).cpuMs;
    const byKey = (name: string): Way => ways.find((way) => way.key === name)!;
    const floor = byKey('floor');
    const peers = [byKey('unbundled_esm'), byKey('unbundled_cjs')];
    const peerOf = (pick: Pick): number => Math.min(...peers.map((way) => of(way, pick).median));
    const ratio = (way: Way, pick: Pick): number => of(way, pick).median / peerOf(pick);
    const aboveFloor = (way: Way, pick: Pick): number =>
      (of(way, pick).median - of(floor, pick).median) / (peerOf(pick) - of(floor, pick).median);
    const rows = ways.map((way) => {
      const { median, low, high } = of(way, ms);
      return [
        way.name,
        Math.round(median),
        `${Math.round(low)} to ${Math.round(high)}`,
        ratio(way, ms).toFixed(2),
        aboveFloor(way, ms).toFixed(2),
        Math.round(of(way, cpu).median),
        ratio(way, cpu).toFixed(2),
      ];
    });
    write(title);
    const head = ['', 'ms', 'middle half', 'of the peer', 'above Node', 'CPU ms', 'of the peer'];
    for (const line of formatTable(head, rows)) write(line);
    const bundle = byKey('bundle');
    const word = ratio(bundle, ms) <= atMost ? 'within' : 'above';
    write(`The bundle needs ${ratio(bundle, ms).toFixed(2)} of the peer: ${word} the mark of ${atMost}.`);
    write('');
    for (const way of ways) {
      figures[`${key}_${way.key}_ms`] = roundFigure(of(way, ms).median);
      figures[`${key}_${way.key}_cpu_ms`] = roundFigure(of(way, cpu).median);
    }
    figures[`${key}_ratio`] = roundFigure(ratio(bundle, ms));
    figures[`${key}_cpu_ratio`] = roundFigure(ratio(bundle, cpu));
  }
  write('The peer is the faster of the two unbundled apps that load everything at once.');
  return figures;
}

interface Spread {
  readonly median: number;
  /** A quarter lies below, and a quarter above. */
  readonly low: number;
  readonly high: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)]!;
  return { median: at(1 / 2), low: at(1 / 4), high: at(3 / 4) };
}
