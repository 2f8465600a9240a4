import { describe, expect, it } from 'vitest';
import { fateOf as fateIn, isBeforeMail } from '../../../shared/core/fates.ts';
import type { Result } from '../../../shared/core/fates.ts';
import type { Delivery } from '../../../shared/core/delivery.ts';
import type { Fate } from '../../../shared/core/outcome.ts';
import { parseReply } from '../../../shared/core/parseReply.ts';
import type { SmtpStage, TransportFailure } from '../../../shared/core/reply.ts';
import { sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';

const BEFORE_MAIL: readonly SmtpStage[] = ['dns', 'connect', 'tls', 'ehlo', 'auth'];
const FROM_MAIL_ON: readonly SmtpStage[] = ['mail', 'rcpt', 'data', 'end-of-data'];

const mixed = sampleDelivery({
  recipients: [sampleRecipient('in@contoso.com'), sampleRecipient('out@example.org', { kind: 'external' })],
});
const internalOnly = sampleDelivery();
const [IN, OUT] = [0, 1];

/** In a transaction with all of the delivery's recipients, unless others are named. */
const fateOf = (
  delivery: Delivery,
  index: number,
  result: Result,
  together = delivery.recipients.map((_, n) => n),
): Fate => fateIn(delivery, together, index, result);

const refused = (text: string, stage: SmtpStage): Result => ({
  result: 'refused',
  stage,
  reply: parseReply(text),
});
const failure = (stage: SmtpStage, changes: Partial<TransportFailure> = {}): TransportFailure => ({
  stage,
  reply: null,
  error: 'read ECONNRESET',
  givenUp: false,
  ...changes,
});
const notSent = (stage: SmtpStage, text?: string): Result => ({
  result: 'notSent',
  failure: failure(stage, text === undefined ? {} : { reply: parseReply(text) }),
});

describe('the stages', () => {
  it('before MAIL are those that never count against a message', () => {
    expect(BEFORE_MAIL.every(isBeforeMail)).toBe(true);
    expect(FROM_MAIL_ON.some(isBeforeMail)).toBe(false);
  });
});

describe('a recipient’s fate', () => {
  it('is accepted with the server’s words, which need no remedy', () => {
    const result: Result = { result: 'accepted', reply: parseReply('250 2.1.5 Recipient OK') };
    expect(fateOf(mixed, IN, result)).toEqual({
      kind: 'accepted',
      note: { text: '250 2.1.5 Recipient OK', cause: null, remedy: null },
    });
  });

  it('is unknown after the last byte, with cause and remedy', () => {
    const fate = fateOf(mixed, IN, { result: 'unknown', failure: failure('end-of-data') });
    expect(fate).toMatchObject({ kind: 'unknown', note: { text: 'read ECONNRESET' } });
    expect(fate.note.remedy).toContain('same Message-ID and Date');
  });

  it.each(BEFORE_MAIL)(
    'lost at %s is not sent, and the trouble of the tenant or, at AUTH, the account',
    (stage) => {
      expect(fateOf(mixed, IN, notSent(stage))).toMatchObject({
        kind: 'notSent',
        trouble: stage === 'auth' ? 'account' : 'tenant',
        throttle: false,
      });
    },
  );

  it.each<[string, SmtpStage, string, boolean]>([
    [
      '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.',
      'auth',
      'account',
      false,
    ],
    ['535 5.7.139 Authentication unsuccessful, basic authentication is disabled.', 'auth', 'tenant', false],
    ['454 4.7.0 Temporary authentication failure', 'auth', 'account', false],
    ['535 5.7.142 Token will expire soon', 'auth', 'account', false],
    ['421 4.3.2 Service not available', 'connect', 'tenant', true],
    ['550 9.9.9 whatever', 'auth', 'account', false],
    ['550 9.9.9 whatever', 'ehlo', 'tenant', false],
  ])('refused with "%s" at %s is not sent, and trouble of the %s', (text, stage, trouble, throttle) => {
    expect(fateOf(mixed, IN, notSent(stage, text))).toMatchObject({
      kind: 'notSent',
      trouble,
      throttle,
      note: { text },
    });
  });

  it.each<[string, SmtpStage, string, boolean]>([
    [
      "550 5.1.90 Your message can't be sent because you've reached your daily limit",
      'mail',
      'account',
      false,
    ],
    ['550 5.7.705 Access denied, tenant has exceeded threshold', 'mail', 'tenant', false],
    ['432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded', 'end-of-data', 'account', true],
    ['451 4.7.500 Access denied, please try again later', 'data', 'account', true],
    [
      '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException',
      'end-of-data',
      'account',
      false,
    ],
  ])('refused with "%s" at %s burns no message: trouble of the %s', (text, stage, trouble, throttle) => {
    for (const index of [IN, OUT]) {
      expect(fateOf(mixed, index, refused(text, stage))).toMatchObject({
        kind: 'notSent',
        trouble,
        throttle,
      });
    }
  });

  it.each<[string, SmtpStage, 'failed' | 'retry']>([
    ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found', 'rcpt', 'failed'],
    ['432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded', 'rcpt', 'retry'],
    ['450 4.9.9 never seen', 'rcpt', 'retry'],
    ['550 5.9.9 never seen', 'rcpt', 'failed'],
    ['550 5.9.9 never seen', 'end-of-data', 'failed'],
    ['552 5.3.4 Message size exceeds fixed maximum message size', 'mail', 'failed'],
    ['421 4.3.2 Service not available', 'end-of-data', 'retry'],
  ])('refused with "%s" at %s is %s', (text, stage, kind) => {
    expect(fateOf(mixed, IN, refused(text, stage))).toMatchObject({ kind, note: { text } });
  });

  it.each<SmtpStage>(['mail', 'rcpt', 'data'])('lost at %s is a try: nothing can have gone', (stage) => {
    expect(fateOf(mixed, IN, notSent(stage))).toMatchObject({ kind: 'retry' });
  });

  it('given up before the last byte is not sent, and nobody’s trouble', () => {
    const result: Result = {
      result: 'notSent',
      failure: failure('data', { givenUp: true, error: 'given up before the last byte' }),
    };
    expect(fateOf(mixed, IN, result)).toMatchObject({ kind: 'notSent', trouble: null, throttle: false });
  });

  it('where all external mail is stopped concerns the external recipients only', () => {
    const text = "550 5.7.233 Your message can't be sent because your tenant has exceeded its limit";
    expect(fateOf(mixed, OUT, refused(text, 'end-of-data'))).toMatchObject({
      kind: 'notSent',
      trouble: 'external',
    });
    expect(fateOf(mixed, IN, refused(text, 'end-of-data'))).toMatchObject({ kind: 'notSent', trouble: null });
    // Where nobody else was in the transaction, it must be about who was: or it would be sent again at once, for ever.
    expect(fateOf(mixed, IN, refused(text, 'end-of-data'), [IN])).toMatchObject({ trouble: 'external' });
  });

  it('where HVE sends nothing outside fails the external ones; the internal ones go again without them', () => {
    const text = '550 5.5.105 External sending is not supported for High Volume Email accounts';
    expect(fateOf(mixed, OUT, refused(text, 'end-of-data'))).toMatchObject({ kind: 'failed' });
    expect(fateOf(mixed, IN, refused(text, 'end-of-data'))).toMatchObject({ kind: 'retry' });
    // Said of a recipient by itself, or where nobody external was in the transaction, it means what it says.
    expect(fateOf(mixed, IN, refused(text, 'end-of-data'), [IN])).toMatchObject({ kind: 'failed' });
    expect(fateOf(mixed, IN, refused(text, 'rcpt'))).toMatchObject({ kind: 'failed' });
    expect(fateOf(internalOnly, IN, refused(text, 'end-of-data'))).toMatchObject({ kind: 'failed' });
  });
});

describe('a duplicate', () => {
  const text =
    '554 5.2.0 STOREDRV.Submission.Exception:StoragePermanentException.MapiExceptionDuplicateDelivery';
  const repeated = (identity: number | null, given: number) =>
    sampleDelivery({
      recipients: [sampleRecipient('in@contoso.com', { status: 'unknown', identity })],
      identities: [{ messageId: '<a@contoso.com>', dateMs: 0, given }],
    });

  it('is accepted where the identity was only ever given to one recipient', () => {
    expect(fateOf(repeated(0, 1), IN, refused(text, 'end-of-data'))).toMatchObject({ kind: 'duplicate' });
  });

  it('stays unknown where others had the identity too', () => {
    expect(fateOf(repeated(0, 2), IN, refused(text, 'end-of-data'))).toMatchObject({ kind: 'unknown' });
  });

  it('of an identity that was never in doubt is a failure, since nobody can have it', () => {
    expect(fateOf(repeated(null, 1), IN, refused(text, 'end-of-data'))).toMatchObject({ kind: 'failed' });
  });
});
