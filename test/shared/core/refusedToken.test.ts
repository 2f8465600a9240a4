import { describe, expect, it } from 'vitest';
import { parseReply } from '../../../shared/core/parseReply.ts';
import { explainSecondRefusal, isCuredByNewToken } from '../../../shared/core/refusedToken.ts';
import { REPLY_RULES } from '../../../shared/core/replyRules.ts';

describe('a refusal of a login', () => {
  const cured = REPLY_RULES.filter(({ action }) => action === 'refresh-token-once').map(
    ({ sample }) => sample!,
  );

  it('is cured by a new token where the rules say so, and a second one has a remedy for a person', () => {
    expect(cured).toHaveLength(4);
    for (const sample of cured) {
      const reply = parseReply(sample);
      expect(isCuredByNewToken(reply)).toBe(true);
      const words = explainSecondRefusal(reply);
      expect(words?.cause).toContain('a new access token was refused too');
      expect(words?.remedy).not.toContain('none');
    }
  });

  it.each([
    '550 5.7.240 The application is not allowed for use with this High Volume Email account',
    '535 5.7.144 XOAUTH2 authentication failed. Invalid API permissions',
    '501 5.5.124 Invalid XOAUTH2 auth data',
    '535 5.7.3 Authentication unsuccessful',
    '454 4.7.0 Temporary authentication failure',
  ])('is not: %s', (text) => {
    expect(isCuredByNewToken(parseReply(text))).toBe(false);
    expect(explainSecondRefusal(parseReply(text))).toBeNull();
  });

  it('tells the two that are about time from the one that is about who', () => {
    const remedyOf = (text: string): string => explainSecondRefusal(parseReply(text))?.remedy ?? '';
    expect(remedyOf('535 5.7.142 Token will expire soon')).toContain('lifetime');
    expect(remedyOf('501 5.5.127 Invalid XOAUTH2 auth data - Token will expire soon')).toContain('lifetime');
    expect(remedyOf('535 5.7.143 Expired token')).toContain('clock');
    expect(remedyOf('535 5.7.127 XOAUTH2 authentication failed')).toContain('Add-HVEAppAccess');
  });
});
