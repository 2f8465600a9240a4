import type { SMTPConnectionAuth, SMTPConnectionCustomAuthHandlers } from 'nodemailer/lib/smtp-connection';
import type { Credential } from '../../ports.ts';
import { encodeXoauth2, missingLogin } from './saslLogin.ts';

export type Login =
  | { readonly ok: true; readonly auth: SMTPConnectionAuth }
  /** The server does not offer what this credential needs. */
  | { readonly ok: false; readonly error: string };

/**
 * XOAUTH2 under a name of our own: by its real name nodemailer wants its token generator, and asks that for another
 * token after a refusal, which hides the server's reply and is a retry that the flow knows nothing of.
 */
const XOAUTH2_METHOD = 'XOAUTH2-WITH-TOKEN';

export function loginOf(account: string, credential: Credential, capabilities: readonly string[]): Login {
  const error = missingLogin(credential, capabilities);
  if (error !== null) return { ok: false, error };
  if (credential.kind === 'password') {
    const credentials = { user: account, pass: credential.password };
    return { ok: true, auth: { method: 'LOGIN', user: account, credentials } };
  }
  return { ok: true, auth: { method: XOAUTH2_METHOD, user: account, pass: credential.accessToken } };
}

export const XOAUTH2_HANDLERS: SMTPConnectionCustomAuthHandlers = {
  [XOAUTH2_METHOD]: async ({ auth, sendCommand }) => {
    const { user, pass } = auth.credentials;
    let reply = await sendCommand(`AUTH XOAUTH2 ${encodeXoauth2(user, pass)}`);
    // 334: a challenge that says why; the refusal itself comes after an empty answer.
    if (reply.status === 334) reply = await sendCommand('');
    if (reply.status !== 235) throw new Error('the login was refused');
  },
};
