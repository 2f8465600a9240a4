/** What an instance has of its own: time, chance, its log, what it does beside the triggers. */

export interface Clock {
  /** Storage's clock, in milliseconds since the epoch. Throws `Unavailable` where it is not known (R9). */
  now(): number;
  /** Milliseconds since any moment; never goes back. For deadlines inside the process. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/** Structured: the words for people, the fields for queries. Never an address or a subject at `info`. */
export interface Log {
  (level: 'info' | 'warn' | 'error', text: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Randomness and waiting, as arguments. */
export interface Chance {
  /** In [0, 1). */
  random(): number;
  bytes(count: number): Uint8Array;
}

/** What an instance does beside the triggers. It keeps no process alive, and nothing relies on it: a process may end. */
export interface Background {
  /** Runs the work again and again, never twice at once, until the answered function is called. `work` never rejects. */
  every(ms: number, work: () => Promise<void>): () => void;
}
