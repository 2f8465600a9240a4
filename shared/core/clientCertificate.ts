import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export type CertificateRead =
  /** `pem`: the key, then the certificates, as OpenSSL writes them. */
  | { readonly ok: true; readonly pem: string }
  /** What is wrong with the text, without a word of it. */
  | { readonly ok: false; readonly said: string };

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
const LINE = /.{1,64}/g;
/** PKCS #12 as Key Vault gives it out is base64 without any frame; its ASN.1 begins so. */
const PKCS12 = /^\s*MII[A-Za-z0-9+/=\s]{200,}$/;

/**
 * A certificate with its private key out of a secret's text. Line breaks that became spaces or `\n` on the way (the portal's
 * field has one line) are mended. The certificate that belongs to the key comes first, whatever the order was.
 */
export function readClientCertificate(text: string): CertificateRead {
  const blocks = [...text.replaceAll(String.raw`\n`, '\n').matchAll(BLOCK)].map(
    ([, label = '', body = '']) => ({
      label,
      body,
    }),
  );
  if (blocks.length === 0) {
    return failed(PKCS12.test(text) ? 'it is PKCS #12 (PFX), not PEM' : 'it is no PEM');
  }
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [first] = keys;
  if (first === undefined) return failed('there is no private key in it');
  if (keys.some(({ label, body }) => label.startsWith('ENCRYPTED') || body.includes('ENCRYPTED'))) {
    return failed('its private key has a passphrase');
  }
  const key = parsed(() => createPrivateKey(framed(first)));
  if (key === null) return failed('its private key cannot be read');
  if (key.asymmetricKeyType !== 'rsa') return failed('its key is not RSA, which Entra ID needs');
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(framed);
  if (certificates.length === 0) return failed('there is no certificate in it');
  const own = certificates.find((pem) => isOf(pem, key));
  if (own === undefined) return failed('its private key belongs to another certificate');
  const others = certificates.filter((pem) => pem !== own);
  const exported = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { ok: true, pem: [exported, own, ...others].join('') };
}

function failed(said: string): CertificateRead {
  return { ok: false, said };
}

function framed({ label, body }: { readonly label: string; readonly body: string }): string {
  const lines = body.replaceAll(/\s+/g, '').match(LINE) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function isOf(pem: string, key: KeyObject): boolean {
  return parsed(() => new X509Certificate(pem).checkPrivateKey(key)) ?? false;
}

/** Null where it cannot be parsed. OpenSSL's own words help nobody. */
function parsed<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch {
    return null;
  }
}
