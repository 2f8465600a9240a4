import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** As long as App Service's own tokens live. */
const LIFETIME_SECONDS = 24 * 3600;
const TENANT_ID = '11111111-2222-3333-4444-555555555555';
const ISSUER = `https://sts.windows.net/${TENANT_ID}/`;
export const AUTHORITY = `https://login.microsoftonline.com/${TENANT_ID}`;

export interface AccessToken {
  readonly token: string;
  /** Seconds since 1970. */
  readonly expiresOn: number;
}

const tokenClaims = z.object({ aud: z.string(), appid: z.string(), exp: z.number() });
export type TokenClaims = z.infer<typeof tokenClaims>;

/** A JSON Web Token as Entra ID's look, but signed with a key that this stand-in alone knows. */
export function signToken(key: Buffer, resource: string, clientId: string | null, now: Date): AccessToken {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiresOn = issuedAt + LIFETIME_SECONDS;
  const claims = {
    aud: resource,
    iss: ISSUER,
    tid: TENANT_ID,
    appid: clientId ?? 'system-assigned',
    iat: issuedAt,
    nbf: issuedAt,
    exp: expiresOn,
    uti: randomUUID(),
  };
  return { token: signClaims(key, claims), expiresOn };
}

/** The claims of a token of ours, whatever its audience and expiry; `null` for anything else. */
export function readToken(key: Buffer, token: string): TokenClaims | null {
  return tokenClaims.safeParse(readClaims(key, token)).data ?? null;
}

export function signClaims(key: Buffer, claims: object): string {
  const unsigned = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${unsigned}.${signature(key, unsigned).toString('base64url')}`;
}

/** Whatever was signed with that key; `null` for anything else. */
export function readClaims(key: Buffer, token: string): unknown {
  const [header = '', payload = '', given = ''] = token.split('.');
  const expected = signature(key, `${header}.${payload}`);
  const actual = Buffer.from(given, 'base64url');
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return null;
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  return claims;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
