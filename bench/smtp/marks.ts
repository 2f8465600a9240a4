/** What the fast transport has set itself, as ratios within one run on a quiet machine. */
import { ratiosOf, type Case } from './cases.ts';

interface Marks {
  /** At least so many times the peer's mails a second. */
  readonly times?: number;
  /** At least so much of its limit. */
  readonly limitPercent?: number;
  /** At most so much of the peer's CPU for a mail. */
  readonly cpuShare?: number;
}

const LOAD = { connections: 4, recipients: 10, bytes: 2000 };
const LIMIT_PERCENT = 95;
const CPU_SHARE = 1 / 10;

/** By pace, then by contender. Others have none. */
const MARKS: Readonly<Record<string, Readonly<Record<string, Marks>>>> = {
  'rtt20 server0': {
    'fast, PIPELINING': { times: 2, limitPercent: LIMIT_PERCENT, cpuShare: CPU_SHARE },
    'fast, BDAT 2': { times: 3.5, limitPercent: LIMIT_PERCENT, cpuShare: CPU_SHARE },
    'fast, BDAT 8': { times: 12, limitPercent: LIMIT_PERCENT, cpuShare: CPU_SHARE },
  },
  // PIPELINING needs a round trip beside the server's time, 120 ms of the peer's 144: that is 1.2 times at best.
  'rtt20 server100': {
    'fast, PIPELINING': { cpuShare: CPU_SHARE },
    'fast, BDAT 2': { times: 1.4, cpuShare: CPU_SHARE },
    'fast, BDAT 8': { times: 1.4, cpuShare: CPU_SHARE },
  },
  'rtt0 server0': {
    'fast, PIPELINING': { cpuShare: CPU_SHARE },
    'fast, BDAT 2': { cpuShare: CPU_SHARE },
    'fast, BDAT 8': { cpuShare: CPU_SHARE },
  },
};

/** Which it misses, in words; null: it has none here. */
export function missedMarks(one: Case, name: string): readonly string[] | null {
  const { load, pace } = one;
  const marks = MARKS[`rtt${pace.roundTripMs} server${pace.serverMs}`]?.[name];
  if (marks === undefined || JSON.stringify(load) !== JSON.stringify(LOAD)) return null;
  const { times, limitPercent, cpuShare } = ratiosOf(one, name);
  return [
    ...(marks.times !== undefined && times < marks.times ? [`${marks.times} ×`] : []),
    ...(marks.limitPercent !== undefined && (limitPercent ?? 0) < marks.limitPercent
      ? [`${marks.limitPercent} %`]
      : []),
    ...(marks.cpuShare !== undefined && (cpuShare ?? 1) > marks.cpuShare
      ? [`CPU 1/${1 / marks.cpuShare}`]
      : []),
  ];
}
