/**
 * What Exchange's replies mean, as an ordered table: the first row that matches a reply decides. A reply's class alone
 * does not say what to do: some 5xx are cured by a fresh token or by time, some stop an account or the whole tenant and
 * must not burn messages. What no row matches is classifyReply.ts's matter.
 *
 * | field | |
 * |---|---|
 * | code | `535`; an `x` stands for any digit (`5xx`, `55x`) |
 * | enhanced | exactly that RFC 3463 code; `4.7.*`: any that begin so; `*`: any, or none |
 * | text | a part of the reply, in whatever case; `*`: any |
 * | scope | whom it concerns; `external`: all external recipients of the tenant; `session`: this connection only |
 * | action | `refresh-token-once`: a second one pauses the account; `duplicate`: accepted if the outcome before was unknown |
 * | sample | as seen or documented, some abridged; null: only the code is known |
 * | remedy | who must do what; `none: …` where nobody has to do anything |
 *
 * This file is left out of the formatter: two lines for a row.
 */
import type { ReplyAction, ReplyScope } from './reply.ts';

export interface ReplyRule {
  readonly code: string;
  readonly enhanced: string;
  readonly text: string;
  readonly scope: ReplyScope;
  readonly action: ReplyAction;
  readonly sample: string | null;
  readonly cause: string;
  readonly remedy: string;
}

/** The app writes the account's address from HVE_ACCOUNTS itself: what Exchange refuses there is not what Exchange calls the account. */
const AS_THE_ACCOUNT =
  "From must be the HVE account's own address. Operator: each address in HVE_ACCOUNTS must be the primary address of an HVE account (Get-MailUser -HVEAccount); then redrive. App: leave `from` out, or name one of those accounts or their pool";

export const REPLY_RULES: readonly ReplyRule[] = [
  { code: '535', enhanced: '5.7.142', text: '*', scope: 'session', action: 'refresh-token-once', sample: '535 5.7.142 Token will expire soon',
    cause: 'access token about to expire', remedy: 'none: the token is refreshed, with at least 600 s of margin' },
  { code: '501', enhanced: '5.5.127', text: '*', scope: 'session', action: 'refresh-token-once', sample: '501 5.5.127 Invalid XOAUTH2 auth data - Token will expire soon',
    cause: 'access token about to expire (older form)', remedy: 'none: the token is refreshed, with at least 600 s of margin' },
  { code: '535', enhanced: '5.7.143', text: '*', scope: 'session', action: 'refresh-token-once', sample: '535 5.7.143 Expired token',
    cause: 'access token expired', remedy: 'none: the token is refreshed' },
  { code: '535', enhanced: '5.7.127', text: '*', scope: 'session', action: 'refresh-token-once', sample: '535 5.7.127 XOAUTH2 authentication failed',
    cause: 'generic XOAUTH2 failure; a second one pauses the account', remedy: 'check the application, tenant and account' },
  { code: '535', enhanced: '5.7.144', text: '*', scope: 'account', action: 'pause', sample: '535 5.7.144 XOAUTH2 authentication failed. Invalid API permissions',
    cause: 'the application lacks Mail.Send of Office 365 Exchange Online', remedy: 'grant the permission with admin consent' },
  { code: '550', enhanced: '5.7.240', text: '*', scope: 'account', action: 'pause', sample: '550 5.7.240 The application is not allowed for use with this High Volume Email account',
    cause: "the application is not on the account's allowed list, or the wrong id was added", remedy: "Add-HVEAppAccess with the enterprise application's object id; 5 minutes to take effect" },
  { code: '501', enhanced: '5.5.121', text: '*', scope: 'account', action: 'pause', sample: null,
    cause: 'malformed XOAUTH2 argument', remedy: 'report it: a defect of this software' },
  { code: '501', enhanced: '5.5.122', text: '*', scope: 'account', action: 'pause', sample: null,
    cause: 'malformed XOAUTH2 argument', remedy: 'report it: a defect of this software' },
  { code: '501', enhanced: '5.5.123', text: '*', scope: 'account', action: 'pause', sample: null,
    cause: 'malformed XOAUTH2 argument', remedy: 'report it: a defect of this software' },
  { code: '501', enhanced: '5.5.124', text: '*', scope: 'account', action: 'pause', sample: '501 5.5.124 Invalid XOAUTH2 auth data',
    cause: 'malformed XOAUTH2 argument', remedy: 'report it: a defect of this software' },
  { code: '501', enhanced: '5.5.125', text: '*', scope: 'account', action: 'pause', sample: null,
    cause: 'malformed XOAUTH2 argument', remedy: 'report it: a defect of this software' },
  { code: '501', enhanced: '5.5.126', text: '*', scope: 'account', action: 'pause', sample: null,
    cause: 'malformed XOAUTH2 argument', remedy: 'report it: a defect of this software' },
  { code: '535', enhanced: '5.7.139', text: 'security defaults', scope: 'tenant', action: 'pause', sample: "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator.",
    cause: 'security defaults block basic authentication', remedy: 'turn security defaults off (with Conditional Access instead) or use OAuth' },
  { code: '535', enhanced: '5.7.139', text: 'organization configuration', scope: 'tenant', action: 'pause', sample: "535 5.7.139 Authentication unsuccessful, the organization configuration doesn't allow this authentication request.",
    cause: 'security defaults are on, or the authentication policy lacks AllowBasicAuthSmtp', remedy: 'turn security defaults off, or New-AuthenticationPolicy -Name NAME -AllowBasicAuthSmtp and Set-User ACCOUNT -AuthenticationPolicy NAME; or use OAuth' },
  { code: '535', enhanced: '5.7.139', text: 'basic authentication is disabled', scope: 'tenant', action: 'pause', sample: '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.',
    cause: 'authentication policy without AllowBasicAuthSmtp', remedy: 'New-AuthenticationPolicy -Name NAME -AllowBasicAuthSmtp, then Set-User ACCOUNT -AuthenticationPolicy NAME; or use OAuth' },
  { code: '535', enhanced: '5.7.139', text: 'did not meet the criteria', scope: 'account', action: 'pause', sample: '535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator.',
    cause: 'Conditional Access', remedy: 'exclude the account from the Conditional Access policy' },
  { code: '535', enhanced: '5.7.139', text: 'account locked', scope: 'account', action: 'pause', sample: '535 5.7.139 Authentication unsuccessful, account locked. Contact your administrator.',
    cause: 'smart lock-out after wrong passwords', remedy: 'wait, correct the secret in Key Vault' },
  { code: '535', enhanced: '5.7.139', text: 'credentials were incorrect', scope: 'account', action: 'pause', sample: '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.',
    cause: 'wrong password', remedy: 'correct the secret in Key Vault; it is not tried again in a loop' },
  { code: '535', enhanced: '*', text: '*', scope: 'account', action: 'pause', sample: '535 5.7.3 Authentication unsuccessful',
    cause: 'authentication refused (5.7.3: wrong password, security defaults or policy)', remedy: 'check the password, security defaults, authentication policy' },
  { code: '530', enhanced: '5.7.57', text: '*', scope: 'account', action: 'pause', sample: '530 5.7.57 Client not authenticated to send mail.',
    cause: 'not authenticated', remedy: 'check the credentials' },
  { code: '504', enhanced: '5.7.4', text: '*', scope: 'account', action: 'pause', sample: '504 5.7.4 Unrecognized authentication type',
    cause: 'authentication mechanism not offered', remedy: 'use LOGIN or XOAUTH2' },
  { code: '454', enhanced: '4.7.0', text: '*', scope: 'account', action: 'retry', sample: '454 4.7.0 Temporary authentication failure',
    cause: 'temporary authentication failure', remedy: 'none: it is tried again later' },
  { code: '550', enhanced: '5.7.30', text: '*', scope: 'account', action: 'pause', sample: '550 5.7.30 Basic authentication is not supported for Client Submission.',
    cause: 'basic authentication retired at this endpoint', remedy: 'use the HVE endpoint or OAuth' },
  { code: '550', enhanced: '5.5.105', text: '*', scope: 'recipient', action: 'fail', sample: '550 5.5.105 External sending is not supported for High Volume Email accounts',
    cause: 'HVE does not send to external recipients', remedy: 'send it another way; check the accepted domains. At the end of the data it refuses the external recipients only: the internal ones are tried again without them' },
  { code: '5xx', enhanced: '5.7.62', text: '*', scope: 'message', action: 'fail', sample: null,
    cause: 'MAIL FROM is not the HVE account', remedy: AS_THE_ACCOUNT },
  { code: '5xx', enhanced: '5.6.241', text: '*', scope: 'message', action: 'fail', sample: null,
    cause: 'the From header is not the HVE account', remedy: AS_THE_ACCOUNT },
  { code: '5xx', enhanced: '5.2.240', text: '*', scope: 'account', action: 'pause', sample: null,
    cause: 'the login is not an HVE account', remedy: 'create it as one: New-MailUser -HVEAccount -Name NAME -PrimarySmtpAddress ADDRESS -Password PASSWORD' },
  { code: '550', enhanced: '5.7.60', text: '*', scope: 'message', action: 'fail', sample: '550 5.7.60 SMTP; Client does not have permissions to send as this sender',
    cause: 'no permission to send as this sender', remedy: AS_THE_ACCOUNT },
  { code: '554', enhanced: '5.2.252', text: '*', scope: 'message', action: 'fail', sample: '554 5.2.252 SendAsDenied; a@contoso.com not allowed to send as b@contoso.com; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied',
    cause: 'send-as denied', remedy: AS_THE_ACCOUNT },
  { code: '550', enhanced: '5.1.8', text: '*', scope: 'account', action: 'pause', sample: '550 5.1.8 Access denied, bad outbound sender',
    cause: 'the account is blocked for outbound spam', remedy: 'secure the account, then release it on the restricted entities page of Microsoft Defender' },
  { code: '5xx', enhanced: '5.7.501', text: '*', scope: 'account', action: 'pause', sample: '550 5.7.501 Access denied, spam abuse detected',
    cause: 'spam abuse detected, sender banned', remedy: 'open a support case with Microsoft' },
  { code: '5xx', enhanced: '5.7.502', text: '*', scope: 'account', action: 'pause', sample: '550 5.7.502 Access denied, banned sender',
    cause: 'spam abuse detected, sender banned', remedy: 'open a support case with Microsoft' },
  { code: '5xx', enhanced: '5.7.503', text: '*', scope: 'account', action: 'pause', sample: '550 5.7.503 Access denied, banned sender',
    cause: 'spam abuse detected, sender banned', remedy: 'open a support case with Microsoft' },
  { code: '550', enhanced: '5.7.705', text: '*', scope: 'tenant', action: 'pause', sample: '550 5.7.705 Access denied, tenant has exceeded threshold',
    cause: 'the tenant has exceeded a threshold', remedy: 'open a support case with Microsoft' },
  { code: '550', enhanced: '5.7.708', text: '*', scope: 'tenant', action: 'pause', sample: '550 5.7.708 Access denied, traffic not accepted from this IP',
    cause: 'traffic from this IP not accepted (new or trial tenant)', remedy: 'open a support case with Microsoft' },
  { code: '550', enhanced: '5.7.750', text: '*', scope: 'tenant', action: 'pause', sample: '550 5.7.750 Client blocked from sending from unregistered domains',
    cause: 'unregistered domain', remedy: 'add the domain as an accepted domain of the tenant' },
  { code: '550', enhanced: '5.7.703', text: '*', scope: 'message', action: 'fail', sample: "550 5.7.703 Your message can't be delivered because it was blocked by your organization using Tenant Allow Block List",
    cause: 'blocked by the tenant allow/block list, for one recipient even', remedy: 'take the blocked recipient out, or change the tenant allow/block list' },
  { code: '550', enhanced: '5.1.90', text: '*', scope: 'account', action: 'pause', sample: "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    cause: "the account's daily recipient limit is reached; time cures it", remedy: 'wait for the window to turn; it goes on by itself' },
  { code: '5xx', enhanced: '*', text: 'DuplicateDelivery', scope: 'message', action: 'duplicate', sample: '554 5.2.0 STOREDRV.Submission.Exception:StoragePermanentException.MapiExceptionDuplicateDelivery',
    cause: 'a message with this Message-ID was submitted before', remedy: 'none: the repeat is not delivered twice' },
  { code: '5xx', enhanced: '*', text: 'SubmissionQuotaExceeded', scope: 'account', action: 'pause', sample: '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException',
    cause: "the account's submission quota is reached; time cures it", remedy: 'wait for the window to turn; it goes on by itself' },
  { code: '5xx', enhanced: '5.2.2', text: 'Submission quota', scope: 'account', action: 'pause', sample: '554 5.2.2 Submission quota exceeded',
    cause: "the account's submission quota is reached; time cures it", remedy: 'wait for the window to turn; it goes on by itself' },
  { code: '5xx', enhanced: '5.7.232', text: '*', scope: 'external', action: 'pause', sample: "550 5.7.232 Your message can't be sent because your trial tenant has exceeded its external recipient limit",
    cause: 'tenant external recipient limit (trial)', remedy: 'wait for the window to turn; it goes on by itself' },
  { code: '5xx', enhanced: '5.7.233', text: '*', scope: 'external', action: 'pause', sample: "550 5.7.233 Your message can't be sent because your tenant has exceeded its tenant external recipient rate limit",
    cause: 'tenant external recipient limit', remedy: 'wait for the window to turn; it goes on by itself' },
  { code: '432', enhanced: '4.3.2', text: 'recipient thread limit', scope: 'recipient', action: 'retry', sample: '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded',
    cause: "the recipient's mailbox is busy", remedy: 'none: it is tried again later' },
  { code: '432', enhanced: '4.3.2', text: 'sender thread limit', scope: 'account', action: 'throttle', sample: '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded',
    cause: 'too many connections of this account', remedy: 'none: it goes on with fewer connections' },
  { code: '432', enhanced: '4.3.2', text: '*', scope: 'account', action: 'throttle', sample: '432 4.3.2 STOREDRV.ClientSubmit; exceeded the message limit per account',
    cause: 'submission throttled', remedy: 'none: it goes on more slowly' },
  { code: '421', enhanced: '4.4.2', text: '*', scope: 'account', action: 'throttle', sample: '421 4.4.2 Message submission rate for this client has exceeded the configured limit',
    cause: 'submission rate exceeded; the connection closes', remedy: 'none: it goes on after a minute, more slowly' },
  { code: '421', enhanced: '*', text: '*', scope: 'session', action: 'throttle', sample: '421 4.3.2 Service not available',
    cause: 'service not available', remedy: 'none: it is tried again later' },
  { code: '451', enhanced: '4.7.500', text: '*', scope: 'account', action: 'throttle', sample: '451 4.7.500 Access denied, please try again later',
    cause: 'suspicious activity throttling', remedy: 'none: it goes on more slowly' },
  { code: '451', enhanced: '4.7.*', text: '*', scope: 'session', action: 'retry', sample: '451 4.7.0 Temporary server error. Please try again later. PRX2',
    cause: 'temporary server error', remedy: 'none: it is tried again later' },
  { code: '452', enhanced: '4.5.3', text: '*', scope: 'recipient', action: 'retry', sample: '452 4.5.3 Too many recipients',
    cause: 'too many recipients: the refused ones only go again in another transaction', remedy: 'lower the recipients per message' },
  { code: '550', enhanced: '5.5.3', text: '*', scope: 'message', action: 'fail', sample: '550 5.5.3 RESOLVER.ADR.RecipLimit; too many recipients',
    cause: 'too many recipients', remedy: 'lower the recipients per message' },
  { code: '55x', enhanced: '5.3.4', text: '*', scope: 'message', action: 'fail', sample: '552 5.3.4 Message size exceeds fixed maximum message size',
    cause: 'message too large', remedy: 'make the message smaller, or send a link instead of the attachment' },
  { code: '550', enhanced: '5.1.10', text: '*', scope: 'recipient', action: 'fail', sample: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found',
    cause: 'no such recipient', remedy: 'correct the address' },
  { code: '550', enhanced: '5.1.1', text: '*', scope: 'recipient', action: 'fail', sample: null,
    cause: 'no such recipient', remedy: 'correct the address' },
  { code: '550', enhanced: '5.4.1', text: '*', scope: 'recipient', action: 'fail', sample: '550 5.4.1 Recipient address rejected: Access denied',
    cause: 'recipient address rejected', remedy: 'correct the address' },
  { code: '5xx', enhanced: '5.7.124', text: '*', scope: 'recipient', action: 'fail', sample: null,
    cause: 'not allowed to send to this group', remedy: 'allow the HVE address as a sender to it' },
  { code: '5xx', enhanced: '5.7.133', text: '*', scope: 'recipient', action: 'fail', sample: null,
    cause: 'not allowed to send to this group', remedy: 'allow the HVE address as a sender to it' },
  { code: '5xx', enhanced: '5.7.134', text: '*', scope: 'recipient', action: 'fail', sample: null,
    cause: 'not allowed to send to this mailbox', remedy: 'allow the HVE address as a sender to it' },
  { code: '5xx', enhanced: '5.7.136', text: '*', scope: 'recipient', action: 'fail', sample: null,
    cause: 'not allowed to send to this mailbox', remedy: 'allow the HVE address as a sender to it' },
  { code: '5xx', enhanced: '5.2.121', text: '*', scope: 'recipient', action: 'retry', sample: null,
    cause: "the recipient's hourly limit from one sender", remedy: 'none: it is tried again later; spread the messages to this recipient' },
  { code: '5xx', enhanced: '5.2.122', text: '*', scope: 'recipient', action: 'retry', sample: null,
    cause: "the recipient's hourly limit", remedy: 'none: it is tried again later; spread the messages to this recipient' },
  { code: '550', enhanced: '5.7.512', text: '*', scope: 'message', action: 'fail', sample: '550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant',
    cause: 'not RFC 5322 compliant', remedy: 'correct the message, or report it as a defect of this software' },
  { code: '550', enhanced: '5.1.20', text: '*', scope: 'message', action: 'fail', sample: '550 5.1.20 Multiple From addresses are not allowed without Sender address',
    cause: 'several From addresses without Sender', remedy: 'correct the message, or report it as a defect of this software' },
  { code: '501', enhanced: '5.5.4', text: 'Invalid domain name', scope: 'tenant', action: 'pause', sample: '501 5.5.4 Invalid domain name',
    cause: 'bad EHLO name', remedy: 'set a valid EHLO name: a domain name or an address literal such as [192.0.2.1]' },
];
