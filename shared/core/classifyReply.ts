/**
 * What a reply, or the lack of one, means: by the table of replyRules.ts, else by its class and stage (pure).
 *
 * The scope says whom the flows stop: a reply of scope account, tenant or external parks the delivery and burns no try,
 * as does whatever fails before MAIL, whatever its scope. Only recipient, message and session at MAIL or later count.
 */
import type { Reply, SmtpStage, TransportFailure, Verdict } from './reply.ts';
import { REPLY_RULES, type ReplyRule } from './replyRules.ts';

/** `known`: a row of the table says so. Five unknown refusals in a row at MAIL or later are the account's (flows). */
export interface ReplyVerdict extends Verdict {
  readonly known: boolean;
}

export function classifyReply(reply: Reply, stage: SmtpStage): ReplyVerdict {
  const rule = findReplyRule(reply);
  if (rule === null) return { ...judgeUnknown(reply, stage), known: false };
  const { scope, action, cause, remedy } = rule;
  return { scope, action, cause, remedy, known: true };
}

/** The first row that matches; null: the reply is unknown. */
export function findReplyRule(reply: Reply): ReplyRule | null {
  const code = String(reply.code).padStart(3, '0');
  const text = reply.text.toLowerCase();
  return (
    REPLY_RULES.find(
      (rule) =>
        isCode(rule.code, code) &&
        isEnhanced(rule.enhanced, reply.enhanced) &&
        (rule.text === '*' || text.includes(rule.text.toLowerCase())),
    ) ?? null
  );
}

function isCode(pattern: string, code: string): boolean {
  return pattern.split('').every((digit, place) => digit === 'x' || digit === code[place]);
}

function isEnhanced(pattern: string, enhanced: string | null): boolean {
  if (pattern === '*') return true;
  if (enhanced === null) return false;
  return pattern.endsWith('*') ? enhanced.startsWith(pattern.slice(0, -1)) : enhanced === pattern;
}

const LATER = 'none: it is tried again later';

/**
 * The reply that no row knows. 4xx, and what is no failure code at all, is transient. 5xx:
 *
 * | stage | whose |
 * |---|---|
 * | connect, tls, ehlo | the tenant's: nobody has said yet which account it is about |
 * | auth | the account's (the replies for a missing billing policy, for instance, are not published) |
 * | rcpt | that recipient's |
 * | mail, data, end-of-data | that message's |
 */
function judgeUnknown(reply: Reply, stage: SmtpStage): Verdict {
  const permanent = reply.code >= 500 && reply.code < 600;
  const said = `unknown reply ${WHERE[stage]}: ${reply.text}`;
  switch (stage) {
    case 'dns':
    case 'connect':
    case 'tls':
    case 'ehlo':
      return permanent
        ? { scope: 'tenant', action: 'pause', cause: said, remedy: REMEDY[stage] }
        : { scope: 'session', action: 'retry', cause: said, remedy: LATER };
    case 'auth':
      return permanent
        ? {
            scope: 'account',
            action: 'pause',
            cause: said,
            remedy:
              'check that the account exists as an HVE account, its secret, its billing policy (Get-HVEAccountBillingPolicy) and its authentication policy',
          }
        : { scope: 'account', action: 'retry', cause: said, remedy: LATER };
    case 'rcpt':
      return permanent
        ? { scope: 'recipient', action: 'fail', cause: said, remedy: 'check the address; the reply says why' }
        : { scope: 'recipient', action: 'retry', cause: said, remedy: LATER };
    case 'mail':
    case 'data':
    case 'end-of-data':
      return permanent
        ? {
            scope: 'message',
            action: 'fail',
            cause: said,
            remedy: 'correct the message as the reply says, then redrive it',
          }
        : { scope: 'message', action: 'retry', cause: said, remedy: LATER };
  }
}

/** What ended a transaction or a connection: by its reply where there is one, else by where it happened. */
export function classifyFailure(failure: TransportFailure): ReplyVerdict {
  const { stage, reply, error, givenUp } = failure;
  if (reply !== null) return classifyReply(reply, stage);
  if (givenUp) {
    return {
      scope: 'session',
      action: 'retry',
      cause: error,
      remedy: 'none: it goes on by itself',
      known: true,
    };
  }
  const cause = `${FAILED[stage]}: ${error}`;
  switch (stage) {
    case 'dns':
    case 'connect':
    case 'ehlo':
      return { scope: 'tenant', action: 'pause', cause, remedy: REMEDY[stage], known: true };
    case 'tls': {
      const remedy = /certificate|altname/i.test(error) ? CERTIFICATE_REMEDY : REMEDY.tls;
      return { scope: 'tenant', action: 'pause', cause, remedy, known: true };
    }
    case 'auth':
      return { scope: 'account', action: 'retry', cause, remedy: REMEDY.auth, known: true };
    case 'mail':
    case 'rcpt':
    case 'data':
      return { scope: 'session', action: 'retry', cause, remedy: LATER, known: true };
    case 'end-of-data':
      return { scope: 'session', action: 'retry', cause, remedy: UNKNOWN_REMEDY, known: true };
  }
}

const WHERE: Record<SmtpStage, string> = {
  dns: 'before the connection',
  connect: 'instead of a greeting',
  tls: 'to STARTTLS',
  ehlo: 'to EHLO',
  auth: 'to the login',
  mail: 'to MAIL FROM',
  rcpt: 'to RCPT TO',
  data: 'to DATA',
  'end-of-data': 'to the data',
};

const FAILED: Record<SmtpStage, string> = {
  dns: 'the name of the SMTP host cannot be resolved',
  connect: 'the SMTP host cannot be reached',
  tls: 'no secure connection to the SMTP host',
  ehlo: 'the SMTP host ended the session after EHLO',
  auth: 'the login got no answer',
  mail: 'the connection was lost at MAIL FROM, before anything was sent',
  rcpt: 'the connection was lost at RCPT TO, before anything was sent',
  data: 'the connection was lost before the end of the data',
  'end-of-data': 'the connection was lost after the end of the data: the message may have been accepted',
};

const REMEDY = {
  dns: 'check HVE_SMTP_HOST, and that the DNS of the virtual network resolves public names',
  connect:
    'check HVE_SMTP_HOST and HVE_SMTP_PORT, and that firewall, network security group and NAT let TCP port 587 out; then the Microsoft 365 service health',
  tls: 'check HVE_SMTP_HOST and HVE_SMTP_PORT (587, STARTTLS), and that no firewall takes part in SMTP (SMTP inspection switches STARTTLS off)',
  ehlo: 'check HVE_SMTP_HOST, and that no firewall takes part in SMTP; then the Microsoft 365 service health',
  auth: 'none if it passes by itself; else check HVE_SMTP_HOST, and that the server offers the login that the account is set to (LOGIN for a password, XOAUTH2 for OAuth)',
} as const;

const CERTIFICATE_REMEDY =
  'check that HVE_SMTP_HOST is the name in the certificate and that no proxy intercepts TLS; for a local server set HVE_SMTP_CA_FILE. Verification cannot be switched off';

const UNKNOWN_REMEDY =
  'none: the same Message-ID and Date go again, and the mailbox store discards a repeat; unless the message says onUnknown: hold';
