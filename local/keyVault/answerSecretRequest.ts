import { z } from 'zod';
import { badParameter, errorReply, secretDisabled, secretNotFound } from './keyVaultReply.ts';
import type { KeyVaultReply } from './keyVaultReply.ts';
import type { SecretVersion, VaultSecrets } from './vaultSecrets.ts';

export interface SecretRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
}

const secretBody = z.object({
  value: z.string().optional(),
  contentType: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  attributes: z.object({ enabled: z.boolean().optional() }).optional(),
});

const NAME = /^[0-9a-zA-Z-]{1,127}$/;
/** What a new vault has: deleted secrets can be recovered for so long. */
const RECOVERY = { recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 };

/**
 * Key Vault's secrets API, for a caller whose token was good: list, get, set, versions, update.
 * https://learn.microsoft.com/rest/api/keyvault/secrets/operation-groups
 */
export function answerSecretRequest(secrets: VaultSecrets, request: SecretRequest, now: Date): KeyVaultReply {
  const { url, method } = request;
  if (!url.searchParams.has('api-version')) return badParameter('api-version must be specified.');
  const [collection, name, version] = pathParts(url);
  if (collection !== 'secrets')
    return errorReply(404, 'ResourceNotFound', `There is nothing at ${url.pathname}.`);
  if (name === undefined) {
    return method === 'GET'
      ? list(
          url,
          secrets.names().flatMap((each) => secrets.find(each) ?? []),
        )
      : notAllowed(method);
  }
  if (!NAME.test(name)) return badParameter(`The request URI contains an invalid name: ${name}`);

  if (method === 'GET' && version === 'versions') return list(url, secrets.versions(name), true);
  if (method === 'PUT' && version === undefined) return set(secrets, name, request, now);
  const found = secrets.find(name, version);
  if (found === undefined) return secretNotFound(version === undefined ? name : `${name}/${version}`);
  if (method === 'PATCH') return update(found, request, now);
  if (method !== 'GET') return notAllowed(method);
  if (!found.enabled) return secretDisabled('get');
  return { status: 200, body: { value: found.value, ...properties(url, found, true) } };
}

/** `/secrets/NAME/VERSION`; the SDK leaves an empty version as a slash at the end. */
export function pathParts(url: URL): readonly string[] {
  return url.pathname.split('/').filter((part) => part !== '');
}

function set(secrets: VaultSecrets, name: string, request: SecretRequest, now: Date): KeyVaultReply {
  const body = parseBody(request.body);
  if (body === null || typeof body.value !== 'string')
    return badParameter('The body must be JSON with a value.');
  const { value, contentType, tags, attributes } = body;
  const added = secrets.set(name, { value, contentType, tags, enabled: attributes?.enabled }, now);
  return { status: 200, body: { value, ...properties(request.url, added, true) } };
}

function update(found: SecretVersion, request: SecretRequest, now: Date): KeyVaultReply {
  const body = parseBody(request.body);
  if (body === null) return badParameter('The body must be JSON.');
  found.enabled = body.attributes?.enabled ?? found.enabled;
  found.updatedAt = now;
  return { status: 200, body: properties(request.url, found, true) };
}

function list(url: URL, secrets: readonly SecretVersion[], withVersion = false): KeyVaultReply {
  const value = secrets.map((secret) => properties(url, secret, withVersion));
  return { status: 200, body: { value, nextLink: null } };
}

function notAllowed(method: string): KeyVaultReply {
  return errorReply(405, 'MethodNotAllowed', `The local vault does not support ${method} here.`);
}

function properties(url: URL, secret: SecretVersion, withVersion: boolean): object {
  const { name, version, contentType, tags, enabled, createdAt, updatedAt } = secret;
  return {
    id: `${url.origin}/secrets/${name}${withVersion ? `/${version}` : ''}`,
    contentType,
    tags,
    attributes: { enabled, created: epochSeconds(createdAt), updated: epochSeconds(updatedAt), ...RECOVERY },
  };
}

function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function parseBody(text: string): z.infer<typeof secretBody> | null {
  try {
    return secretBody.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
