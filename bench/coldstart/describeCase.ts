/** What was measured up to one moment of a start, as a table and as figures. */
import { formatTable, roundFigure } from '../format.ts';
import type { Moment } from './startInstance.ts';
import type { Way } from './ways.ts';

export interface Case {
  readonly title: string;
  /** Before the names of its figures. */
  readonly key: string;
  /** Of each start, that moment. One way has the role `floor`, one `ours`, at least one `peer`. */
  readonly moments: ReadonlyMap<Way, readonly Moment[]>;
  /** The mark: ours takes at most this share of the peer's time. */
  readonly atMost: number;
}

interface Spread {
  readonly median: number;
  /** A quarter lies below, and a quarter above. */
  readonly low: number;
  readonly high: number;
}

const HEAD = ['', 'ms', 'middle half', 'of the peer', 'above Node', 'CPU ms', 'of the peer'];

export function describeCase({ title, key, moments, atMost }: Case): {
  readonly lines: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
} {
  const ways = [...moments.keys()];
  const times = compare(moments, ({ ms }) => ms);
  const cpu = compare(moments, ({ cpuMs }) => cpuMs);
  const rows = ways.map((way) => {
    const { median, low, high } = times.spreadOf(way);
    return [
      way.name,
      Math.round(median),
      `${Math.round(low)} to ${Math.round(high)}`,
      times.ofPeer(way).toFixed(2),
      times.ofPeerAboveFloor(way).toFixed(2),
      Math.round(cpu.spreadOf(way).median),
      cpu.ofPeer(way).toFixed(2),
    ];
  });
  const ours = ways.find(({ role }) => role === 'ours')!;
  const share = times.ofPeer(ours);
  const word = share <= atMost ? 'within' : 'above';
  return {
    lines: [
      title,
      ...formatTable(HEAD, rows),
      `The bundle needs ${share.toFixed(2)} of the peer: ${word} the mark of ${atMost}.`,
      '',
    ],
    figures: {
      ...Object.fromEntries(
        ways.flatMap((way) => [
          [`${key}_${way.key}_ms`, roundFigure(times.spreadOf(way).median)],
          [`${key}_${way.key}_cpu_ms`, roundFigure(cpu.spreadOf(way).median)],
        ]),
      ),
      [`${key}_ratio`]: roundFigure(share),
      [`${key}_cpu_ratio`]: roundFigure(cpu.ofPeer(ours)),
    },
  };
}

function compare(moments: Case['moments'], valueOf: (moment: Moment) => number) {
  const spreads = new Map([...moments].map(([way, of]) => [way, spreadOf(of.map(valueOf))]));
  const mediansOf = (role: Way['role']): number[] =>
    [...spreads].filter(([way]) => way.role === role).map(([, { median }]) => median);
  const peer = Math.min(...mediansOf('peer'));
  const floor = Math.min(...mediansOf('floor'));
  return {
    spreadOf: (way: Way): Spread => spreads.get(way)!,
    ofPeer: (way: Way): number => spreads.get(way)!.median / peer,
    ofPeerAboveFloor: (way: Way): number => (spreads.get(way)!.median - floor) / (peer - floor),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)]!;
  return { median: at(1 / 2), low: at(1 / 4), high: at(3 / 4) };
}
