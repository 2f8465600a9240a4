import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startKeyVault } from '../../../local/keyVault/startKeyVault.ts';
import type { KeyVault } from '../../../local/keyVault/startKeyVault.ts';
import { makeAzureCredential } from '../../../shared/adapters/azureCredential.ts';
import { isLoopback, makeKeyVaultSecrets } from '../../../shared/adapters/keyVaultSecrets.ts';
import type { SecretStore } from '../../../shared/ports.ts';
import { describeSecretStore } from '../../contracts/secretStore.ts';
import { trustCertificates } from '../../local/keyVault/trustCertificates.ts';

const CLIENT_ID = 'a3c1a2c4-0000-4000-8000-000000000002';
const TIMEOUT_MS = 1000;
const RETRY_AFTER_SECONDS = 7;
const VALUE = 'correct horse battery staple';

let trusted: Awaited<ReturnType<typeof trustCertificates>>;
let vault: KeyVault;

// One stand-in for the file: the SDK keeps the identity's endpoint and tokens for as long as the process lives.
beforeAll(async () => {
  trusted = await trustCertificates();
  vault = await startKeyVault({ tls: trusted, secrets: { hve: VALUE }, identityClientId: CLIENT_ID });
  for (const [name, value] of Object.entries(vault.environment)) vi.stubEnv(name, value);
  // The SDKs load with the first read, which the short timeout of the tests would not wait for.
  await makeStore().read('hve');
});
afterEach(() => vault.setFault(null));
afterAll(async () => {
  vi.unstubAllEnvs();
  await vault.stop();
  await trusted.forget();
});

interface StoreOptions {
  readonly uri?: string;
  readonly clientId?: string;
  readonly timeoutMs?: number;
}

function makeStore({
  uri = vault.uri,
  clientId = CLIENT_ID,
  timeoutMs = 60_000,
}: StoreOptions = {}): SecretStore {
  const credential = makeAzureCredential({ clientId });
  return makeKeyVaultSecrets({ uri, credential, timeoutMs, retryDelayMs: 1 });
}

describeSecretStore('Azure Key Vault, the real SDK over HTTPS against the local vault', async () => ({
  store: makeStore(),
  impatient: { store: makeStore({ timeoutMs: TIMEOUT_MS }), timeoutMs: TIMEOUT_MS },
  set: (name, value, options) => vault.setSecret(name, value, options),
  fail: (reply, count = Infinity) =>
    vault.setFault(reply === null ? null : { reply, count, retryAfterSeconds: RETRY_AFTER_SECONDS }),
  retryAfterMs: RETRY_AFTER_SECONDS * 1000,
  close: async () => {},
}));

describe('makeKeyVaultSecrets', () => {
  it('asks a failing vault twice, and every other one once', async () => {
    const store = makeStore();
    await store.read('hve');
    for (const [reply, times] of [
      ['unavailable', 2],
      ['throttled', 1],
      ['forbidden', 1],
      ['missing', 1],
    ] as const) {
      const before = vault.requests().length;
      vault.setFault({ reply });
      await store.read('hve');
      expect([reply, vault.requests().length - before]).toEqual([reply, times]);
    }
  });

  it('gets one token for many reads', async () => {
    const store = makeStore();
    await store.read('hve');
    const before = vault.requests().filter(({ server }) => server === 'identity').length;
    await Promise.all(Array.from({ length: 10 }, () => store.read('hve')));
    expect(vault.requests().filter(({ server }) => server === 'identity')).toHaveLength(before);
  });

  it('says so when the app has no such identity', async () => {
    const read = await makeStore({ clientId: 'no-such-identity' }).read('hve');
    expect(read).toMatchObject({
      ok: false,
      failure: {
        kind: 'forbidden',
        remedy: expect.stringContaining('Assign the managed identity to the app'),
      },
    });
  });

  it('tries an endpoint for tokens that fails three times, says so, and goes on when it works again', async () => {
    const options = { clientId: CLIENT_ID.replace(/2$/, '3') };
    vault.setFault({ reply: 'unavailable', at: 'identity' });
    const store = makeStore(options);
    const before = vault.requests().length;
    expect(await store.read('hve')).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', cause: expect.stringContaining('got no token') },
    });
    const asked = vault.requests().slice(before);
    expect(asked.filter(({ server }) => server === 'identity')).toHaveLength(3);
    vault.setFault(null);
    // Answered, if only with a refusal of this identity: the failure before was not kept.
    expect(await store.read('hve')).toMatchObject({ ok: false, failure: { kind: 'forbidden' } });
  });

  it('gives up an endpoint for tokens that stalls, and asks it anew the next time', async () => {
    const store = makeStore({ clientId: CLIENT_ID.replace(/2$/, '4'), timeoutMs: TIMEOUT_MS });
    vault.setFault({ reply: 'stall', at: 'identity' });
    expect(await store.read('hve')).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    vault.setFault(null);
    // As often as the machine is too busy to be in time.
    await expect
      .poll(async () => store.read('hve'))
      .toMatchObject({ ok: false, failure: { kind: 'forbidden' } });
  });

  it.each([
    ['nothing listens', 'https://127.0.0.1:1', 'ECONNREFUSED'],
    ['the name does not exist', 'https://contoso.vault.invalid', 'contoso.vault.invalid'],
  ])('says so when %s', async (_, uri, said) => {
    const read = await makeStore({ uri }).read('hve');
    expect(read).toMatchObject({
      ok: false,
      failure: {
        kind: 'unavailable',
        cause: expect.stringContaining(said),
        remedy: expect.stringContaining('HVE_KEY_VAULT_URI'),
      },
    });
  });

  it('sends a token only to a vault whose domain is the one it names, or on this machine', () => {
    expect(['https://localhost:1', 'https://127.0.0.1:1', 'https://[::1]:1'].map(isLoopback)).toEqual([
      true,
      true,
      true,
    ]);
    const others = [
      'https://contoso.vault.azure.net',
      'https://localhost.contoso.com',
      'https://127.0.0.1.contoso.com',
    ];
    expect(others.map(isLoopback)).toEqual([false, false, false]);
  });

  it('works in a process that has nothing but the environment of the local stack, and not without its CA', async () => {
    const environment = { ...vault.environment, NODE_EXTRA_CA_CERTS: trusted.caFile };
    expect(await readInChild(environment)).toMatchObject({ ok: true, value: VALUE });
    expect(await readInChild(vault.environment)).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', cause: expect.stringMatching(/certificate/) },
    });
  });
});

/** As the functions host does it: only what stands in its environment makes the real credential and the real client work. */
async function readInChild(env: Readonly<Record<string, string>>): Promise<unknown> {
  const adapters = new URL('../../../shared/adapters/', import.meta.url).href;
  const script = `
    const { makeAzureCredential } = await import('${adapters}azureCredential.ts');
    const { makeKeyVaultSecrets } = await import('${adapters}keyVaultSecrets.ts');
    const credential = makeAzureCredential({ clientId: '${CLIENT_ID}' });
    const store = makeKeyVaultSecrets({ uri: '${vault.uri}', credential, timeoutMs: 30_000 });
    console.log(JSON.stringify(await store.read('hve')));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  });
  return JSON.parse(stdout);
}
