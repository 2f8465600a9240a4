/** `npm run bench -- coldstart`: from the start of a process to all functions registered, and to the first mail sent. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Bench } from '../bench.ts';
import { COLD_START_USAGE, parseColdStartOptions, type ColdStartOptions } from './coldStartOptions.ts';
import { describeCase, type Case } from './describeCase.ts';
import { startNeighbours, type Neighbours } from './neighbours.ts';
import { startInstance, type Item, type Moment, type Start } from './startInstance.ts';
import { makeWays, type Way } from './ways.ts';

type Transport = ColdStartOptions['transports'][number];

/** One start that counts. */
interface Measured {
  readonly way: Way;
  readonly transport: Transport;
  readonly start: Start;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
const BUNDLE = join(ROOT, 'dist', 'main.cjs');

/** Of the time of the unbundled app. */
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
      const ways = await makeWays(ROOT, BUNDLE, folder);
      neighbours = await startNeighbours();
      const measured = await measure(ways, options, neighbours);
      const figures: Record<string, number> = {};
      for (const one of casesOf(ways, options, measured)) {
        const described = describeCase(one);
        for (const line of described.lines) write(line);
        Object.assign(figures, described.figures);
      }
      write('The peer is the quicker of the two unbundled apps that load everything at once.');
      const apps = ways.filter(({ app }) => app !== null);
      const expected = options.transports.length * apps.length * (options.repetitions + 1);
      const mails = new Set(await neighbours.subjects()).size;
      write(`${mails} of ${expected} mails came to the SMTP server.`);
      return { figures: { ...figures, mails }, isGood: mails === expected };
    } finally {
      await neighbours?.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** In turn, so that what else the machine does meets all of them alike. */
async function measure(
  ways: readonly Way[],
  { repetitions, transports }: ColdStartOptions,
  { env }: Neighbours,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    for (const transport of transports) {
      for (const way of ways) {
        const item = makeItem(`${way.key}-${transport}-${repetition}`);
        const start = await startInstance(way.app, item, { ...env, HVE_SMTP_TRANSPORT: transport });
        // The first one makes the tables, and reads the files from the disk.
        if (repetition > 0) measured.push({ way, transport, start });
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

/** Up to the registration the transport plays no part. */
function casesOf(
  ways: readonly Way[],
  { transports }: ColdStartOptions,
  measured: readonly Measured[],
): readonly Case[] {
  const momentsOf = (momentOf: (start: Start) => Moment, only: Transport | null): Case['moments'] =>
    new Map(
      ways.map((way) => [
        way,
        measured
          .filter((one) => one.way === way && (only === null || one.transport === only))
          .map(({ start }) => momentOf(start)),
      ]),
    );
  return [
    {
      title: 'To all functions registered',
      key: 'registered',
      moments: momentsOf(({ registered }) => registered, null),
      atMost: REGISTERED_AT_MOST,
    },
    ...transports.map((transport) => ({
      title: `To the first mail sent (${transport} transport)`,
      key: `sent_${transport}`,
      moments: momentsOf(({ handled }) => handled, transport),
      atMost: SENT_AT_MOST,
    })),
  ];
}
