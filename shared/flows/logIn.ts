/** Logging in to see whether an account can: for probes and health. As a transaction does, with one renewal of what was refused. */
import { classifyFailure } from '../core/classifyReply.ts';
import { explainSecondRefusal } from '../core/refusedToken.ts';
import type { MailTransport, TransportFailure } from '../ports.ts';
import type { Credentials } from './credentials.ts';

export type LoginResult =
  | { readonly ok: true }
  /** `at`: there was nothing to log in with, or the login failed. */
  | {
      readonly ok: false;
      readonly at: 'credential' | 'smtp';
      readonly cause: string;
      readonly remedy: string;
    };

export type LogIn = (account: string) => Promise<LoginResult>;

export function makeLogIn(deps: { credentials: Credentials; transport: MailTransport }): LogIn {
  const { credentials, transport } = deps;
  return async (account) => {
    const read = await credentials.loginFor(account);
    if (!read.ok) return { ok: false, at: 'credential', ...wordsOf(read.failure) };
    const first = await transport.verify(account, read.login.credential);
    if (first === null) return { ok: true };
    const again =
      first.stage === 'auth' && first.reply
        ? await credentials.renew(account, read.login, first.reply)
        : null;
    if (again === null) return refused(first);
    if (!again.ok) return { ok: false, at: 'credential', ...wordsOf(again.failure) };
    const second = await transport.verify(account, again.login.credential);
    if (second === null) return { ok: true };
    return refused(second, second.reply && explainSecondRefusal(second.reply));
  };
}

function wordsOf({ cause, remedy }: { readonly cause: string; readonly remedy: string }) {
  return { cause, remedy };
}

/** `words`: why, where they say more than the table of replies. */
function refused(
  failure: TransportFailure,
  words: { readonly cause: string; readonly remedy: string } | null = null,
): Extract<LoginResult, { ok: false }> {
  const verdict = classifyFailure(failure);
  const said = `${failure.stage}: ${failure.reply?.text ?? failure.error}`;
  const { cause, remedy } = words ?? verdict;
  // Of a reply that the table does not know, and of an error, what was said is all there is to say.
  const isExplained = words !== null || (verdict.known && failure.reply !== null);
  return { ok: false, at: 'smtp', cause: isExplained ? `${cause} (${said})` : said, remedy };
}
