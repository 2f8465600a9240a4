/**
 * A person's pause of one sender account, or of everything: a field of its own on the standing, so that no reply replaces
 * it and no probe lifts it. Other instances see it within a minute. `resume` also lets what a reply stopped be probed at
 * the next sweep. What may repeat: all of it.
 */
import type { Standing } from '../core/records.ts';
import type { Clock, Log, Standings } from '../ports.ts';
import { Unavailable } from '../ports.ts';
import type { Troubles } from './troubles.ts';

/** `name`: a sender account's address, or EVERYTHING. False: there is no such account. */
export interface Pause {
  pause(name: string, reason: string): Promise<boolean>;
  resume(name: string): Promise<boolean>;
}

/** The standing that stops all mail. */
export const EVERYTHING = 'tenant';

const TRIES = 5;

export function makePause(deps: {
  standings: Standings;
  troubles: Troubles;
  accounts: readonly { readonly address: string }[];
  clock: Clock;
  log: Log;
}): Pause {
  const { standings, troubles, accounts, clock, log } = deps;

  /** The name as its standing has it; null: there is no such account. */
  function known(name: string): string | null {
    if (name === EVERYTHING) return name;
    const address = name.toLowerCase();
    return accounts.some((account) => account.address === address) ? address : null;
  }

  /** Null from `next`: nothing to change. */
  async function change(name: string, next: (standing: Standing) => Standing | null): Promise<void> {
    for (let n = 0; n < TRIES; n++) {
      const row = (await standings.readAll()).find(({ value }) => value.name === name);
      const wanted = next(row?.value ?? { name, trouble: null, pausedByPerson: null });
      if (wanted !== null && !(await standings.replace(wanted, row?.etag ?? null))) continue;
      // What this instance remembers of the standings is read anew.
      await troubles.readNow();
      return;
    }
    throw new Unavailable(`the standing of ${name}`, new Error('others change it all the time'));
  }

  return {
    async pause(given, reason) {
      const name = known(given);
      if (name === null) return false;
      const now = clock.now();
      await change(name, (standing) => ({
        ...standing,
        pausedByPerson: { since: standing.pausedByPerson?.since ?? now, reason },
      }));
      log('warn', `${shown(name)} is paused by a person: ${reason}`, { standing: name });
      return true;
    },

    async resume(given) {
      const name = known(given);
      if (name === null) return false;
      const now = clock.now();
      await change(name, ({ trouble, ...standing }) => {
        if (!standing.pausedByPerson && !trouble) return null;
        const until = Math.min(trouble?.until ?? now, now);
        return { ...standing, pausedByPerson: null, trouble: trouble && { ...trouble, until } };
      });
      log('info', `${shown(name)} is resumed by a person`, { standing: name });
      return true;
    },
  };
}

function shown(name: string): string {
  return name === EVERYTHING ? 'everything' : name;
}
