import { describe, expect, it } from 'vitest';
import { checkAddress, toAsciiDomain } from '../../../shared/core/emailAddress.ts';
import { timeOfThread } from './timeOfThread.ts';

const LOCAL_PART_64 = 'l'.repeat(64);
const LABEL_63 = 'd'.repeat(63);

describe('checkAddress', () => {
  it.each([
    ['ann@contoso.com', 'ann@contoso.com'],
    ["Ann.O'Brien+mail_1@Contoso.COM", "Ann.O'Brien+mail_1@contoso.com"],
    ['!#$%&*/=?^`{|}~-@a-b.co', '!#$%&*/=?^`{|}~-@a-b.co'],
    ['info@bücher.example', 'info@xn--bcher-kva.example'],
    ['info@例え。テスト', 'info@xn--r8jz45g.xn--zckzah'],
    ['info@xn--bcher-kva.example', 'info@xn--bcher-kva.example'],
    [`${LOCAL_PART_64}@contoso.com`, `${LOCAL_PART_64}@contoso.com`],
  ])('takes %s', (text, address) => {
    expect(checkAddress(text)).toEqual({ ok: true, address });
  });

  it.each([
    '',
    'ann',
    'ann@',
    '@contoso.com',
    'ann@contoso',
    'ann@localhost',
    'ann@@contoso.com',
    'ann bob@contoso.com',
    'ann@contoso .com',
    '.ann@contoso.com',
    'ann.@contoso.com',
    'a..b@contoso.com',
    'ann@.contoso.com',
    'ann@contoso.com.',
    'ann@contoso..com',
    'ann@-contoso.com',
    'ann@contoso-.com',
    'ann@contoso_mail.com',
    'ann@192.0.2.1',
    'ann@[192.0.2.1]',
    '"ann lee"@contoso.com',
    'ann@contoso.com/path',
    'ann@contoso.com:25',
    'ann@contoso.com?x',
    'ann@contoso.com#x',
    'ann@con%74oso.com',
    'ann@contoso\\.com',
    'ann@contoso／evil.com',
    'ann@contoso.com\u0000',
    'ann@contoso.com\r\nBcc: eve@contoso.com',
    'mailto:ann@contoso.com',
    '<ann@contoso.com>',
    'ann;@contoso.com',
    `${LOCAL_PART_64}l@contoso.com`,
    `ann@${LABEL_63}d.com`,
    `${LOCAL_PART_64}@${LABEL_63}.${LABEL_63}.${LABEL_63}.com`,
  ])('refuses %j', (text) => {
    expect(checkAddress(text)).toMatchObject({ ok: false, code: 'address_invalid' });
  });

  it('says with a code of its own that a local part is not ASCII', () => {
    expect(checkAddress('jürgen@contoso.com')).toMatchObject({ ok: false, code: 'address_not_ascii' });
  });

  it('is quick with an address of a megabyte', () => {
    const start = timeOfThread();
    checkAddress(`${'a.'.repeat(500_000)}@${'b.'.repeat(500_000)}com`);
    checkAddress(`${'@'.repeat(1_000_000)}ü`);
    expect(timeOfThread() - start).toBeLessThan(500);
  });
});

describe('toAsciiDomain', () => {
  it('refuses what is no domain of two labels', () => {
    expect(['', '.', 'com', 'a.1', '1.2.3.4', 'a b.com', '*.com'].map((text) => toAsciiDomain(text))).toEqual(
      Array.from({ length: 7 }, () => null),
    );
  });
});
