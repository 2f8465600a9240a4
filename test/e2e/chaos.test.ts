import { expect, test } from 'vitest';
import { runChaos } from '../../local/chaos/runChaos.ts';
import { projectRoot } from '../tools.ts';
import { makeState, withoutSettings } from './harness.ts';

/** Of `npm run chaos`; another one each time would make a failure here nobody else's. */
const SEED = 20_261_125;
/** The run takes half a minute; on a machine with several of them a few times that. */
const DEADLINE_MS = 400_000;

const MESSAGES = 100;

test.for([
  ['plain', 'chunking', 2],
  ['fast', 'pipelining', 2],
  ['fast', 'chunking', 4],
] as const)(
  'hosts killed, storage paused, mails refused, dropped and stalled: nothing is lost, nothing goes twice (%s, %s, window %i)',
  { timeout: DEADLINE_MS },
  async ([transport, extensions, window], { signal }) => {
    await using state = await makeState();
    const lines: string[] = [];
    const { good, verdict, facts } = await runChaos({
      options: {
        messages: MESSAGES,
        hosts: 2,
        kills: 3,
        seed: SEED,
        timeScale: 60,
        transport,
        extensions,
        window,
        state: null,
      },
      root: projectRoot,
      stateDir: state.dir,
      env: withoutSettings(process.env),
      write: (line) => lines.push(line),
      signal,
    });
    // What it said, where it was not good.
    expect(good ? [] : lines).toEqual([]);
    // It was a run: all came through, and something happened to them.
    expect(verdict.accepted + verdict.unanswered).toBe(MESSAGES);
    expect(facts).toMatchObject({ kills: 3, pauses: 1 });
    expect(facts.faultsStruck).toBeGreaterThan(0);
  },
);
