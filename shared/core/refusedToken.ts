import { classifyReply } from './classifyReply.ts';
import type { Reply } from './reply.ts';

interface Words {
  readonly cause: string;
  readonly remedy: string;
}

/**
 * Why the server refuses a token that was fetched a moment ago. The reply's own row speaks of the first refusal, which a
 * new token cures; after a second one only a person can help.
 */
const SECOND_REFUSALS: Readonly<Record<string, Words>> = {
  '5.7.142': {
    cause: 'a new access token was refused too: it lives too short for HVE, or the clocks differ',
    remedy:
      'lengthen the lifetime of access tokens (token lifetime policy of the application or the tenant; HVE wants more than 10 minutes left), and check the clock of the machine',
  },
  '5.7.143': {
    cause: 'a new access token was refused too, as expired',
    remedy:
      'check the clock of the machine and the token lifetime policy of the application; then the Microsoft 365 service health',
  },
  '5.7.127': {
    cause:
      'a new access token was refused too: the application, the tenant and the account do not belong together',
    remedy:
      "check HVE_OAUTH_TENANT_ID and HVE_OAUTH_CLIENT_ID, that the account is an HVE account of that tenant, the application permission Mail.Send of Office 365 Exchange Online with admin consent, and Add-HVEAppAccess with the enterprise application's object id",
  },
};
/** The older form of 5.7.142. */
const OLDER_FORM = '5.5.127';

/** Null: a reply that no new token cures, which speaks for itself. */
export function explainSecondRefusal(reply: Reply): Words | null {
  if (!isCuredByNewToken(reply)) return null;
  const enhanced = reply.enhanced === OLDER_FORM ? '5.7.142' : (reply.enhanced ?? '');
  return SECOND_REFUSALS[enhanced] ?? SECOND_REFUSALS['5.7.127']!;
}

export function isCuredByNewToken(reply: Reply): boolean {
  return classifyReply(reply, 'auth').action === 'refresh-token-once';
}
