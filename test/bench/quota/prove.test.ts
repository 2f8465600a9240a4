import { expect, test } from 'vitest';
import { countAccepted, judgeProof } from '../../../bench/quota/judgeProof.ts';
import { prove } from '../../../bench/quota/prove.ts';

/** Faster than the benchmark's own, for the sake of CI: what died is closed after 13 s. */
const TIME_SCALE = 80;
/** The run takes twenty seconds; on a machine under load a few times that. */
const DEADLINE_MS = 400_000;

test(
  'three processes and one kill: the limits are used to the last recipient, never one over',
  { timeout: DEADLINE_MS },
  async () => {
    const lines: string[] = [];
    const facts = await prove({
      processes: 3,
      kills: 1,
      limits: { recipients: 600, external: 30 },
      seed: 1,
      timeScale: TIME_SCALE,
      write: (line) => lines.push(line),
    });
    // What it said, where it does not hold.
    expect([judgeProof(facts), lines]).toEqual([[], lines]);
    // It was a run: mail went, one was killed in the middle of it, and others had to wait.
    expect(facts.used).toMatchObject({ tenant: 600, external: 30 });
    expect(countAccepted(facts.accepted).recipients).toBeGreaterThan(400);
    expect(facts.record.unknownSpends).toBeGreaterThan(0);
    expect(lines.filter((line) => line.startsWith('killed one in a transaction'))).toHaveLength(1);
    expect(facts.watch.looks).toBeGreaterThan(10);
  },
);
