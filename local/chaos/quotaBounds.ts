import type { Verdict } from './judge.ts';

export interface QuotaFacts {
  readonly used: number;
  readonly kills: number;
  readonly pauses: number;
  readonly hosts: number;
  /** Deliveries that one host works on at once at the most. */
  readonly deliveriesAtOnce: number;
}

export interface QuotaVerdict {
  readonly used: number;
  /** Taken from the quota, and charged by no record. */
  readonly unused: number;
  /** What kills and pauses explain of it at the most. */
  readonly unusedAtMost: number;
  readonly problems: readonly string[];
}

/**
 * accepted ≤ used ≤ accepted + unknown spends + unused. The quota is a counter: what an instance has reserved and not
 * claimed when it is killed, or cannot give back while the storage stands still, stays unused until the window turns.
 * Allowed is one recipient for each delivery that an instance can work on: most of these are claimed by then, and most
 * have one recipient, so that runs stay far below it; what leaks in the ordinary course of things does not.
 */
export function boundQuota(
  { acceptedByServer, acceptedByRecord, unknownSpends }: Verdict,
  facts: QuotaFacts,
): QuotaVerdict {
  const { used, kills, pauses, hosts, deliveriesAtOnce } = facts;
  const unused = Math.max(0, used - acceptedByRecord - unknownSpends);
  const unusedAtMost = (kills + pauses * hosts) * deliveriesAtOnce;
  const problems: string[] = [];
  if (used < acceptedByServer) {
    problems.push(`the server has accepted ${acceptedByServer} recipients, the quota counts ${used} only`);
  }
  if (used < acceptedByRecord) {
    problems.push(`${acceptedByRecord} recipients are recorded as accepted, the quota counts ${used} only`);
  }
  if (unused > unusedAtMost) {
    problems.push(
      `${unused} of the quota are charged by no record; kills and pauses explain ${unusedAtMost}`,
    );
  }
  return { used, unused, unusedAtMost, problems };
}
