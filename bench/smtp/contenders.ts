import type { Contender } from './contender.ts';
import { limitWriter } from './limitWriter.ts';
import { POSTFIX } from './postfixRelay.ts';
import { fast, NODEMAILER_POOL, PLAIN } from './transports.ts';

export interface Entry {
  readonly contender: Contender;
  /** The name of the limit that it is held against; null: it is the peer, or a limit. */
  readonly limit: string | null;
}

export const PEER = NODEMAILER_POOL.name;

export const CONTENDERS: readonly Entry[] = [
  { contender: NODEMAILER_POOL, limit: null },
  { contender: PLAIN, limit: null },
  ...[null, 2, 8].flatMap((window) => {
    const limit = limitWriter(window);
    return [
      { contender: fast(window), limit: limit.name },
      { contender: limit, limit: null },
    ];
  }),
];

export function contenderNamed(name: string): Contender {
  const all = [...CONTENDERS.map(({ contender }) => contender), POSTFIX];
  const found = all.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`there is no contender ${name}`);
  return found;
}
