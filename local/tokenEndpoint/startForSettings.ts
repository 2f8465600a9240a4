import { randomBytes } from 'node:crypto';
import type { OAuthSettings } from '../../shared/core/settings.ts';
import type { KeyVault } from '../keyVault/startKeyVault.ts';
import type { ApplicationCredential } from './application.ts';
import { startTokenEndpoint } from './startTokenEndpoint.ts';
import type { TokenEndpoint, TokenEndpointOptions } from './startTokenEndpoint.ts';

const SECRET_BYTES = 24;
/** The smallest that Entra ID takes. */
const KEY_BITS = 2048;

/**
 * Starts the stand-in for Entra ID with the tenant and the application of the settings, and puts what proves the application into
 * the Key Vault under its name there: new at every start, and nowhere but in these two.
 */
export async function startForSettings(
  oauth: OAuthSettings,
  keyVault: KeyVault,
  options: Omit<TokenEndpointOptions, 'tenantId' | 'application'> & { readonly accounts: readonly string[] },
): Promise<TokenEndpoint> {
  const { accounts, ...server } = options;
  const credential = await makeCredential(oauth, keyVault);
  const application = { clientId: oauth.clientId, credential, accounts };
  return startTokenEndpoint({ ...server, tenantId: oauth.tenantId, application });
}

async function makeCredential(
  { credential, secret: name }: OAuthSettings,
  keyVault: KeyVault,
): Promise<ApplicationCredential> {
  if (credential === 'managedIdentity' || name === null) {
    return {
      kind: 'federated',
      audienceOf: (assertion) => keyVault.readIdentityToken(assertion)?.aud ?? null,
    };
  }
  if (credential === 'secret') {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    keyVault.setSecret(name, secret);
    return { kind: 'secret', secret };
  }
  // Loaded here: a start without it does not pay for it.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'hve-mailer local application' }], {
    keyType: 'rsa',
    keySize: KEY_BITS,
    algorithm: 'sha256',
  });
  keyVault.setSecret(name, made.private + made.cert);
  return { kind: 'certificate', certificate: made.cert };
}
