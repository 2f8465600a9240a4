import { generate } from 'selfsigned';

/** A certificate and its key, both PEM, as an application's would be made. */
export async function makeCertificate(): Promise<{ readonly certificate: string; readonly key: string }> {
  const made = await generate([{ name: 'commonName', value: 'mailer' }], {
    keyType: 'rsa',
    keySize: 2048,
    algorithm: 'sha256',
  });
  return { certificate: made.cert, key: made.private };
}
