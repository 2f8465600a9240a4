/** What a proof must show (pure). */
import type { AcceptedRecipient } from './acceptedFile.ts';
import type { LoadLimits } from './planLoad.ts';
import type { RecordFacts } from './readRecord.ts';
import type { WatchFacts } from './watchLedger.ts';

export interface ProofFacts {
  readonly limits: LoadLimits;
  readonly kills: number;
  /** By the servers' own files. */
  readonly accepted: readonly AcceptedRecipient[];
  /** By the ledger, when no lease is left, by scope. */
  readonly used: Readonly<Record<string, number>>;
  /** Used, as the usage of an instance tells it, by scope. */
  readonly told: Readonly<Record<string, number>>;
  /** Leases that nobody has closed. */
  readonly leases: number;
  readonly record: RecordFacts;
  readonly watch: WatchFacts;
}

export interface Count {
  readonly recipients: number;
  readonly external: number;
  /** Recipients beyond the first time that their address was accepted. */
  readonly repeats: number;
}

export function countAccepted(accepted: readonly AcceptedRecipient[]): Count {
  return {
    recipients: accepted.length,
    external: accepted.filter(({ isExternal }) => isExternal).length,
    repeats: accepted.length - new Set(accepted.map(({ address }) => address)).size,
  };
}

/** In words; none: it holds. */
export function judgeProof(facts: ProofFacts): readonly string[] {
  const { limits, kills, used, told, leases, record, watch } = facts;
  const count = countAccepted(facts.accepted);
  const { unknownSpends, charged, waiting, moving } = record;
  const problems = [...watch.problems];
  const expect = (holds: boolean, otherwise: string): void => void (holds || problems.push(otherwise));

  expect(moving === 0, `${moving} deliveries still move`);
  expect(leases === 0, `${leases} leases are still open`);
  for (const [scope, limit, counted] of [
    ['tenant', limits.recipients, count.recipients],
    ['external', limits.external, count.external],
  ] as const) {
    const n = used[scope] ?? 0;
    expect(n === limit, `${scope}: ${n} recipients are used, not exactly the ${limit} of the limit`);
    expect(n >= counted, `${scope}: ${counted} recipients were accepted, ${n} are used`);
    const most = counted + unknownSpends;
    expect(n <= most, `${scope}: ${n} are used, accepted and unknown spends together are only ${most}`);
    if (kills === 0) expect(n === counted, `${scope}: ${n} are used, ${counted} were accepted`);
  }
  for (const [scope, n] of Object.entries(told)) {
    expect(n === (used[scope] ?? 0), `${scope}: the usage tells ${n}, the ledger ${used[scope] ?? 0}`);
  }
  for (const scope of new Set([...Object.keys(used), ...Object.keys(charged)])) {
    const [ledger, rows] = [used[scope] ?? 0, charged[scope] ?? 0];
    expect(ledger === rows, `${scope}: the ledger says ${ledger}, the rows charge ${rows}`);
  }
  expect(
    count.repeats <= unknownSpends,
    `${count.repeats} recipients were accepted again, ${unknownSpends} spends are unknown`,
  );
  const limitBinds = waiting.recipients > 0 && waiting.external > 0;
  expect(limitBinds, 'nobody waits for the quota: the load was too small to prove anything');
  return problems;
}
