/**
 * Many runs, each from its seed. What fails is made as small as it goes and told with the command that shows it:
 *
 *   HVE_MODEL_RUNS=100000   so many runs instead of 2,000
 *   HVE_MODEL_FROM=5000     the first seed
 *   HVE_MODEL_SEED=17       this run only, with everything that happened in it
 *   HVE_MODEL_PROFILE={…}   over what the seed draws: what the shrinking found
 */
import type { Profile } from './profile.ts';
import { drawProfile } from './profile.ts';
import { makeRandom } from './random.ts';
import type { RunOptions } from './runModel.ts';
import { runModel } from './runModel.ts';

const RUNS = 2000;

export interface Runs {
  readonly seeds: readonly number[];
  readonly profile: Partial<Profile>;
  readonly isTraced: boolean;
}

/** The part of the runs that one test file does: `parts` files share them. */
export function runsOfPart(part: number, parts: number): Runs {
  const { HVE_MODEL_RUNS, HVE_MODEL_FROM, HVE_MODEL_SEED, HVE_MODEL_PROFILE } = process.env;
  const profile = JSON.parse(HVE_MODEL_PROFILE ?? '{}') as Partial<Profile>;
  if (HVE_MODEL_SEED !== undefined) {
    return { seeds: part === 0 ? [Number(HVE_MODEL_SEED)] : [], profile, isTraced: true };
  }
  const from = Number(HVE_MODEL_FROM ?? 1);
  const count = Number(HVE_MODEL_RUNS ?? RUNS);
  const all = Array.from({ length: count }, (_, n) => from + n);
  return { seeds: all.filter((seed) => seed % parts === part), profile, isTraced: false };
}

/** What went wrong, in words; null: nothing did. */
export async function runAll({ seeds, profile, isTraced }: Runs): Promise<string | null> {
  for (const [n, seed] of seeds.entries()) {
    const lines: string[] = [];
    const { violations } = await runModel({
      seed,
      profile,
      ...(isTraced && { trace: (line) => lines.push(line) }),
    });
    if (isTraced) process.stdout.write(`${lines.join('\n')}\n`);
    const [first] = violations;
    if (first) return tell(seed, first.invariant, await shrink(seed, profile, first.invariant));
    // The runs themselves leave no room for anything else.
    if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return null;
}

function tell(seed: number, invariant: string, small: Shrunk): string {
  return `seed ${seed} breaks "${invariant}": ${small.text}
replay: HVE_MODEL_SEED=${seed} HVE_MODEL_PROFILE='${JSON.stringify(small.profile)}' npx vitest run test/model/model.test.ts`;
}

export interface Shrunk {
  readonly profile: Partial<Profile>;
  readonly text: string;
}

/** The shortest run of the seed that still breaks the same: fewer messages, fewer steps, fewer kinds of failures. */
export async function shrink(
  seed: number,
  over: Partial<Profile>,
  invariant: string,
  options: Omit<RunOptions, 'seed' | 'profile'> = {},
): Promise<Shrunk> {
  const drawn = drawProfile(makeRandom(seed ^ 0x5eed), over);
  let best: Shrunk = { profile: over, text: '' };
  async function attempt(change: Partial<Profile>): Promise<boolean> {
    const profile = { ...best.profile, ...change };
    const { violations } = await runModel({ ...options, seed, profile });
    const same = violations.find((one) => one.invariant === invariant);
    if (same) best = { profile, text: same.text };
    return same !== undefined;
  }
  await attempt({});
  const without: readonly Partial<Profile>[] = [
    { operators: 0 },
    { outage: 0 },
    { vaultFault: 0 },
    { freeze: 0 },
    { stop: 0 },
    { redeliver: 0 },
    { jump: 0 },
    { skewMs: 0 },
    { smtpFault: 0 },
    { storageFault: 0 },
    { ledgerFault: 0 },
    { days: 0 },
    { isBrief: false },
    { deployments: 0 },
    { ruleChanges: 0 },
    { crash: 0 },
    { variety: 0 },
    { instances: 1 },
  ];
  for (const change of without) await attempt(change);
  for (let messages = 1; messages < drawn.messages; messages++) if (await attempt({ messages })) break;
  for (const share of [0.1, 0.25, 0.5, 0.75]) {
    if (await attempt({ faultySteps: Math.round(drawn.faultySteps * share) })) break;
  }
  return best;
}
