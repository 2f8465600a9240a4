/**
 * Each rule of protocol.md has a run in which it is what saves the day: with the rule broken on purpose that run ends
 * badly, and with the rule it ends well. The runs are looked for, so that they are found again when the flows change.
 */
import { describe, expect, it } from 'vitest';
import * as breaks from './breaks.ts';
import { CALM, CRASHES, testRules } from './ruleCases.ts';
import type { RuleCase } from './ruleCases.ts';
import { runModel } from './runModel.ts';
import type { World, Wrap } from './world.ts';
import { nameOf } from './world.ts';

const UNLIMITED = { tenantLimit: null, accountLimits: [], appLimits: [] };
const FULL = { ...CALM, tenantLimit: 4, externalLimit: 2, variety: 1, instances: 3 };

/** While things fail, the server refuses everybody like this. */
function refuses(stage: 'mail' | 'end-of-data', text: string): (world: World) => void {
  const [code, enhanced = null] = text.split(' ');
  return (world) => {
    world.hve.course = () =>
      world.isFaulty
        ? { kind: 'refused', stage, reply: { code: Number(code), enhanced, text } }
        : { kind: 'goes' };
  };
}
const TROUBLE = refuses('mail', '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded');
const FAILURE = refuses('end-of-data', '552 5.3.4 Message size exceeds fixed maximum message size');

const CASES: readonly RuleCase[] = [
  {
    rule: 'R1',
    broken: 'a claim that is not known again charges what was given back',
    wrap: breaks.claimWithoutToken,
    profile: CALM,
    shows: ['quota'],
  },
  {
    rule: 'R2',
    broken: 'rows after the answer are lost with their instance',
    wrap: breaks.rowsAfterTheAnswer,
    profile: CRASHES,
    shows: ['accepted'],
  },
  {
    rule: 'R2',
    broken: 'a delivery that is parked before its waiting row waits for ever',
    wrap: breaks.waitingRowLater,
    profile: CRASHES,
    prepare: TROUBLE,
    ignored: ['R2'],
    shows: ['rooms', 'ends', 'defect'],
  },
  {
    rule: 'R3',
    broken: 'a message whose item is lost is never looked at again',
    wrap: breaks.noTouch,
    profile: CRASHES,
    ignored: ['R3'],
    shows: ['ends', 'defect'],
  },
  {
    rule: 'R4',
    broken: 'a delivery that is parked again loses its waiting row',
    wrap: breaks.slowRemoval(false),
    intact: breaks.slowRemoval(true),
    profile: { ...CALM, jump: 0.03, instances: 3 },
    prepare: TROUBLE,
    ignored: ['R2'],
    shows: ['rooms', 'ends', 'defect'],
  },
  {
    rule: 'R4',
    broken: 'a waiting row that goes before its row is queued is missed',
    wrap: breaks.removeBeforeTheRow,
    profile: FULL,
    ignored: ['R2'],
    shows: ['rooms', 'ends', 'defect'],
  },
  {
    rule: 'R5',
    broken: 'a failure is final, and nobody is told',
    wrap: breaks.letterLater,
    profile: CRASHES,
    prepare: FAILURE,
    shows: ['R5'],
  },
  {
    rule: 'R6',
    broken: 'two claims at once send a mail twice under two identities',
    wrap: breaks.claimsOverwrite,
    profile: { ...CALM, redeliver: 0.1, instances: 3 },
    ignored: ['R6', 'R9'],
    shows: ['identity', 'repeat'],
  },
  {
    rule: 'R7',
    broken: 'an acceptance that comes late is forgotten',
    wrap: breaks.lateOutcomesDropped,
    profile: { ...CALM, freeze: 0.2, hold: true, instances: 3 },
    shows: ['R7'],
  },
  {
    rule: 'R7',
    broken: 'an outcome that meets another write is forgotten',
    wrap: breaks.conflictsDropped,
    profile: { ...CALM, operators: 1, jump: 0.05, messages: 6 },
    shows: ['R7', 'repeat', 'ends'],
  },
  {
    rule: 'R9',
    broken: 'a clock that is ahead ends claims that stand',
    wrap: (ports) => ports,
    breaks: breaks.ownClock(40 * 60_000),
    profile: { ...CALM, freeze: 0.3, instances: 3 },
    ignored: ['R9', 'R3'],
    shows: ['repeat', 'identity'],
  },
];

describe('the rule that saves the day', () => {
  testRules(CASES);

  it('R8: without it, a row that has had many attempts can no longer be written', async () => {
    let courses = 0;
    const prepare = (world: World): void => {
      courses = 0;
      world.hve.course = () => {
        if (courses++ >= 18) return { kind: 'goes' };
        const text = '451 4.7.0 Temporary server error. Please try again later. PRX2';
        return { kind: 'refused', stage: 'mail', reply: { code: 451, enhanced: '4.7.0', text } };
      };
    };
    const profile = { ...CALM, messages: 1, variety: 0, recipientsPerMessage: 4, ...UNLIMITED };
    const broken = await runModel({ seed: 1, profile, prepare, wrap: breaks.smallRows(false) });
    expect(broken.violations.map(({ invariant }) => invariant)).toContain('ends');
    const intact = await runModel({ seed: 1, profile, prepare, wrap: breaks.smallRows(true) });
    expect(intact.violations).toEqual([]);
    expect(courses).toBeGreaterThan(18);
  });

  it('R10: without it, what a newer version wrote is written over', async () => {
    /** A newer version queues the row first; it is taken back when the faults stop. */
    async function run(seed: number, wrap: Wrap): Promise<{ changed: boolean; ends: boolean }> {
      let changed = false;
      const newer = new Set<string>();
      const { violations } = await runModel({
        seed,
        wrap,
        profile: { ...CALM, messages: 3 },
        prepare(world) {
          const watch = world.messages.watch;
          world.messages.watch = (before, after) => {
            watch(before, after);
            changed ||= before !== null && newer.has(nameOf(before));
            const row = [...world.messages.rows.values()].find((one) => one.delivery === after);
            if (before || after.status !== 'queued' || !row) return;
            newer.add(nameOf(after));
            row.v = 2;
          };
        },
        afterFaults(world) {
          for (const row of world.messages.rows.values()) row.v = 1;
          newer.clear();
        },
      });
      return { changed, ends: violations.length === 0 };
    }
    const seeds = Array.from({ length: 50 }, (_, n) => n + 1);
    let changed = false;
    for (const seed of seeds) {
      const broken = await run(seed, breaks.versionIgnored);
      if (!broken.changed) continue;
      changed = true;
      expect(await run(seed, (ports) => ports)).toEqual({ changed: false, ends: true });
      break;
    }
    expect(changed).toBe(true);
  });
});
