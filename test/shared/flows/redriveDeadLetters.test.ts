import { describe, expect, it } from 'vitest';
import type { QuotaScope } from '../../../shared/core/rooms.ts';
import type { DeadLetterFacts, ScopeUsage } from '../../../shared/core/records.ts';
import type { DeadLetterReader, SeenLetter } from '../../../shared/flows/readDeadLetters.ts';
import type { Redrive, Redriven } from '../../../shared/flows/redrive.ts';
import { makeRedriveDeadLetters } from '../../../shared/flows/redriveDeadLetters.ts';
import { DAY, NOON, sampleId } from '../../contracts/sampleMessages.ts';
import { makeTestClock, NO_LIMITS } from './storedFlows.ts';

function seen(id: string, delivery = 0, stale = false): SeenLetter {
  const letter: DeadLetterFacts = {
    day: DAY,
    key: id === '' ? `item-${delivery}` : `${id}.${delivery}.1`,
    messageId: id,
    delivery,
    attempt: 1,
    app: 'payroll',
    at: NOON,
    reason: 'failed',
    detail: '',
    lastReply: null,
  };
  return { letter, record: null, stale };
}

/** Letters in groups as the reader gives them; what was redriven is noted. */
function open(
  groups: readonly (readonly SeenLetter[])[],
  answers: Record<string, Redriven> = {},
  usage: readonly ScopeUsage[] = [],
) {
  const redriven: string[] = [];
  const { clock, time } = makeTestClock();
  const redrive: Redrive = async (id, only) => {
    redriven.push(`${id} ${only ? [...only].join(',') : 'all'}`);
    return answers[id] ?? { kind: 'going', deliveries: only?.size ?? 1 };
  };
  const reader: Pick<DeadLetterReader, 'look' | 'walk'> = {
    async look(id) {
      return groups.flat().find(({ letter }) => letter.key === id) ?? null;
    },
    async *walk() {
      yield* groups;
    },
  };
  return {
    redriven,
    time,
    run: makeRedriveDeadLetters({
      reader: reader as DeadLetterReader,
      redrive,
      foreseeRedrive: async (id, only) => answers[id] ?? { kind: 'going', deliveries: only?.size ?? 1 },
      quota: { usage: async () => usage },
      limits: { of: async () => LIMITS },
      clock,
    }),
  };
}

const LIMITS = { ...NO_LIMITS, tenant: 100, app: (name: string) => (name === 'payroll' ? 5 : null) };

const [A, B, C] = [1, 2, 3].map((n) => sampleId(n)) as [string, string, string];

describe('redriving dead letters by a filter', () => {
  it('sets those going that count, those of one message together', async () => {
    const { run, redriven } = open([[seen(C, 3), seen(C, 1), seen(B)], [seen(A, 0, true)]]);
    expect(await run({ filter: {}, dryRun: false })).toEqual({ count: 3, dryRun: false, skipped: [] });
    expect(redriven).toEqual([`${C} 3,1`, `${B} 0`]);
  });

  it('as a dry run counts, and changes nothing', async () => {
    const { run, redriven } = open([[seen(C), seen(B), seen(A, 0, true)]]);
    expect(await run({ filter: {}, dryRun: true })).toEqual({ count: 2, dryRun: true, skipped: [] });
    expect(redriven).toEqual([]);
  });

  it('as a dry run says of each limit what would count against it, and what of that has room', async () => {
    const going = (recipients: number, app: string): Redriven => ({
      kind: 'going',
      deliveries: 1,
      needs: new Map<QuotaScope, number>([
        ['tenant', recipients],
        ['account:hve@contoso.com', recipients],
        [`app:${app}`, recipients],
      ]),
    });
    const usage: ScopeUsage[] = [{ scope: 'tenant', limit: 100, used: 60, leased: 30, byHour: [] }];
    const answers = { [C]: going(4, 'payroll'), [B]: going(8, 'crm') };
    const { run } = open([[seen(C), seen(B)]], answers, usage);
    expect(await run({ filter: {}, dryRun: true })).toEqual({
      count: 2,
      dryRun: true,
      skipped: [],
      // Accounts have no limit here, nor has the app crm; of payroll's nothing is used yet.
      quota: [
        { scope: 'tenant', recipients: 12, remaining: 10 },
        { scope: 'app:payroll', recipients: 4, remaining: 5 },
      ],
    });
    expect(await run({ filter: {}, dryRun: false })).not.toHaveProperty('quota');
  });

  it('names what does not go on, and why', async () => {
    const problems = [{ pointer: '/to', code: 'address_invalid', detail: 'x' }];
    const { run } = open([[seen(C), seen(B), seen('')]], {
      [C]: { kind: 'stillRejected', problems },
      [B]: { kind: 'wrongState', status: 'sent' },
    });
    const { count, skipped } = await run({ filter: {}, dryRun: false });
    expect(count).toBe(0);
    expect(skipped.map(({ id, code }) => [id, code])).toEqual([
      [`${DAY}.item-0`, 'no_message'],
      [`${C}.0.1`, 'still_rejected'],
      [`${B}.0.1`, 'wrong_state'],
    ]);
    expect(skipped[1]!.detail).toContain('/to address_invalid');
  });

  it('does a bounded piece, and says where the next call goes on', async () => {
    const groups = Array.from({ length: 80 }, (_, n) =>
      Array.from({ length: 16 }, (_, m) => seen(A, n * 16 + m)),
    );
    const { run, redriven } = open(groups);
    const report = await run({ filter: {}, dryRun: false });
    expect(report).toMatchObject({ count: 63 * 16, cursor: `${A}.${63 * 16 - 1}.1` });
    expect(redriven).toHaveLength(63);
  });

  it('ends a piece too when it has taken long', async () => {
    const groups = [[seen(C)], [seen(B)], [seen(A)]];
    const flows = open(groups);
    const slow = makeRedriveDeadLetters({
      reader: {
        async *walk() {
          for (const group of groups) {
            flows.time.now += 40_000;
            yield group;
          }
        },
      } as unknown as DeadLetterReader,
      redrive: async () => ({ kind: 'going', deliveries: 1 }),
      foreseeRedrive: async () => ({ kind: 'missing' }),
      quota: { usage: async () => [] },
      limits: { of: async () => LIMITS },
      clock: { now: () => flows.time.now, monotonic: () => flows.time.now, sleep: async () => undefined },
    });
    expect(await slow({ filter: {}, dryRun: false })).toMatchObject({ count: 2, cursor: `${B}.0.1` });
  });
});

describe('redriving dead letters by their ids', () => {
  it('takes ids of dead letters and of messages, each once', async () => {
    const { run, redriven } = open([[seen(C, 2), seen(B, 0, true)]]);
    const report = await run({ ids: [`${C}.2.1`, `${C}.2.1`, A, `${B}.0.1`, 'nonsense'], dryRun: false });
    expect(redriven).toEqual([`${C} 2`, `${A} all`]);
    expect(report).toMatchObject({
      count: 2,
      skipped: [
        { id: `${B}.0.1`, code: 'stale' },
        { id: 'nonsense', code: 'not_found' },
      ],
    });
    expect(report).not.toHaveProperty('cursor');
  });

  it('says of a message why it does not go on; as a dry run it changes nothing', async () => {
    const { run, redriven } = open([], { [A]: { kind: 'missing' }, [B]: { kind: 'repeats', id: C } });
    expect((await run({ ids: [A, B], dryRun: false })).skipped).toMatchObject([
      { id: A, code: 'not_found' },
      { id: B, code: 'repeats', detail: expect.stringContaining(C) },
    ]);
    redriven.length = 0;
    const foreseen = await run({ ids: [A, B, C], dryRun: true });
    expect(foreseen).toMatchObject({ count: 1, skipped: [{ id: A }, { id: B }] });
    expect(redriven).toEqual([]);
  });
});
