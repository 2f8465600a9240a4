/** A process with writers: loops that spend one recipient after another, through its own instance of a contender. */
import { setImmediate as breathe } from 'node:timers/promises';
import { serveCalls } from '../serveCalls.ts';
import type { Contender, ContenderOptions, OpenContender } from './contender.ts';
import { countRequests } from '../countRequests.ts';
import { openLeases } from './openLeases.ts';
import { openOneCounter } from './openOneCounter.ts';
import { openShards } from './openShards.ts';
import { openPatientCounter } from './openPatientCounter.ts';

const CONTENDERS = {
  leases: openLeases,
  counter: openOneCounter,
  shards: openShards,
  patient: openPatientCounter,
} satisfies Record<string, OpenContender>;
export type ContenderName = keyof typeof CONTENDERS;

export interface OpenArgument extends ContenderOptions {
  readonly name: ContenderName;
}

export interface WriteArgument {
  readonly writers: number;
  readonly forMs: number;
}

export interface Written {
  readonly spent: number;
  /** Writers that were told that the limit is used up. */
  readonly full: number;
  readonly tookMs: number;
}

/** What needs no storage never waits: now and then the timers and sockets of the process must have their turn. */
const SPENDS_PER_BREATH = 256;

serveCalls(makeWriter());

function makeWriter() {
  const requests = countRequests();
  let contender: Contender | null = null;
  let requestsBefore = 0;
  return {
    async open({ name, ...options }: OpenArgument): Promise<void> {
      requestsBefore = requests();
      contender = await CONTENDERS[name](options);
    },

    async write({ writers, forMs }: WriteArgument): Promise<Written> {
      const startMs = performance.now();
      const isOver = (): boolean => performance.now() - startMs >= forMs;
      const all = await Promise.all(Array.from({ length: writers }, () => writeUntil(contender!, isOver)));
      return {
        spent: all.reduce((sum, { spent }) => sum + spent, 0),
        full: all.filter(({ isFull }) => isFull).length,
        tookMs: performance.now() - startMs,
      };
    },

    /** Resolves with the requests since `open`, those of closing included. */
    async close(): Promise<number> {
      await contender?.close();
      contender = null;
      return requests() - requestsBefore;
    },
  };
}

async function writeUntil(
  contender: Contender,
  isOver: () => boolean,
): Promise<{ readonly spent: number; readonly isFull: boolean }> {
  let spent = 0;
  while (!isOver()) {
    const result = await contender.spend(isOver);
    if (result === 'full') return { spent, isFull: true };
    if (result === 'spent') spent++;
    if (spent % SPENDS_PER_BREATH === 0) await breathe();
  }
  return { spent, isFull: false };
}
