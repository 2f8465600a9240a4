/** Numbers that look random and follow from the seed alone, so that a run's actions can be repeated. */
export interface SeededRandom {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** One of them, each as likely as the others. */
  pick<T>(from: readonly [T, ...T[]]): T;
  /** True in that part of the cases. */
  happens(share: number): boolean;
  shuffle<T>(items: readonly T[]): T[];
  /** So many times from 0 to below `overMs`, one in each of as many equal parts: never all at once. */
  spread(count: number, overMs: number): number[];
}

const TWO_TO_32 = 4_294_967_296;

/** The generator known as mulberry32: 32 bits of state are enough to plan by, and it is the same on every machine. */
export function makeRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  };
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
    happens: (share) => next() < share,
    shuffle: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ item }) => item),
    spread: (count, overMs) =>
      Array.from({ length: count }, (_, part) => Math.floor(((part + next()) * overMs) / count)),
  };
}
