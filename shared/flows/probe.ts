/**
 * Finding out whether a trouble is over: when its time has come the sweep moves it on (compare-and-swap: one instance
 * probes), then lets one delivery go as the probe. With an empty room it only logs in; `external` with an empty room
 * ends at its time, since no login tells.
 */
import type { Standing } from '../core/records.ts';
import type { Clock, Log, WaitingRooms } from '../ports.ts';
import type { Credentials } from './credentials.ts';
import type { LogIn } from './logIn.ts';
import type { Releaser } from './release.ts';
import type { Troubles } from './troubles.ts';

export type Probe = (standings: readonly Standing[]) => Promise<void>;

export function makeProbe(deps: {
  troubles: Troubles;
  rooms: WaitingRooms;
  releaser: Releaser;
  credentials: Credentials;
  logIn: LogIn;
  accounts: readonly { readonly address: string }[];
  clock: Clock;
  log: Log;
}): Probe {
  const { troubles, rooms, releaser, credentials, logIn, accounts, clock, log } = deps;

  async function probe(standing: Standing): Promise<void> {
    const { name } = standing;
    credentials.forget(accounts.find((account) => account.address === name)?.address);
    const room = name === 'tenant' || name === 'external' ? name : `account:${name}`;
    for await (const waiting of rooms.walk(room)) {
      const result = await releaser.release(waiting, true);
      if (result.kind === 'released') {
        log('info', `${waiting.row.id} probes whether ${room} is over`, { messageId: waiting.row.id, room });
        return;
      }
    }
    if (name === 'external') return troubles.clear(name);
    const account = name === 'tenant' ? accounts[0] : accounts.find((one) => one.address === name);
    if (!account) return;
    const login = await logIn(account.address);
    if (login.ok) await troubles.clear(name);
    else {
      const text = `the login that probes ${room} failed: ${login.cause}`;
      log('warn', text, { room, account: account.address });
    }
  }

  return async (standings) => {
    for (const standing of standings) {
      const { trouble, pausedByPerson } = standing;
      if (!trouble || pausedByPerson || trouble.until > clock.now()) continue;
      if (await troubles.beginProbe(standing)) await probe(standing);
    }
  };
}
