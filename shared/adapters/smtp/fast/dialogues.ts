import type { Capabilities } from './capabilities.ts';
import { speakChunked } from './chunkedDialogue.ts';
import { speakPipelined } from './pipelinedDialogue.ts';
import { speakPlainly } from './plainDialogue.ts';
import type { Transmission } from './transmission.ts';

export interface Dialogue {
  readonly name: 'plain' | 'PIPELINING' | 'CHUNKING';
  /** Transactions in flight at once, at most. */
  readonly depth: number;
  /** Says all of a transaction. Resolves when everything is answered, or the connection is over. */
  readonly speak: (transmission: Transmission) => Promise<void>;
}

/** The fastest that the server offers. BDAT without PIPELINING would wait for each answer, as DATA does. */
export function chooseDialogue({ pipelining, chunking }: Capabilities, window: number): Dialogue {
  if (pipelining && chunking) return { name: 'CHUNKING', depth: window, speak: speakChunked };
  // Two: the one whose data is answered next, and the one whose envelope goes behind it.
  if (pipelining) return { name: 'PIPELINING', depth: 2, speak: speakPipelined };
  return { name: 'plain', depth: 1, speak: speakPlainly };
}
