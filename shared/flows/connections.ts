/**
 * How many connections an account may have on this instance: halved when HVE says it goes too fast, one more after as
 * many accepted transactions as there are connections. In memory: another instance learns of the throttling by the
 * account's standing.
 */
import type { MailTransport } from '../ports.ts';

export interface Connections {
  throttled(account: string): void;
  passed(account: string): void;
}

export function makeConnections(deps: {
  transport: MailTransport;
  connectionsPerAccount: number;
}): Connections {
  const { transport, connectionsPerAccount } = deps;
  /** Accounts below the setting. */
  const reduced = new Map<string, { readonly connections: number; passes: number }>();

  function set(account: string, connections: number): void {
    if (connections >= connectionsPerAccount) reduced.delete(account);
    else reduced.set(account, { connections, passes: 0 });
    transport.setConnections(account, Math.min(connections, connectionsPerAccount));
  }

  return {
    throttled(account) {
      const now = reduced.get(account)?.connections ?? connectionsPerAccount;
      set(account, Math.max(1, Math.floor(now / 2)));
    },
    passed(account) {
      const now = reduced.get(account);
      if (!now) return;
      now.passes++;
      if (now.passes >= now.connections) set(account, now.connections + 1);
    },
  };
}
