import { SecretClient } from '@azure/keyvault-secrets';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readToken, signToken } from '../../../local/keyVault/accessToken.ts';
import { startKeyVault } from '../../../local/keyVault/startKeyVault.ts';
import type { KeyVault } from '../../../local/keyVault/startKeyVault.ts';
import { trustCertificates } from './trustCertificates.ts';

const CLIENT_ID = 'a3c1a2c4-0000-4000-8000-000000000001';
const VERSION = '?api-version=7.5';

let trusted: Awaited<ReturnType<typeof trustCertificates>>;
let vault: KeyVault;
let client: SecretClient;

// One stand-in for the file: the SDK keeps the identity's endpoint and tokens for as long as the process lives.
beforeAll(async () => {
  trusted = await trustCertificates();
  vault = await startKeyVault({ tls: trusted, secrets: { first: 'one' }, identityClientId: CLIENT_ID });
  for (const [name, value] of Object.entries(vault.environment)) vi.stubEnv(name, value);
  client = new SecretClient(vault.uri, new ManagedIdentityCredential({ clientId: CLIENT_ID }), {
    retryOptions: { maxRetries: 0 },
    disableChallengeResourceVerification: true,
  });
});
afterEach(() => vault.setFault(null));
afterAll(async () => {
  vi.unstubAllEnvs();
  await vault.stop();
  await trusted.forget();
});

describe('the local Key Vault, with the real SDK', () => {
  it('gives a secret after challenge and token', async () => {
    const { value, properties } = await client.getSecret('first');
    expect(value).toBe('one');
    expect(properties).toMatchObject({ name: 'first', enabled: true, vaultUrl: vault.uri });
    expect(properties.version).toMatch(/^[0-9a-f]{32}$/);
    expect(vault.requests().map(({ server, status }) => `${server} ${status}`)).toEqual([
      'vault 401',
      'identity 200',
      'vault 200',
    ]);
  });

  it('keeps every version that was set, and gives the newest or the one that is asked for', async () => {
    const older = await client.setSecret('rotated', 'old');
    await client.setSecret('rotated', 'new', { contentType: 'text/plain', tags: { by: 'ann' } });
    expect(await client.getSecret('rotated')).toMatchObject({
      value: 'new',
      properties: { contentType: 'text/plain', tags: { by: 'ann' } },
    });
    expect((await client.getSecret('rotated', { version: older.properties.version ?? '' })).value).toBe(
      'old',
    );
    const versions = await collect(client.listPropertiesOfSecretVersions('rotated'));
    expect(versions.map(({ version }) => version)).toContain(older.properties.version);
    expect(versions).toHaveLength(2);
    const names = await collect(client.listPropertiesOfSecrets());
    expect(names.map(({ name }) => name)).toEqual(expect.arrayContaining(['first', 'rotated']));
  });

  it('takes names in upper and lower case for the same', async () => {
    vault.setSecret('Mixed', 'case');
    expect((await client.getSecret('mIXED')).value).toBe('case');
  });

  it('refuses a version that was disabled until it is enabled again', async () => {
    const { properties } = await client.setSecret('switched', 'value');
    const version = properties.version ?? '';
    await client.updateSecretProperties('switched', version, { enabled: false });
    await expect(client.getSecret('switched')).rejects.toMatchObject({
      statusCode: 403,
      code: 'Forbidden',
      details: { error: { innerError: { code: 'SecretDisabled' } } },
    });
    await client.updateSecretProperties('switched', version, { enabled: true });
    expect((await client.getSecret('switched')).value).toBe('value');
  });

  it('does not know a secret that was not set, nor a version', async () => {
    const missing = { statusCode: 404, code: 'SecretNotFound' };
    await expect(client.getSecret('nobody')).rejects.toMatchObject(missing);
    await expect(client.getSecret('first', { version: '0'.repeat(32) })).rejects.toMatchObject(missing);
  });

  it('refuses a name that Key Vault would refuse', async () => {
    await expect(client.getSecret('my_secret')).rejects.toMatchObject({
      statusCode: 400,
      code: 'BadParameter',
    });
  });

  it.each([
    ['forbidden', 403, 'Forbidden'],
    ['throttled', 429, 'Throttled'],
    ['missing', 404, 'SecretNotFound'],
    ['unavailable', 503, 'ServiceUnavailable'],
  ] as const)('answers %s on demand, as often as asked for', async (reply, statusCode, code) => {
    vault.setFault({ reply, count: 1 });
    await expect(client.getSecret('first')).rejects.toMatchObject({ statusCode, code });
    expect((await client.getSecret('first')).value).toBe('one');
  });

  it('says when a throttled caller may come again', async () => {
    vault.setFault({ reply: 'throttled', retryAfterSeconds: 7 });
    const error: unknown = await client.getSecret('first').catch((reason: unknown) => reason);
    expect((error as { response: Response }).response.headers.get('retry-after')).toBe('7');
  });

  it('fails for one secret alone where the fault names it', async () => {
    vault.setSecret('second', 'two');
    vault.setFault({ reply: 'unavailable', secret: 'second' });
    expect((await client.getSecret('first')).value).toBe('one');
    await expect(client.getSecret('second')).rejects.toMatchObject({ statusCode: 503 });
  });

  it('never answers a stalled request', async () => {
    vault.setFault({ reply: 'stall' });
    const giveUp = new AbortController();
    const answer = client.getSecret('first', { abortSignal: giveUp.signal }).catch((error: unknown) => error);
    await expect
      .poll(() => vault.requests().at(-1))
      .toEqual({ server: 'vault', method: 'GET', path: '/secrets/first/', status: null });
    giveUp.abort();
    expect(await answer).toMatchObject({ name: 'AbortError' });
  });
});

describe('the local Key Vault, without the SDK', () => {
  it('answers a request without a token with the challenge, and tells it nothing', async () => {
    vault.setFault({ reply: 'unavailable' });
    const response = await fetch(`${vault.uri}/secrets/first${VERSION}`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Bearer authorization="https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}", resource="https:\/\/vault\.azure\.net"$/,
    );
    expect(await response.json()).toMatchObject({ error: { code: 'Unauthorized' } });
  });

  it.each([
    ['another key', Buffer.alloc(32), 'https://vault.azure.net'],
    ['a made-up token', null, ''],
  ])('refuses a token of %s', async (_, key, resource) => {
    const token = key === null ? 'a.b.c' : signToken(key, resource, CLIENT_ID, new Date()).token;
    const response = await fetch(`${vault.uri}/secrets/first${VERSION}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(401);
  });

  it('refuses a token for another service, and takes one for itself', async () => {
    const status = async (resource: string): Promise<number> => {
      const headers = { authorization: `Bearer ${await tokenFor(resource)}` };
      return (await fetch(`${vault.uri}/secrets/first${VERSION}`, { headers })).status;
    };
    expect(await status('https://storage.azure.com')).toBe(401);
    expect(await status('https://vault.azure.net')).toBe(200);
  });

  it('wants an api-version', async () => {
    const headers = { authorization: `Bearer ${await tokenFor('https://vault.azure.net')}` };
    expect((await fetch(`${vault.uri}/secrets/first`, { headers })).status).toBe(400);
  });
});

describe('the local managed identity', () => {
  it('gives a token only to who has the header, and only for the identity of the app', async () => {
    const good = { resource: 'https://vault.azure.net', client_id: CLIENT_ID };
    expect((await askIdentity(good)).status).toBe(200);
    expect((await askIdentity(good, 'guessed')).status).toBe(401);
    expect((await askIdentity({ ...good, client_id: 'another' })).status).toBe(400);
    expect((await askIdentity({ resource: good.resource })).status).toBe(400);
    expect((await askIdentity({ client_id: CLIENT_ID })).status).toBe(400);
    expect((await askIdentity({ ...good, 'api-version': '2017-09-01' })).status).toBe(400);
  });

  it('answers as App Service does', async () => {
    const response = await askIdentity({ resource: 'https://vault.azure.net', client_id: CLIENT_ID });
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expires_on: expect.stringMatching(/^\d+$/),
      resource: 'https://vault.azure.net',
      token_type: 'Bearer',
      client_id: CLIENT_ID,
    });
  });
});

describe('startKeyVault', () => {
  it('dates tokens by the clock of the app', async () => {
    const dayMs = 86_400_000;
    const tomorrow = await startKeyVault({
      tls: trusted,
      secrets: {},
      identityClientId: null,
      clockOffsetMs: 10 * dayMs,
    });
    try {
      const response = await askIdentity({ resource: 'https://vault.azure.net' }, undefined, tomorrow);
      const { expires_on: expiresOn } = (await response.json()) as { expires_on: string };
      expect(Number(expiresOn) * 1000 - Date.now()).toBeGreaterThan(10 * dayMs);
    } finally {
      await tomorrow.stop();
    }
  });

  it('rejects when a port is taken, and leaves nothing listening', async () => {
    const identityPort = Number(new URL(vault.environment['IDENTITY_ENDPOINT'] ?? '').port);
    const options = { tls: trusted, secrets: {}, identityClientId: null };
    await expect(startKeyVault({ ...options, identityPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(startKeyVault({ ...options, vaultPort: identityPort })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('stops although a request is stalled', async () => {
    const other = await startKeyVault({ tls: trusted, secrets: {}, identityClientId: null });
    other.setFault({ reply: 'stall', at: 'identity' });
    const stalled = askIdentity({ resource: 'https://vault.azure.net' }, undefined, other).catch(() => 'cut');
    await expect.poll(() => other.requests()).toHaveLength(1);
    await other.stop();
    expect(await stalled).toBe('cut');
    await expect(fetch(other.uri)).rejects.toThrow('fetch failed');
  });
});

describe('readToken', () => {
  it('reads what was signed with the same key, and nothing that was altered', () => {
    const key = Buffer.alloc(32, 1);
    const { token } = signToken(key, 'https://vault.azure.net', CLIENT_ID, new Date('2026-11-24T08:00:00Z'));
    expect(readToken(key, token)).toMatchObject({ aud: 'https://vault.azure.net', appid: CLIENT_ID });
    const [header, , signature] = token.split('.');
    const payload = Buffer.from('{"aud":"https://vault.azure.net","appid":"me","exp":9999999999}').toString(
      'base64url',
    );
    expect(readToken(key, `${header}.${payload}.${signature}`)).toBeNull();
  });
});

async function tokenFor(resource: string): Promise<string> {
  const response = await askIdentity({ resource, client_id: CLIENT_ID });
  return ((await response.json()) as { access_token: string }).access_token;
}

function askIdentity(parameters: Record<string, string>, header?: string, of = vault): Promise<Response> {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', ...parameters });
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: secret = '' } = of.environment;
  return fetch(`${endpoint}?${query.toString()}`, { headers: { 'x-identity-header': header ?? secret } });
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
