import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readClientCertificate } from '../../../shared/core/clientCertificate.ts';
import { makeCertificate } from '../../local/tokenEndpoint/makeCertificate.ts';

let own: Awaited<ReturnType<typeof makeCertificate>>;
let other: typeof own;
beforeAll(async () => {
  [own, other] = await Promise.all([makeCertificate(), makeCertificate()]);
});

function pemOf(text: string): string {
  const read = readClientCertificate(text);
  if (!read.ok) throw new Error(read.said);
  return read.pem;
}

describe('readClientCertificate', () => {
  it('takes certificate and key in any order, with what stands around them', () => {
    const { certificate, key } = own;
    const expected = pemOf(key + certificate);
    expect(pemOf(`Bag Attributes\n  friendlyName: mailer\n${certificate}\n\n${key}`)).toBe(expected);
    expect(new X509Certificate(expected.slice(expected.indexOf('-----BEGIN CERT'))).subject).toBe(
      'CN=mailer',
    );
    expect(createPrivateKey(expected).asymmetricKeyType).toBe('rsa');
  });

  it.each([
    ['spaces', (text: string) => text.replaceAll(/\r?\n/g, ' ')],
    ['nothing', (text: string) => text.replaceAll(/(?<!-)\r?\n(?!-)/g, '')],
    [String.raw`\n`, (text: string) => text.replaceAll(/\r?\n/g, String.raw`\n`)],
    ['CRLF', (text: string) => text.replaceAll(/\r?\n/g, '\r\n')],
  ])('mends line breaks that became %s', (_, spoil) => {
    expect(pemOf(spoil(own.key + own.certificate))).toBe(pemOf(own.key + own.certificate));
  });

  it("puts the key's own certificate before the others of the chain", () => {
    const pem = pemOf(other.certificate + own.certificate + own.key);
    expect(pem.match(/-----BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(
      new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERT'))).checkPrivateKey(
        createPrivateKey(own.key),
      ),
    ).toBe(true);
  });

  it('says what is wrong, and not a word of what came', () => {
    const encrypted = createPrivateKey(own.key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' })
      .toString();
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    const said = (text: string): string => {
      const read = readClientCertificate(text);
      return read.ok ? 'ok' : read.said;
    };
    expect(said('hunter2')).toBe('it is no PEM');
    expect(said(`MII${'A'.repeat(300)}==`)).toContain('PFX');
    expect(said(own.certificate)).toContain('no private key');
    expect(said(own.key)).toContain('no certificate');
    expect(said(own.key + other.certificate)).toContain('another certificate');
    expect(said(encrypted + own.certificate)).toContain('passphrase');
    expect(said(ec + own.certificate)).toContain('not RSA');
    expect(
      said(
        own.certificate +
          own.key.replaceAll(/[A-Z]{3}/g, 'AAA').replaceAll('-----BEGIN AAAVATE', '-----BEGIN PRIVATE'),
      ),
    ).not.toBe('ok');
  });
});
