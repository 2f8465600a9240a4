import type { Verdict } from './judge.ts';

/** The tenant's recipients by the ledger. */
export interface QuotaFacts {
  readonly used: number;
  /** Taken, and not spent yet: by instances that live, or that the sweep has not got to. */
  readonly leased: number;
}

export interface QuotaVerdict extends QuotaFacts {
  readonly problems: readonly string[];
}

/**
 * accepted ≤ used ≤ accepted + unknown spends, whatever was killed: once no lease is open, used is what the rows charge, to
 * the recipient. An unknown spend counts, and its repeat counts again.
 */
export function boundQuota(
  { acceptedByServer, acceptedByRecord, unknownSpends }: Verdict,
  { used, leased }: QuotaFacts,
): QuotaVerdict {
  const problems: string[] = [];
  if (leased > 0)
    problems.push(`${leased} recipients of the quota are still leased: nobody closes the lease`);
  if (used < acceptedByServer) {
    problems.push(`the server has accepted ${acceptedByServer} recipients, the quota counts ${used} only`);
  }
  if (used < acceptedByRecord) {
    problems.push(`${acceptedByRecord} recipients are recorded as accepted, the quota counts ${used} only`);
  }
  const atMost = acceptedByServer + unknownSpends;
  if (used > atMost) {
    problems.push(
      `${used} of the quota are used; the server has accepted ${acceptedByServer} recipients, and ${unknownSpends} spends are unknown: ${used - atMost} were never given back`,
    );
  }
  return { used, leased, problems };
}
