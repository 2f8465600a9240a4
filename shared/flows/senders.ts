/**
 * Who may send for a delivery: the one account, or those of the pool, the least busy on this instance first, in turn
 * where they are equally busy. In memory: how busy an account is elsewhere shows by its throttling.
 */
import { isPool } from '../core/rooms.ts';

export interface Senders {
  /** The sender as the settings spell it; null: neither an account nor a pool of ours. Null given: the first account. */
  nameOf(sender: string | null): string | null;
  /** Addresses, the one to try first in front. */
  candidates(sender: string): readonly string[];
  isKnown(sender: string): boolean;
  /** One delivery more goes through the account, until what is given back is called. */
  occupy(account: string): () => void;
}

export function makeSenders(deps: {
  accounts: readonly { readonly address: string; readonly pool: string | null }[];
}): Senders {
  const { accounts } = deps;
  const addresses = accounts.map((account) => account.address);
  const pools = new Map<string, string[]>();
  for (const { address, pool } of accounts) {
    if (pool !== null) pools.set(pool, [...(pools.get(pool) ?? []), address]);
  }
  const busy = new Map<string, number>();
  let turn = 0;

  return {
    nameOf(sender) {
      if (sender === null) return addresses[0] ?? null;
      const wanted = sender.toLowerCase();
      const names = isPool(sender) ? [...pools.keys()] : addresses;
      return names.find((name) => name.toLowerCase() === wanted) ?? null;
    },

    candidates(sender) {
      if (!isPool(sender)) return [sender];
      const members = pools.get(sender) ?? [];
      const first = members.length === 0 ? 0 : turn++ % members.length;
      const inTurn = [...members.slice(first), ...members.slice(0, first)];
      return inTurn.toSorted((a, b) => (busy.get(a) ?? 0) - (busy.get(b) ?? 0));
    },

    isKnown: (sender) => (isPool(sender) ? pools.has(sender) : addresses.includes(sender)),

    occupy(account) {
      busy.set(account, (busy.get(account) ?? 0) + 1);
      let isOver = false;
      return () => {
        if (!isOver) busy.set(account, (busy.get(account) ?? 1) - 1);
        isOver = true;
      };
    },
  };
}
