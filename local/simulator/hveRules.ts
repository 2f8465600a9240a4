import type { SMTPServerAuthentication } from 'smtp-server';
import type { FaultBook } from './faults.ts';
import type { SmtpExtension } from './extensions.ts';
import { readMailFacts } from './mailFacts.ts';
import type { MailStore, ReceivedMail } from './mailStore.ts';
import { REPLIES } from './replies.ts';

export interface HveAccount {
  readonly address: string;
  readonly password: string;
}

/** `ok`, or the whole reply line that refuses the token, like `535 5.7.143 Expired token`. */
export type JudgeToken = (account: string, token: string) => string;

export type Refusal = { readonly refusal: string };

/** What an HVE front end allows, apart from the protocol it speaks. */
export interface HveRules {
  readonly hostname: string;
  readonly extensions: readonly SmtpExtension[];
  /** Null: no limit. */
  readonly maxRecipients: number | null;
  readonly maxBytes: number | null;
  readonly faults: FaultBook;
  judgeLogin(auth: SMTPServerAuthentication): { readonly account: string } | Refusal;
  mayReceive(recipient: string): boolean;
  /** Keeps the mail unless it breaks a rule. Resolves with the reply that acknowledges it only once it is kept. */
  accept(
    mail: Pick<ReceivedMail, 'raw' | 'from' | 'to' | 'account'>,
  ): Promise<{ readonly reply: string } | Refusal>;
}

export interface HveRulesOptions extends Pick<
  HveRules,
  'hostname' | 'extensions' | 'maxRecipients' | 'maxBytes' | 'faults'
> {
  readonly accounts: readonly HveAccount[];
  readonly oauth?: JudgeToken | undefined;
  /** Accepted domains; `*.contoso.com` for every subdomain of it. */
  readonly internalDomains: readonly string[];
  readonly externalAllowed: boolean;
  readonly store: MailStore;
  /** Told what the client is told only in short. */
  readonly warn: (message: string) => void;
}

export function makeHveRules(options: HveRulesOptions): HveRules {
  const { hostname, extensions, maxRecipients, maxBytes, faults, store } = options;
  const passwords = new Map(
    options.accounts.map(({ address, password }) => [address.toLowerCase(), password]),
  );
  const isInternal = makeDomainMatcher(options.internalDomains);
  return {
    hostname,
    extensions,
    maxRecipients,
    maxBytes,
    faults,
    judgeLogin: ({ method, username = '', password, accessToken = '' }) => {
      const account = username.toLowerCase();
      const known = passwords.get(account);
      if (method === 'XOAUTH2') {
        if (known === undefined || options.oauth === undefined) return { refusal: REPLIES.tokenRefused };
        const verdict = options.oauth(account, accessToken);
        return verdict === 'ok' ? { account } : { refusal: verdict };
      }
      return known !== undefined && known === password ? { account } : { refusal: REPLIES.wrongCredentials };
    },
    mayReceive: (recipient) => options.externalAllowed || isInternal(recipient),
    accept: async (mail) => {
      try {
        const { from, hasSender, ...facts } = await readMailFacts(mail.raw);
        if (from.length === 0) return { refusal: REPLIES.noFrom };
        if (from.length > 1 && !hasSender) return { refusal: REPLIES.severalFrom };
        if (from.some((address) => address !== mail.account)) return { refusal: REPLIES.fromIsNotAccount };
        const stored = await store.add({ ...mail, ...facts });
        return {
          reply: `250 2.0.0 OK <${stored.id}@${hostname}> [Hostname=${hostname}] Queued mail for delivery`,
        };
      } catch (error) {
        options.warn(
          `A mail from ${mail.from} could not be stored and was answered with a 451: ${String(error)}`,
        );
        return { refusal: REPLIES.notStored };
      }
    },
  };
}

function makeDomainMatcher(domains: readonly string[]): (address: string) => boolean {
  const exact = new Set(domains.map((domain) => domain.toLowerCase()));
  const suffixes = [...exact].filter((domain) => domain.startsWith('*.')).map((domain) => domain.slice(1));
  return (address) => {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    return exact.has(domain) || suffixes.some((suffix) => domain.endsWith(suffix));
  };
}
