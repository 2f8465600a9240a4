/** The sender accounts of the settings, with what stands in the way of each. */
import type { AccountView } from '../core/accountView.ts';
import { viewAccount } from '../core/accountView.ts';
import { troubleRoom } from '../core/rooms.ts';
import type { Standings, WaitingRooms } from '../ports.ts';

export type ReadAccounts = () => Promise<readonly AccountView[]>;

export function makeReadAccounts(deps: {
  standings: Standings;
  rooms: WaitingRooms;
  accounts: readonly { readonly address: string; readonly pool: string | null }[];
}): ReadAccounts {
  const { standings, rooms, accounts } = deps;

  async function waitingFor(address: string): Promise<number> {
    let waiting = 0;
    for await (const { row } of rooms.walk(troubleRoom('account', address))) waiting += row.recipients;
    return waiting;
  }

  return async () => {
    const byName = new Map((await standings.readAll()).map(({ value }) => [value.name, value]));
    const tenant = byName.get('tenant') ?? null;
    return Promise.all(
      accounts.map(async (account) =>
        viewAccount(account, byName.get(account.address) ?? null, tenant, await waitingFor(account.address)),
      ),
    );
  };
}
