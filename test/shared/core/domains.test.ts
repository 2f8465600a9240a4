import { describe, expect, it } from 'vitest';
import { isInternal, parseDomainPattern } from '../../../shared/core/domains.ts';

describe('isInternal', () => {
  it('takes a domain for itself alone', () => {
    expect(isInternal('ann@Contoso.com', ['contoso.com'])).toBe(true);
    expect(isInternal('ann@mail.contoso.com', ['contoso.com'])).toBe(false);
    expect(isInternal('ann@notcontoso.com', ['contoso.com'])).toBe(false);
    expect(isInternal('ann@contoso.com.example', ['contoso.com'])).toBe(false);
  });

  it('takes *. for every domain below, not for the domain itself', () => {
    expect(isInternal('ann@mail.contoso.com', ['*.contoso.com'])).toBe(true);
    expect(isInternal('ann@a.b.contoso.com', ['*.contoso.com'])).toBe(true);
    expect(isInternal('ann@contoso.com', ['*.contoso.com'])).toBe(false);
    expect(isInternal('ann@evilcontoso.com', ['*.contoso.com'])).toBe(false);
  });

  it('takes nobody for internal without a domain', () => {
    expect(isInternal('ann@contoso.com', [])).toBe(false);
  });
});

describe('parseDomainPattern', () => {
  it('gives lower case and ASCII', () => {
    expect(parseDomainPattern('Contoso.COM')).toBe('contoso.com');
    expect(parseDomainPattern('*.Bücher.example')).toBe('*.xn--bcher-kva.example');
  });

  it.each(['', '*', '*.', '*.com', 'a.*.com', '*contoso.com', '@contoso.com', 'contoso'])(
    'refuses "%s"',
    (text) => {
      expect(parseDomainPattern(text)).toBeNull();
    },
  );
});
