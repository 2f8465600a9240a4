import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';

const headerSchema = z.object({ alg: z.string(), 'x5t#S256': z.string().optional() });
const claimsSchema = z.object({
  aud: z.string(),
  iss: z.string(),
  sub: z.string(),
  nbf: z.number(),
  exp: z.number(),
});

export interface AssertionFacts {
  /** PEM. */
  readonly certificate: string;
  readonly clientId: string;
  /** The address of the token endpoint: whom the assertion is for. */
  readonly audience: string;
}

/**
 * What Entra ID says to an assertion that is signed with a certificate's key: the number and the text of its error, or null where
 * it takes it. https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export function judgeAssertion(
  assertion: string,
  { certificate, clientId, audience }: AssertionFacts,
  now: Date,
): { readonly code: number; readonly message: string } | null {
  const [header = '', payload = '', signature = ''] = assertion.split('.');
  const { success, data } = headerSchema.safeParse(decode(header));
  const claims = claimsSchema.safeParse(decode(payload)).data;
  if (!success || claims === undefined || data.alg !== 'PS256') {
    return { code: 50_027, message: 'JWT token is invalid or malformed.' };
  }
  const known = new X509Certificate(certificate);
  const thumbprint = createHash('sha256').update(known.raw).digest('base64url');
  if (data['x5t#S256'] !== thumbprint) {
    const message = `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${data['x5t#S256'] ?? ''}']`;
    return { code: 700_027, message };
  }
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key: known.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) return { code: 700_027, message: 'Client assertion contains an invalid signature.' };
  if (claims.iss !== clientId || claims.sub !== clientId || claims.aud !== audience) {
    return { code: 700_021, message: 'Client assertion application identifier does not match.' };
  }
  const seconds = now.getTime() / 1000;
  if (claims.exp <= seconds || claims.nbf > seconds + CLOCK_SKEW_SECONDS) {
    return { code: 700_024, message: 'Client assertion is not within its valid time range.' };
  }
  return null;
}

const CLOCK_SKEW_SECONDS = 300;

function decode(part: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return value;
  } catch {
    return null;
  }
}
