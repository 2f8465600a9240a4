import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Certificates {
  /** The path of the CA certificate, for NODE_EXTRA_CA_CERTS and HVE_SMTP_CA_FILE. */
  readonly caFile: string;
  /** The CA certificate (PEM). */
  readonly ca: string;
  /** The server's private key (PEM, PKCS #8). */
  readonly key: string;
  /** The server's certificate (PEM), for localhost, 127.0.0.1 and ::1. */
  readonly cert: string;
}

/**
 * TLS goes by the machine's clock, the app by one that HVE_LOCAL_CLOCK_OFFSET may shift by months either way. So the
 * certificates begin long ago and last long, and are made anew well before they end.
 */
const VALID_FROM = new Date('2020-01-01T00:00:00Z');
const VALID_YEARS = 10;
const RENEW_BEFORE_END_MS = 30 * 24 * 3_600_000;

/** The folder inside `dir` that is put in place as a whole: a CA never stands beside another CA's certificate. */
const FOLDER = 'tls';
const FILES = { ca: 'ca.pem', cert: 'server.pem', key: 'server.key' } as const;
const OWNER_ONLY = 0o600;

/**
 * The CA and the server certificate that all local servers share, kept in `dir` (made if missing) and used again while
 * they are valid. The CA's own key is never written down: once the one server certificate is signed nobody needs it, and
 * whoever trusts the CA trusts nothing else by it. Several processes may call this at once for the same `dir`: all get
 * what the first one put in place.
 */
export async function ensureCertificates(dir: string, now = new Date()): Promise<Certificates> {
  const folder = join(dir, FOLDER);
  const kept = await readCertificates(folder, now);
  if (kept !== null) return kept;

  const fresh = `${folder}.${randomBytes(6).toString('hex')}`;
  await mkdir(fresh, { recursive: true });
  try {
    await writeCertificates(fresh, now);
    await replaceUnlessValid(folder, fresh, now);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  const inPlace = await readCertificates(folder, now);
  if (inPlace === null)
    throw new Error(`The certificates in ${folder} cannot be used. Delete that folder, start again.`);
  return inPlace;
}

/** `null` for what is missing, damaged, about to end, or not signed by the CA beside it. */
async function readCertificates(folder: string, now: Date): Promise<Certificates | null> {
  const caFile = join(folder, FILES.ca);
  try {
    const [ca, cert, key] = await Promise.all(
      [FILES.ca, FILES.cert, FILES.key].map((file) => readFile(join(folder, file), 'utf8')),
    );
    if (ca === undefined || cert === undefined || key === undefined) return null;
    const issuer = new X509Certificate(ca);
    const server = new X509Certificate(cert);
    const lastsUntil = Math.min(Date.parse(issuer.validTo), Date.parse(server.validTo));
    const usable = server.verify(issuer.publicKey) && lastsUntil - now.getTime() > RENEW_BEFORE_END_MS;
    return usable ? { caFile, ca, cert, key } : null;
  } catch {
    return null;
  }
}

async function writeCertificates(folder: string, now: Date): Promise<void> {
  const { ca, cert, key } = await generateCertificates(now);
  await Promise.all([
    writeFile(join(folder, FILES.ca), ca),
    writeFile(join(folder, FILES.cert), cert),
    writeFile(join(folder, FILES.key), key, { mode: OWNER_ONLY }),
  ]);
}

/** A rename onto a folder that is not empty fails: that is how the second of two processes learns that it lost. */
async function replaceUnlessValid(folder: string, fresh: string, now: Date): Promise<void> {
  if (await renamed(fresh, folder)) return;
  if ((await readCertificates(folder, now)) !== null) return;
  const old = `${fresh}.old`;
  await renamed(folder, old);
  await rm(old, { recursive: true, force: true });
  await renamed(fresh, folder);
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch {
    return false;
  }
}

async function generateCertificates(now: Date): Promise<{ ca: string; cert: string; key: string }> {
  // Loaded here: a start that finds its certificates does without it.
  const { generate } = await import('selfsigned');
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + VALID_YEARS);
  const options = {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: VALID_FROM,
    notAfterDate: until,
  } as const;
  // A name of its own for each CA: OpenSSL finds the issuer by name, and two of one name would be mixed up.
  const issuer = await generate(
    [{ name: 'commonName', value: `hve-mailer local CA ${randomBytes(4).toString('hex')}` }],
    {
      ...options,
      extensions: [
        { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    },
  );
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...options,
    ca: { key: issuer.private, cert: issuer.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { ca: issuer.cert, cert: server.cert, key: server.private };
}
