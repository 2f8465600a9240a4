/** A rule that is broken on purpose: the run in which it is what saves the day, looked for and played with and without it. */
import { expect, it } from 'vitest';
import { findViolation } from './findRun.ts';
import type { Profile } from './profile.ts';
import { runModel } from './runModel.ts';
import type { World, Wrap } from './world.ts';

/** Nothing goes wrong but what the case says. */
export const CALM: Partial<Profile> = {
  storageFault: 0,
  ledgerFault: 0,
  crash: 0,
  stop: 0,
  freeze: 0,
  jump: 0,
  redeliver: 0,
  outage: 0,
  smtpFault: 0,
  vaultFault: 0,
  skewMs: 0,
  refusesDuplicates: false,
  operators: 0,
  days: 0,
  isBrief: false,
  deployments: 0,
  ruleChanges: 0,
  instances: 2,
};
export const CRASHES: Partial<Profile> = { ...CALM, crash: 0.03 };

export interface RuleCase {
  readonly rule: string;
  readonly broken: string;
  readonly wrap: Wrap;
  /** What is broken beside it. */
  readonly breaks?: (world: World) => void;
  /** The wrapper that the same run goes well with. */
  readonly intact?: Wrap;
  readonly profile: Partial<Profile>;
  readonly prepare?: (world: World) => void;
  /** What is then seen to be broken. */
  readonly shows: readonly string[];
  /** The rule's own invariant is not looked at, so that what follows shows. */
  readonly ignored?: readonly string[];
}

export function testRules(cases: readonly RuleCase[]): void {
  it.each(cases)(
    '$rule: without it, $broken',
    async ({ wrap, intact, profile, shows, prepare = () => undefined, breaks: more, ignored = [] }) => {
      const found = await findViolation({ wrap, profile, ignored, prepare: more ?? prepare }, shows);
      expect(found?.violation.invariant).toBeOneOf([...shows]);
      const run = await runModel({
        seed: found!.seed,
        profile,
        prepare,
        ...(intact && { wrap: intact }),
      });
      expect(run.violations).toEqual([]);
    },
  );
}
