/** What an instance has of its own: time, chance, its log, what it does beside the triggers. */

export interface Clock {
  /** Storage's clock, in milliseconds since the epoch. Throws `Unavailable` where it is not known (R9). */
  now(): number;
  /** Milliseconds since any moment; never goes back. For deadlines inside the process. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * `detail`: a fact of one message that needs nobody (it was accepted, it was sent); left out unless a setting asks for it, since
 * the metrics have the sum of them. The others are what somebody may have to look at, and the app's own life.
 */
export type LogLevel = 'detail' | 'info' | 'warn' | 'error';

/** Structured: the words for people, the fields for queries. Never a recipient's address or a subject. */
export interface Log {
  (level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void;
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
