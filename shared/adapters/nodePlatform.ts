import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Background, Chance } from '../ports.ts';

/** Drawn at once: asking the operating system for a few bytes costs as much as for this many. */
const CHANCE_BYTES = 4096;

/** Randomness that nobody can foresee: ids and tokens are made of it. */
export function makeChance(): Chance {
  let drawn = Buffer.alloc(0);
  return {
    random: Math.random,
    bytes: (count) => {
      if (count > CHANCE_BYTES) return randomBytes(count);
      if (count > drawn.length) drawn = randomBytes(CHANCE_BYTES);
      // A copy, and what was given is not kept: none is given twice.
      const given = Buffer.from(drawn.subarray(0, count));
      drawn = drawn.subarray(count);
      return given;
    },
  };
}

export function makeBackground(): Background {
  return {
    every(ms, work) {
      let isRunning = false;
      const timer = setInterval(() => {
        if (isRunning) return;
        isRunning = true;
        void work().finally(() => (isRunning = false));
      }, ms);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

/** Names this process in its claims, so that the log can tell who held one. */
export function nameInstance(): string {
  return randomUUID();
}

/** Milliseconds since the process began; never goes back. */
export function monotonic(): number {
  return performance.now();
}

/** This machine's own wall clock: by it TLS and tokens are judged, and nothing of ours is decided (R9). */
export function machineNow(): number {
  return Date.now();
}

/** PEM of the CA to trust. Throws where the file cannot be read: without it no connection could be made. */
export function readCa(file: string): string {
  return readFileSync(file, 'utf8');
}
