import { signToken } from './accessToken.ts';
import type { KeyVaultReply } from './keyVaultReply.ts';

export interface IdentityOptions {
  readonly tokenKey: Buffer;
  /** What the app must send as X-IDENTITY-HEADER: it proves that the request comes from the app's own machine. */
  readonly identityHeader: string;
  /** The client id of the app's user-assigned identity; `null`: it has a system-assigned one. */
  readonly clientId: string | null;
}

export interface IdentityRequest {
  readonly url: URL;
  readonly identityHeader: string | undefined;
}

export const IDENTITY_PATH = '/msi/token';
const API_VERSION = '2019-08-01';

/**
 * App Service's endpoint for the tokens of a managed identity.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export function answerIdentityRequest(
  options: IdentityOptions,
  request: IdentityRequest,
  now: Date,
): KeyVaultReply {
  const { url } = request;
  if (url.pathname !== IDENTITY_PATH) return refusal(404, `There is nothing at ${url.pathname}.`);
  if (request.identityHeader !== options.identityHeader) {
    return refusal(401, 'The X-IDENTITY-HEADER is missing, or not the IDENTITY_HEADER of this environment.');
  }
  if (url.searchParams.get('api-version') !== API_VERSION)
    return refusal(400, `The api-version must be ${API_VERSION}.`);
  const resource = url.searchParams.get('resource');
  if (resource === null) return refusal(400, 'The resource is missing.');
  if (url.searchParams.get('client_id') !== options.clientId) return unknownIdentity();

  const { token, expiresOn } = signToken(options.tokenKey, resource, options.clientId, now);
  const body = {
    access_token: token,
    expires_on: String(expiresOn),
    resource,
    token_type: 'Bearer',
    client_id: options.clientId,
  };
  return { status: 200, body };
}

export function unknownIdentity(): KeyVaultReply {
  return refusal(
    400,
    'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
  );
}

function refusal(statusCode: number, message: string): KeyVaultReply {
  return { status: statusCode, body: { statusCode, message } };
}
