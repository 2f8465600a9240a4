import type { Verdict } from './judge.ts';
import type { QuotaVerdict } from './quotaBounds.ts';

export interface RunFacts {
  readonly kills: number;
  readonly pauses: number;
  readonly faultsSet: number;
  readonly faultsStruck: number;
  /** Rows of the table of replies that struck, of those that the simulator can produce. */
  readonly rowsStruck: number;
  readonly rows: number;
  readonly tookMs: number;
}

/** So many findings are shown in words; all of them count. */
const SHOWN = 20;

export function isGood(verdict: Verdict, quota: QuotaVerdict): boolean {
  const { lost, unexplained, refused } = verdict;
  return [lost, unexplained, refused, quota.problems].every((findings) => findings.length === 0);
}

/** The table at the end of a run, and what was found in words. */
export function describeRun(verdict: Verdict, quota: QuotaVerdict, facts: RunFacts): string[] {
  const rows: (readonly [string, number | string])[] = [
    ['hosts killed', facts.kills],
    ['storage paused', facts.pauses],
    ['faults that struck, of those set', `${facts.faultsStruck} of ${facts.faultsSet}`],
    ['rows of the reply table that struck', `${facts.rowsStruck} of ${facts.rows}`],
    ['accepted', verdict.accepted],
    ['never answered, and not recorded', verdict.unanswered],
    ...Object.entries(verdict.byStatus)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([status, count]): [string, number] => [`  ${status}`, count]),
    ['lost', verdict.lost.length],
    ['refused', verdict.refused.length],
    ['mails in the inbox', verdict.mails],
    ['repeats explained (the record says unknown)', verdict.explained],
    ['repeats unexplained', verdict.unexplained.length],
    ['recipients accepted: by the records', verdict.acceptedByRecord],
    ['recipients accepted: by the server', verdict.acceptedByServer],
    ['unknown spends', verdict.unknownSpends],
    ['quota used', quota.used],
    ['quota leased still', quota.leased],
    ['seconds', Math.round(facts.tookMs / 1000)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...describeFindings('Lost', verdict.lost),
    ...describeFindings('Unexplained', verdict.unexplained),
    ...describeFindings('Refused', verdict.refused),
    ...describeFindings('Quota', quota.problems),
    '',
    isGood(verdict, quota)
      ? 'Nothing lost, nothing twice without a reason, the quota within its bounds.'
      : 'NOT as promised: see above.',
  ];
}

function describeFindings(title: string, findings: readonly string[]): string[] {
  if (findings.length === 0) return [];
  const more = findings.length - SHOWN;
  return [
    '',
    `${title}:`,
    ...findings.slice(0, SHOWN).map((finding) => `  ${finding}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
