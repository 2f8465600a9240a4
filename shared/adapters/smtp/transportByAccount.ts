import type { Credential, MailTransport, Transaction, TransactionResult } from '../../ports.ts';
import type { Opened } from './opened.ts';

/** The connections of one account. */
export interface AccountConnections {
  send(transaction: Transaction): Promise<TransactionResult>;
  setConnections(connections: number): void;
  /** Refuses who waits, lets who sends finish, then resolves. */
  close(): Promise<void>;
}

/**
 * A transport whose accounts have connections of their own, made when they are first needed. `open`: one more, apart from
 * these.
 */
export function makeTransportByAccount(
  connect: (account: string) => AccountConnections,
  open: (account: string, credential: Credential) => Promise<Opened<{ quit(): Promise<void> }>>,
): MailTransport {
  const accounts = new Map<string, AccountConnections>();
  let closed = false;

  function connectionsOf(account: string): AccountConnections {
    const key = account.toLowerCase();
    let connections = accounts.get(key);
    if (connections === undefined) {
      connections = connect(account);
      accounts.set(key, connections);
      if (closed) void connections.close();
    }
    return connections;
  }

  return {
    send: (transaction) => connectionsOf(transaction.account).send(transaction),
    async verify(account, credential) {
      const opened = await open(account, credential);
      if (!opened.ok) return opened.failure;
      await opened.session.quit();
      return null;
    },
    setConnections: (account, count) => connectionsOf(account).setConnections(count),
    async close() {
      closed = true;
      await Promise.all([...accounts.values()].map((connections) => connections.close()));
    },
  };
}
