/**
 * One transaction, and what may be tried again at once since it cannot have reached anybody: a login that was refused, once,
 * with a password read anew or a new access token; a connection that failed before MAIL, once, since only a second failure is
 * the tenant's trouble.
 */
import { isBeforeMail } from '../core/fates.ts';
import { explainSecondRefusal } from '../core/refusedToken.ts';
import type { MailTransport, RecipientResult, Transaction, TransportFailure } from '../ports.ts';
import type { Credentials, Login } from './credentials.ts';

export interface Sent {
  readonly results: readonly RecipientResult[];
  /** What to log in with from now on. */
  readonly login: Login;
  /** Why the login failed, where the server's reply does not say it all. */
  readonly words: { readonly cause: string; readonly remedy: string } | null;
}

/** `isInTime`: whether there is time for another transaction. */
export type SendOnce = (
  transaction: Omit<Transaction, 'credential'>,
  login: Login,
  isInTime: () => boolean,
) => Promise<Sent>;

export function makeSendOnce(deps: { transport: MailTransport; credentials: Credentials }): SendOnce {
  const { transport, credentials } = deps;

  return async (transaction, login, isInTime) => {
    const send = async ({ credential }: Login): Promise<readonly RecipientResult[]> =>
      (await transport.send({ ...transaction, credential })).recipients;

    const results = await send(login);
    const failure = commonFailure(results);
    if (failure?.stage === 'auth' && failure.reply) {
      const again = await credentials.renew(transaction.account, login, failure.reply);
      if (again === null) return { results, login, words: null };
      if (!again.ok) return { results, login, words: again.failure };
      if (!isInTime()) return { results, login: again.login, words: null };
      const second = await send(again.login);
      return { results: second, login: again.login, words: wordsOf(commonFailure(second)) };
    }
    if (failure && isBeforeMail(failure.stage) && !failure.givenUp && isInTime()) {
      return { results: await send(login), login, words: null };
    }
    return { results, login, words: null };
  };
}

function wordsOf(second: TransportFailure | null): Sent['words'] {
  return second?.stage === 'auth' && second.reply ? explainSecondRefusal(second.reply) : null;
}

/** The failure that kept all recipients from being sent to; null where anything else happened. */
function commonFailure(results: readonly RecipientResult[]): TransportFailure | null {
  const first = results[0];
  if (first?.result !== 'notSent') return null;
  return results.every((result) => result.result === 'notSent') ? first.failure : null;
}
