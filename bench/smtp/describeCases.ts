import { formatTable, roundFigure } from '../format.ts';
import { ratiosOf, type Case } from './cases.ts';
import { CONTENDERS, PEER } from './contenders.ts';
import { missedMarks } from './marks.ts';

/** A case with all that was measured. */
export function describeCase(one: Case): string[] {
  const { load, pace, measured } = one;
  const rows = [...measured].map(([name, { perSecond, cpuMs }]) => {
    const { times, limitPercent, cpuShare } = ratiosOf(one, name);
    return [
      name,
      roundFigure(perSecond),
      `${roundFigure(times)} ×`,
      limitPercent === null ? '' : `${roundFigure(limitPercent)} %`,
      cpuMs === null ? '' : roundFigure(cpuMs),
      cpuShare === null ? '' : `1/${roundFigure(1 / cpuShare)}`,
      judge(missedMarks(one, name)),
    ];
  });
  const { connections, recipients, bytes } = load;
  return [
    `Round trip ${pace.roundTripMs} ms, server ${pace.serverMs} ms; ${connections} connections, ${recipients} recipients, ${bytes} bytes`,
    ...formatTable(
      ['', 'mails/s', 'of the peer', 'of its limit', 'CPU ms/mail', 'of the peer', 'marks'],
      rows,
    ),
    '',
  ];
}

function judge(missed: readonly string[] | null): string {
  if (missed === null) return '';
  return missed.length === 0 ? 'met' : `misses ${missed.join(', ')}`;
}

/** A line for each case: the peer's mails a second, then for each that has a limit its ratios. */
export function describeMatrix(cases: readonly Case[]): string[] {
  const names = CONTENDERS.filter(({ limit }) => limit !== null).map(({ contender }) => contender.name);
  const rows = cases.map((one) => {
    const { load, pace, measured } = one;
    const ratios = names.flatMap((name) => {
      const { times, limitPercent, cpuShare } = ratiosOf(one, name);
      return [
        `${roundFigure(times)} ×`,
        `${Math.round(limitPercent ?? 0)} %`,
        `1/${roundFigure(1 / (cpuShare ?? 1))}`,
      ];
    });
    return [
      `${load.connections} × ${load.recipients} × ${load.bytes}, ${pace.roundTripMs} + ${pace.serverMs}`,
      roundFigure(measured.get(PEER)!.perSecond),
      ...ratios,
    ];
  });
  const head = ['connections × recipients × bytes, round trip + server', `${PEER}/s`];
  return [
    ...formatTable([...head, ...names.flatMap((name) => [name, 'limit', 'CPU'])], rows),
    'Each beside the peer: mails a second, in per cent of its own limit, CPU for a mail.',
    '',
  ];
}

/** As pairs for scripts: what was measured, the ratios, and how many marks were met. */
export function figuresOf(cases: readonly Case[]): Record<string, number> {
  const figures: Record<string, number> = {};
  let met = 0;
  let missed = 0;
  for (const one of cases) {
    const { load, pace, measured } = one;
    const place = `c${load.connections}_r${load.recipients}_b${load.bytes}_rtt${pace.roundTripMs}_server${pace.serverMs}`;
    for (const [name, { perSecond, cpuMs }] of measured) {
      const key = `${name.replace(/\W+/g, '_')}_${place}`;
      const { times, limitPercent, cpuShare } = ratiosOf(one, name);
      figures[`${key}_per_second`] = roundFigure(perSecond);
      figures[`${key}_times`] = roundFigure(times);
      if (limitPercent !== null) figures[`${key}_limit_percent`] = roundFigure(limitPercent);
      if (cpuMs !== null) figures[`${key}_cpu_ms`] = roundFigure(cpuMs);
      if (cpuShare !== null) figures[`${key}_cpu_share`] = roundFigure(cpuShare);
      const marks = missedMarks(one, name);
      if (marks === null) continue;
      if (marks.length === 0) met += 1;
      else missed += 1;
    }
  }
  return { ...figures, marks_met: met, marks_missed: missed };
}
