import { expect, test } from 'vitest';
import { bench } from '../../../bench/e2e/bench.ts';

/** Servers, two apps and two lines start, and each app warms up: seconds, on a busy machine a few times that. */
const PATIENCE_MS = 240_000;

test(
  'the sample and the bundle get every mail through; ours with fewer operations and no password read again',
  { timeout: PATIENCE_MS },
  async () => {
    const lines: string[] = [];
    const args = '--seconds 1 --warm 2 --rounds 1 --recipients 2 --azure-rtt 1 --ways bdat'.split(' ');
    const { figures, isGood } = await bench.run(args, (line) => lines.push(line));
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([]);
    expect(isGood).toBe(true);
    expect(figures['sample_to2_azure1_key_vault_calls']).toBe(1);
    expect(figures['bdat_to2_azure1_key_vault_calls']).toBe(0);
    expect(figures['sample_to2_azure1_operations']).toBeGreaterThanOrEqual(2);
    expect(figures['bdat_to2_azure1_operations']).toBeGreaterThanOrEqual(2);
  },
);
