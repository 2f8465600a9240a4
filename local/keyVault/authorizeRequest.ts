import { AUTHORITY, readToken } from './accessToken.ts';
import { errorReply } from './keyVaultReply.ts';
import type { KeyVaultReply } from './keyVaultReply.ts';

/** Key Vault's own audience, with and without a slash at the end. */
const RESOURCE = 'https://vault.azure.net';
const CHALLENGE = `Bearer authorization="${AUTHORITY}", resource="${RESOURCE}"`;

/**
 * The caller's client id, or the 401 with the challenge from which the SDK learns where to get a token and for what.
 * https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
 */
export function authorizeRequest(
  key: Buffer,
  authorization: string | undefined,
  now: Date,
): { readonly clientId: string } | { readonly refusal: KeyVaultReply } {
  const token = /^Bearer (?<token>\S+)$/i.exec(authorization ?? '')?.groups?.['token'];
  if (token === undefined) return unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
  const claims = readToken(key, token);
  if (claims === null)
    return unauthorized('AKV10046: Unable to resolve the key used for signature validation.');
  if (claims.aud.replace(/\/$/, '') !== RESOURCE) {
    return unauthorized(`AKV10022: Invalid audience. Expected ${RESOURCE}, found: ${claims.aud}.`);
  }
  if (claims.exp * 1000 <= now.getTime()) return unauthorized('AKV10062: The token has expired.');
  return { clientId: claims.appid };
}

function unauthorized(message: string): { readonly refusal: KeyVaultReply } {
  return {
    refusal: errorReply(401, 'Unauthorized', message, { headers: { 'WWW-Authenticate': CHALLENGE } }),
  };
}
