import type { StageTime, Transaction, TransactionResult, TransportFailure } from '../../ports.ts';

export const CLOSED = 'the transport is closed';

export function nothingSent(
  transaction: Transaction,
  failure: TransportFailure,
  stages: readonly StageTime[] = [],
): TransactionResult {
  return { recipients: transaction.recipients.map(() => ({ result: 'notSent', failure })), stages };
}

/** Nobody was asked, so nobody is to blame: as if the point of no return had said no. */
export function gaveUp(error: string): TransportFailure {
  return { stage: 'mail', reply: null, error, givenUp: true };
}
