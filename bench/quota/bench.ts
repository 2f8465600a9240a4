/** `npm run bench -- quota`: what the leases are worth beside plainer ways, and that they keep a limit whatever dies. */
import type { Bench, BenchResult } from '../bench.ts';
import { runComparison } from './comparison.ts';
import { runProof } from './proof.ts';
import { parseQuotaOptions, QUOTA_USAGE } from './quotaOptions.ts';

export const bench: Bench = {
  summary:
    'reservations a second, storage operations for each; a limit used to the last recipient, never one over',
  usage: QUOTA_USAGE,
  async run(args, write) {
    const options = parseQuotaOptions(args);
    const parts: BenchResult[] = [];
    if (options.only !== 'proof') parts.push(await runComparison(options, write));
    if (options.only !== 'compare') {
      if (options.kills > 0) parts.push(await runProof('killed', options.kills, options, write));
      parts.push(await runProof('unharmed', 0, options, write));
    }
    return {
      figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
      isGood: parts.every(({ isGood }) => isGood),
    };
  },
};
