/**
 * The Message-ID and Date of a transaction. Exchange's mailbox store discards, per mailbox, what it has delivered there
 * before under both: so they are repeated to the letter after an unknown outcome, and never given to two sets on purpose.
 */
export interface Identity {
  /** With angle brackets. */
  readonly messageId: string;
  readonly dateMs: number;
}

/** The identity of an attempt. `account` is the sender account's address; `claimedAt` the instant of the claim. */
export function identityOfAttempt(
  message: { readonly id: string; readonly delivery: number; readonly attempt: number },
  account: string,
  claimedAtMs: number,
): Identity {
  const domain = account.slice(account.lastIndexOf('@') + 1);
  return {
    messageId: `<${message.id}.${message.delivery}.${message.attempt}@${domain}>`,
    // The Date header has seconds only; the stored one must repeat it exactly.
    dateMs: Math.floor(claimedAtMs / 1000) * 1000,
  };
}
