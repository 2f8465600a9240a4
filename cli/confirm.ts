import { wrongUsage } from './cliError.ts';
import type { Call } from './command.ts';

/** Asks a person; `--yes` answers for a script. Throws wrong usage where there is nobody to ask. */
export async function confirm(
  { world, flag }: Pick<Call, 'world' | 'flag'>,
  question: string,
): Promise<boolean> {
  if (flag('yes')) return true;
  if (!world.stdin.isTerminal) {
    throw wrongUsage(`${question} There is nobody to ask: say --yes.`);
  }
  return /^y(es)?$/i.test((await world.stdin.ask(`${question} [y/N] `)).trim());
}

export const YES = { help: 'does it without asking' } as const;
