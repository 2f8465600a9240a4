import { expect, it } from 'vitest';
import { causeName, NO_CAUSE } from '../../../shared/core/causeName.ts';
import { parseReply } from '../../../shared/core/parseReply.ts';
import { REPLY_RULES } from '../../../shared/core/replyRules.ts';

const refused = (text: string, stage: 'rcpt' | 'end-of-data' = 'rcpt') =>
  causeName({ result: 'refused', reply: parseReply(text), stage });

it('names the rule by its cause, never by the words of the server', () => {
  expect(refused('550 5.1.10 RESOLVER.ADR.RecipientNotFound; ann@contoso.com not found')).toBe(
    'no such recipient',
  );
  expect(refused('599 5.9.9 ann@contoso.com is unheard of')).toBe('unknown 5xx reply at rcpt');
  expect(refused('451 4.9.9 ann@contoso.com', 'end-of-data')).toBe('unknown 4xx reply at end-of-data');
});

it('names a failure without a reply by its stage', () => {
  const failure = {
    stage: 'end-of-data',
    reply: null,
    error: 'ECONNRESET ann@contoso.com',
    givenUp: false,
  } as const;
  expect(causeName({ result: 'unknown', failure })).toBe('no answer at end-of-data');
  expect(causeName({ result: 'notSent', failure: { ...failure, givenUp: true } })).toBe(
    'given up before the last byte',
  );
  const reply = parseReply('421 4.3.2 Service not available');
  expect(causeName({ result: 'notSent', failure: { ...failure, reply } })).toBe('service not available');
  expect(causeName({ result: 'accepted', reply })).toBe(NO_CAUSE);
});

it('is one of so few texts that each may be a row a minute', () => {
  expect(new Set(REPLY_RULES.map(({ cause }) => cause)).size).toBeLessThan(100);
});
