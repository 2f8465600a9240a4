import type { MailTransport, Transaction, TransactionResult } from '../../ports.ts';

/** The connections of one account. */
export interface AccountConnections {
  send(transaction: Transaction): Promise<TransactionResult>;
  setConnections(connections: number): void;
  /** Refuses who waits, lets who sends finish, then resolves. */
  close(): Promise<void>;
}

/** A transport whose accounts have connections of their own, made when they are first needed. */
export function makeTransportByAccount(
  connect: (account: string) => AccountConnections,
  verify: MailTransport['verify'],
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
    verify,
    setConnections: (account, count) => connectionsOf(account).setConnections(count),
    async close() {
      closed = true;
      await Promise.all([...accounts.values()].map((connections) => connections.close()));
    },
  };
}
