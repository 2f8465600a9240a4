import { describe, expect, test } from 'vitest';
import { classifyFailure, classifyReply, findReplyRule } from '../../../shared/core/classifyReply.ts';
import { REPLY_CHARACTERS } from '../../../shared/core/delivery.ts';
import { parseReply } from '../../../shared/core/parseReply.ts';
import type { SmtpStage, TransportFailure } from '../../../shared/core/reply.ts';
import { REPLY_RULES, type ReplyRule } from '../../../shared/core/replyRules.ts';

/** The row's sample; where only the code is known, a text made up of what the row wants. */
function sampleOf(rule: ReplyRule): string {
  if (rule.sample !== null) return rule.sample;
  const enhanced = rule.enhanced === '*' ? '' : `${rule.enhanced} `;
  return `${rule.code.replaceAll('x', '0')} ${enhanced}${rule.text === '*' ? 'Made up' : rule.text}`;
}

const nameOf = (rule: ReplyRule): string => `${rule.code} ${rule.enhanced} ${rule.text}`;

describe('the reply rules', () => {
  test.for(REPLY_RULES.map((rule) => [sampleOf(rule), nameOf(rule), rule] as const))(
    '%s is the row %s and no row before it',
    ([sample, , rule]) => {
      expect(findReplyRule(parseReply(sample))).toBe(rule);
      const { scope, action, cause, remedy } = rule;
      expect(classifyReply(parseReply(sample), 'end-of-data')).toEqual({
        scope,
        action,
        cause,
        remedy,
        known: true,
      });
    },
  );

  test('there are 65, each with a cause and a remedy, and no two alike', () => {
    expect(REPLY_RULES).toHaveLength(65);
    expect(new Set(REPLY_RULES.map(nameOf)).size).toBe(REPLY_RULES.length);
    expect(REPLY_RULES.filter(({ cause, remedy }) => cause === '' || remedy === '')).toEqual([]);
    // What a row keeps of them is cut there.
    const isLong = (text: string): boolean => text.length > REPLY_CHARACTERS;
    expect(REPLY_RULES.filter(({ cause, remedy }) => isLong(cause) || isLong(remedy))).toEqual([]);
  });

  test.for([
    ['case does not count', '535 5.7.139 Authentication unsuccessful, SECURITY DEFAULTS', 'tenant', 'pause'],
    ['5.7.139 of another cause is the account’s', '535 5.7.139 Something new', 'account', 'pause'],
    ['a 535 without an enhanced code', '535 Authentication failed', 'account', 'pause'],
    [
      'an expired token is not a wrong password',
      '535 5.7.143 Expired token',
      'session',
      'refresh-token-once',
    ],
    ['501 for a token is not 501 for a name', '501 5.5.124 Invalid XOAUTH2 auth data', 'account', 'pause'],
    ['a rate limit is not any 421', '421 4.4.2 Message submission rate exceeded', 'account', 'throttle'],
    ['421 of any kind', '421 Service closing', 'session', 'throttle'],
    ['4.7.500 is not any 4.7', '451 4.7.500 Access denied', 'account', 'throttle'],
    ['4.7.5 is', '451 4.7.5 Not now', 'session', 'retry'],
    [
      'recipient thread limit is the recipient’s',
      '432 4.3.2 STOREDRV; recipient thread limit',
      'recipient',
      'retry',
    ],
    ['5.1.10 is not 5.1.1', '550 5.1.10 nobody', 'recipient', 'fail'],
    ['any digit where the row says x', '559 5.3.4 too large', 'message', 'fail'],
    ['a duplicate in any 5xx', '550 5.6.0 … MapiExceptionDuplicateDelivery', 'message', 'duplicate'],
    ['daily limits pause, they do not fail', '550 5.1.90 reached your daily limit', 'account', 'pause'],
    [
      'too many recipients at RCPT is those recipients’',
      '452 4.5.3 Too many recipients',
      'recipient',
      'retry',
    ],
  ] as const)('%s', ([, text, scope, action]) => {
    expect(classifyReply(parseReply(text), 'mail')).toMatchObject({ scope, action, known: true });
  });

  test('the code, the enhanced code and the text must all match', () => {
    for (const text of [
      '550 5.7.142 Token will expire soon',
      '535',
      '500 5.3.4 too large',
      '451 4.8.0 odd',
      '554 5.2.2 mailbox full',
      '501 5.5.4 Invalid arguments',
      '454 4.7.1 odd',
    ]) {
      const rule = findReplyRule(parseReply(text));
      expect([text, rule === null || nameOf(rule) === '535 * *']).toEqual([text, true]);
    }
  });
});

describe('a reply that no row knows', () => {
  const stages = ['connect', 'tls', 'ehlo', 'auth', 'mail', 'rcpt', 'data', 'end-of-data'] as const;
  const table = (code: string): Record<string, string> =>
    Object.fromEntries(
      stages.map((stage) => {
        const { scope, action, known } = classifyReply(parseReply(`${code} 5.9.9 Never seen`), stage);
        expect(known).toBe(false);
        return [stage, `${scope} ${action}`];
      }),
    );

  test('5xx: before anybody logs in the tenant’s, at the login the account’s, then the recipient’s or the message’s', () => {
    expect(table('599')).toEqual({
      connect: 'tenant pause',
      tls: 'tenant pause',
      ehlo: 'tenant pause',
      auth: 'account pause',
      mail: 'message fail',
      rcpt: 'recipient fail',
      data: 'message fail',
      'end-of-data': 'message fail',
    });
  });

  test.for(['499', '354', 'garbage'])('%s is transient everywhere', (code) => {
    expect(table(code)).toEqual({
      connect: 'session retry',
      tls: 'session retry',
      ehlo: 'session retry',
      auth: 'account retry',
      mail: 'message retry',
      rcpt: 'recipient retry',
      data: 'message retry',
      'end-of-data': 'message retry',
    });
  });

  test('its cause shows it whole, with what it answered', () => {
    const { cause, remedy } = classifyReply(parseReply('554 5.9.9 Billing? Never seen'), 'auth');
    expect(cause).toBe('unknown reply to the login: 554 5.9.9 Billing? Never seen');
    expect(remedy).toContain('billing policy');
  });
});

describe('a failure without a reply', () => {
  const failed = (stage: SmtpStage, error = 'socket hang up'): TransportFailure => ({
    stage,
    reply: null,
    error,
    givenUp: false,
  });

  test.for([
    ['dns', 'tenant', 'pause', 'HVE_SMTP_HOST'],
    ['connect', 'tenant', 'pause', '587'],
    ['tls', 'tenant', 'pause', 'STARTTLS'],
    ['ehlo', 'tenant', 'pause', 'firewall'],
    ['auth', 'account', 'retry', 'LOGIN'],
    ['mail', 'session', 'retry', 'tried again'],
    ['rcpt', 'session', 'retry', 'tried again'],
    ['data', 'session', 'retry', 'tried again'],
    ['end-of-data', 'session', 'retry', 'Message-ID'],
  ] as const)('at %s: %s %s', ([stage, scope, action, word]) => {
    const verdict = classifyFailure(failed(stage));
    expect(verdict).toMatchObject({ scope, action, known: true });
    expect(verdict.cause).toContain('socket hang up');
    expect(verdict.remedy).toContain(word);
  });

  test('a certificate that does not hold has a remedy of its own', () => {
    const { scope, remedy } = classifyFailure(failed('tls', 'certificate has expired (CERT_HAS_EXPIRED)'));
    expect(scope).toBe('tenant');
    expect(remedy).toContain('HVE_SMTP_CA_FILE');
  });

  test('with a reply it is that reply’s matter', () => {
    const reply = parseReply('535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.');
    expect(classifyFailure({ ...failed('auth'), reply })).toEqual(classifyReply(reply, 'auth'));
  });

  test('given up before the last byte is nobody’s fault', () => {
    const verdict = classifyFailure({ ...failed('data', 'given up before the last byte'), givenUp: true });
    expect(verdict).toMatchObject({
      scope: 'session',
      action: 'retry',
      cause: 'given up before the last byte',
    });
  });
});
