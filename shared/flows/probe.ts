/**
 * Finding out whether a trouble is over: when its time has come the sweep moves it on (compare-and-swap: one instance
 * probes), then lets one delivery go as the probe. With an empty room it only logs in; `external` with an empty room
 * ends at its time, since no login tells.
 */
import type { Standing } from '../core/records.ts';
import type { Clock, Log, MailTransport, WaitingRooms } from '../ports.ts';
import type { Credentials } from './credentials.ts';
import type { Releaser } from './release.ts';
import type { Troubles } from './troubles.ts';

export type Probe = (standings: readonly Standing[]) => Promise<void>;

export interface ProbeAccount {
  readonly address: string;
  readonly secret: string;
}

export function makeProbe(deps: {
  troubles: Troubles;
  rooms: WaitingRooms;
  releaser: Releaser;
  transport: MailTransport;
  credentials: Credentials;
  accounts: readonly ProbeAccount[];
  clock: Clock;
  log: Log;
}): Probe {
  const { troubles, rooms, releaser, transport, credentials, accounts, clock, log } = deps;

  /** Null: logged in. Else what went wrong, in words. */
  async function logIn(account: ProbeAccount): Promise<string | null> {
    const read = await credentials.passwordFor(account.secret);
    if (!read.ok) return read.failure.cause;
    const credential = { kind: 'password', password: read.value } as const;
    const failure = await transport.verify(account.address, credential);
    return failure && (failure.reply?.text ?? failure.error);
  }

  async function probe(standing: Standing): Promise<void> {
    const { name } = standing;
    credentials.forget(accounts.find((account) => account.address === name)?.secret);
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
    const failure = await logIn(account);
    if (failure === null) await troubles.clear(name);
    else log('warn', `the login that probes ${room} failed: ${failure}`, { room, account: account.address });
  }

  return async (standings) => {
    for (const standing of standings) {
      const { trouble, pausedByPerson } = standing;
      if (!trouble || pausedByPerson || trouble.until > clock.now()) continue;
      if (await troubles.beginProbe(standing)) await probe(standing);
    }
  };
}
