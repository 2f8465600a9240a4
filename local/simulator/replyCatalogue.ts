import type { FaultRequest } from './faults.ts';

export interface CatalogueReply extends Pick<FaultRequest, 'reply' | 'stage'> {
  /** What it stands for, in a few words. */
  readonly meaning: string;
}

/** Faults worth trying, with the replies as Exchange words them, for the page's form. */
export const REPLY_CATALOGUE: readonly CatalogueReply[] = [
  { stage: 'end-of-data', reply: 'drop', meaning: 'Mail accepted, but the answer is lost' },
  { stage: 'data', reply: 'drop', meaning: 'Connection lost before the mail was sent' },
  { stage: 'connect', reply: 'drop', meaning: 'Server cannot be reached' },
  { stage: 'end-of-data', reply: 'stall', meaning: 'Server never answers to the mail' },
  { stage: 'connect', reply: '421 4.3.2 Service not available', meaning: 'Service not available' },
  {
    stage: 'auth',
    reply: '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.',
    meaning: 'Wrong password',
  },
  {
    stage: 'auth',
    reply:
      "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator.",
    meaning: 'Security defaults block basic authentication',
  },
  {
    stage: 'auth',
    reply: '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.',
    meaning: 'Authentication policy',
  },
  {
    stage: 'auth',
    reply: '535 5.7.139 Authentication unsuccessful, account locked. Contact your administrator.',
    meaning: 'Account locked',
  },
  { stage: 'auth', reply: '535 5.7.143 Expired token', meaning: 'Access token expired' },
  {
    stage: 'auth',
    reply: '550 5.7.240 The application is not allowed for use with this High Volume Email account',
    meaning: "Application is not on the account's list",
  },
  {
    stage: 'auth',
    reply: '454 4.7.0 Temporary authentication failure',
    meaning: 'Authentication fails for now',
  },
  {
    stage: 'mail',
    reply: '421 4.4.2 Message submission rate for this client has exceeded the configured limit',
    meaning: 'Sending too fast',
  },
  {
    stage: 'mail',
    reply: '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded',
    meaning: 'Too many connections of this account',
  },
  {
    stage: 'mail',
    reply: '550 5.1.8 Access denied, bad outbound sender',
    meaning: 'Account blocked for spam',
  },
  {
    stage: 'mail',
    reply: '550 5.7.705 Access denied, tenant has exceeded threshold',
    meaning: 'Tenant blocked for spam',
  },
  {
    stage: 'rcpt',
    reply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found',
    meaning: 'No such recipient',
  },
  {
    stage: 'rcpt',
    reply: '550 5.4.1 Recipient address rejected: Access denied',
    meaning: 'Recipient rejected',
  },
  { stage: 'rcpt', reply: '452 4.5.3 Too many recipients', meaning: 'Too many recipients' },
  {
    stage: 'rcpt',
    reply: '550 5.5.105 External sending is not supported for High Volume Email accounts',
    meaning: 'External recipient',
  },
  {
    stage: 'end-of-data',
    reply: '451 4.7.500 Access denied, please try again later',
    meaning: 'Throttled for suspicious activity',
  },
  {
    stage: 'end-of-data',
    reply: '451 4.7.0 Temporary server error. Please try again later. PRX2',
    meaning: 'Temporary server error',
  },
  {
    stage: 'end-of-data',
    reply: '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded',
    meaning: "Recipient's mailbox is busy",
  },
  {
    stage: 'end-of-data',
    reply:
      "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    meaning: 'Daily limit of recipients reached',
  },
  {
    stage: 'end-of-data',
    reply:
      "550 5.7.233 Your message can't be sent because your tenant has exceeded its tenant external recipient rate limit",
    meaning: 'External limit of the tenant reached',
  },
  {
    stage: 'end-of-data',
    reply: '554 5.2.0 STOREDRV.Submission.Exception:StoragePermanentException.MapiExceptionDuplicateDelivery',
    meaning: 'Message was submitted before',
  },
  {
    stage: 'end-of-data',
    reply:
      "550 5.7.703 Your message can't be delivered because it was blocked by your organization using Tenant Allow Block List",
    meaning: 'Blocked by the tenant block list',
  },
];
