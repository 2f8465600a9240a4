import { randomUUID } from 'node:crypto';
import { signClaims } from '../keyVault/accessToken.ts';
import type { KeyVaultReply } from '../keyVault/keyVaultReply.ts';
import type { Application } from './application.ts';
import { entraError } from './entraReply.ts';
import { judgeAssertion } from './judgeAssertion.ts';

export const EXCHANGE_RESOURCE = 'https://outlook.office.com';
const EXCHANGE_SCOPE = `${EXCHANGE_RESOURCE}/.default`;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const FEDERATED_AUDIENCE = 'api://AzureADTokenExchange';

export interface TokenRequest {
  readonly tenantId: string;
  /** Where it was sent to: whom an assertion is for. */
  readonly url: string;
  readonly form: URLSearchParams;
}

/**
 * The client-credentials grant of Entra ID's v2.0 endpoint, for one application of one tenant.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export function answerTokenRequest(
  key: Buffer,
  tenantId: string,
  application: Application,
  request: TokenRequest,
  now: Date,
): KeyVaultReply {
  const refuse = (status: number, error: string, code: number, message: string): KeyVaultReply =>
    entraError(status, error, code, message, now);
  const { form } = request;
  const { clientId, isDisabled, roles, tokenLifeSeconds } = application;
  if (request.tenantId !== tenantId) {
    const message = `Tenant '${request.tenantId}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`;
    return refuse(400, 'invalid_request', 90_002, message);
  }
  if (form.get('grant_type') !== 'client_credentials') {
    return refuse(400, 'unsupported_grant_type', 70_003, 'The app requested an unsupported grant type.');
  }
  const asked = form.get('client_id') ?? '';
  if (asked !== clientId) {
    const message = `Application with identifier '${asked}' was not found in the directory 'Contoso'.`;
    return refuse(400, 'unauthorized_client', 700_016, message);
  }
  const refused = judgeProof(application, request, now);
  if (refused !== null) return refuse(401, 'invalid_client', refused.code, refused.message);
  if (isDisabled) {
    return refuse(400, 'unauthorized_client', 7_000_112, `Application '${clientId}'(mailer) is disabled.`);
  }
  const scopes = (form.get('scope') ?? '').split(' ');
  if (!scopes.includes(EXCHANGE_SCOPE)) {
    const message = `The resource principal named ${scopes[0]} was not found in the tenant named Contoso.`;
    return refuse(400, 'invalid_resource', 500_011, message);
  }
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = {
    aud: EXCHANGE_RESOURCE,
    iss: `https://sts.windows.net/${tenantId}/`,
    tid: tenantId,
    appid: clientId,
    roles,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + tokenLifeSeconds,
    uti: randomUUID(),
  };
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: tokenLifeSeconds,
      ext_expires_in: tokenLifeSeconds,
      access_token: signClaims(key, claims),
    },
  };
}

function judgeProof(
  { clientId, credential }: Application,
  { form, url }: TokenRequest,
  now: Date,
): { readonly code: number; readonly message: string } | null {
  const assertion =
    form.get('client_assertion_type') === ASSERTION_TYPE ? form.get('client_assertion') : null;
  if (credential.kind === 'secret') {
    if (form.get('client_secret') !== credential.secret) {
      const message = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
      return { code: 7_000_215, message };
    }
    if (credential.isExpired !== true) return null;
    const message = `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret.`;
    return { code: 7_000_222, message };
  }
  if (assertion === null) {
    const message =
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    return { code: 7_000_218, message };
  }
  if (credential.kind === 'certificate') {
    return judgeAssertion(assertion, { certificate: credential.certificate, clientId, audience: url }, now);
  }
  if (credential.audienceOf(assertion) === FEDERATED_AUDIENCE) return null;
  const message =
    'No matching federated identity record found for presented assertion subject. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.';
  return { code: 700_213, message };
}
