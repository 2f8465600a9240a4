import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { speakChunked } from '../../../../../shared/adapters/smtp/fast/chunkedDialogue.ts';
import type { Transmission } from '../../../../../shared/adapters/smtp/fast/transmission.ts';
import { flawsOfRun } from './flawsOfRun.ts';
import { runPlan, type Plan, type Run } from './moodyRun.ts';
import type { Mishap, Mood } from './moodyServer.ts';

const MISHAPS: readonly Mishap[] = [
  'refuse',
  'refuse for now',
  '421',
  '421 and on',
  'drop before',
  'drop amid',
  'drop after',
  'dead',
  'no reply',
  'endless line',
];
/** Of a connection's replies, the first so many may go wrong: some four transactions' worth. */
const REPLIES = 30;

const mood: fc.Arbitrary<Mood> = fc.record({
  mishaps: fc
    .array(fc.tuple(fc.nat(REPLIES), fc.constantFrom(...MISHAPS)), { maxLength: 3 })
    .map((entries) => new Map(entries)),
  pieceBytes: fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 20, max: 500 })), {
    minLength: 1,
    maxLength: 5,
  }),
  lagTurns: fc.nat(2),
  takesDataForNobody: fc.boolean(),
});

const mail = fc.record({
  recipients: fc.uniqueArray(fc.constantFrom('ann', 'bob', 'eve', 'nobody-1', 'nobody-2'), {
    minLength: 1,
    maxLength: 3,
  }),
  // The last one is more than a chunk: it goes by DATA.
  bodyBytes: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(40, 400, 4000) },
    { weight: 1, arbitrary: fc.constant(600_000) },
  ),
  mayEnd: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  waits: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const planOf = (extensions: Plan['extensions']): fc.Arbitrary<Plan> =>
  fc.record({
    extensions: fc.constant(extensions),
    window: fc.integer({ min: 1, max: 8 }),
    connections: fc.integer({ min: 1, max: 2 }),
    moods: fc.array(fc.oneof({ weight: 9, arbitrary: mood }, { weight: 1, arbitrary: fc.constant(null) }), {
      maxLength: 4,
    }),
    // Their lengths differ by their place, and must not by another's.
    mails: fc.array(mail, { minLength: 1, maxLength: 12 }),
  });

const MODES = [
  ['CHUNKING', { pipelining: true, chunking: true }],
  ['PIPELINING', { pipelining: true, chunking: false }],
  ['plain', { pipelining: false, chunking: false }],
] as const;

/** Wrong on purpose: the end goes out first, and whether it may is asked after. */
async function endFirst(transmission: Transmission): Promise<void> {
  transmission.say(transmission.envelope);
  transmission.write(`BDAT ${transmission.sizeBytes} LAST\r\n`);
  transmission.write(Buffer.concat([...transmission.parts()]));
  transmission.expectEnd();
  transmission.written();
  await transmission.answered();
  transmission.mayEnd();
}

/** Wrong on purpose: nothing is reset between two transactions. */
async function withoutReset(transmission: Transmission): Promise<void> {
  const envelope = transmission.envelope.filter(({ step }) => step !== 'reset');
  await speakChunked(Object.defineProperty(transmission, 'envelope', { value: envelope }));
}

describe('whatever a server does, in whatever order, to whatever is in flight', () => {
  test.for(MODES)(
    'what each recipient is told goes with what the server saw: %s',
    { timeout: 300_000 },
    async ([, extensions]) => {
      await fc.assert(
        fc.asyncProperty(planOf(extensions), async (plan) => {
          expect(flawsOfRun(await runPlan(plan))).toEqual([]);
        }),
        { numRuns: 200 },
      );
    },
  );

  test.for(MODES)('and all of it occurs: %s', async ([, extensions]) => {
    const plans = fc.sample(planOf(extensions), { numRuns: 150, seed: 1 });
    const runs: Run[] = [];
    for (const plan of plans) runs.push(await runPlan(plan));
    const results = runs.flatMap(({ told }) => told.flatMap(({ results }) => results));
    const count = (kind: string): number => results.filter(({ result }) => result === kind).length;
    const counts = ['accepted', 'refused', 'notSent', 'unknown'].map((kind) => [kind, count(kind)] as const);
    expect(counts.filter(([, occurred]) => occurred <= 2)).toEqual([]);
    const givenUp = results.filter((result) => 'failure' in result && result.failure.givenUp);
    expect(givenUp.length).toBeGreaterThan(2);
  });

  test.for([
    ['ends the data before it asks', endFirst],
    ['resets nothing', withoutReset],
  ] as const)('a dialogue that %s is found out', async ([, speak]) => {
    const plans = fc.sample(planOf(MODES[0][1]), { numRuns: 100, seed: 2 });
    const flaws: string[] = [];
    for (const plan of plans) {
      flaws.push(...flawsOfRun(await runPlan(plan, () => ({ name: 'plain', depth: 2, speak }))));
    }
    expect(flaws).not.toEqual([]);
  });

  test.for(MODES)(
    'a refusal that is answered together with the acceptance before it is reset: %s',
    async ([, extensions]) => {
      const mail = { recipients: ['ann'], bodyBytes: 40, mayEnd: true, waits: false };
      const refused = { ...mail, recipients: ['nobody-1'], bodyBytes: 600_000 };
      const mails = [mail, { ...mail, waits: true }, refused, mail];
      expect(flawsOfRun(await runPlan({ extensions, window: 2, connections: 1, moods: [], mails }))).toEqual(
        [],
      );
    },
  );

  test('results that are given to the wrong transaction are found out', async () => {
    const [plan] = fc.sample(planOf(MODES[0][1]), { numRuns: 1, seed: 3 });
    const mails = ['ann', 'bob'].map((name) => ({
      recipients: [name],
      bodyBytes: 40,
      mayEnd: true,
      waits: false,
    }));
    const run = await runPlan({ ...plan!, moods: [], mails });
    expect(flawsOfRun(run)).toEqual([]);
    const [first, second] = run.told;
    const swapped = [
      { ...first!, results: second!.results },
      { ...second!, results: first!.results },
    ];
    expect(flawsOfRun({ ...run, told: swapped })).toHaveLength(2);
  });
});
