import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startKeyVault } from '../../../local/keyVault/startKeyVault.ts';
import type { KeyVault } from '../../../local/keyVault/startKeyVault.ts';
import type { Application, ApplicationCredential } from '../../../local/tokenEndpoint/application.ts';
import { startTokenEndpoint } from '../../../local/tokenEndpoint/startTokenEndpoint.ts';
import type { TokenEndpoint } from '../../../local/tokenEndpoint/startTokenEndpoint.ts';
import { makeAzureCredential } from '../../../shared/adapters/azureCredential.ts';
import { makeOAuthTokens } from '../../../shared/adapters/oauthTokens.ts';
import type { OAuthTokensOptions } from '../../../shared/adapters/oauthTokens.ts';
import type { TokenSource } from '../../../shared/ports.ts';
import { makeScriptedTokens, tokenFailure } from '../../contracts/scriptedTokens.ts';
import { describeTokenSource, failureOf, tokenOf } from '../../contracts/tokenSource.ts';
import { trustCertificates } from '../../local/keyVault/trustCertificates.ts';
import { makeCertificate } from '../../local/tokenEndpoint/makeCertificate.ts';

const TENANT_ID = '11111111-2222-3333-4444-555555555555';
const CLIENT_ID = '66666666-7777-8888-9999-000000000000';
const IDENTITY_ID = 'a3c1a2c4-0000-4000-8000-00000000000a';
const ACCOUNT = 'hve@contoso.com';
const SECRET = 'correct~horse.battery_staple';
const RETRY_AFTER_SECONDS = 7;

let trusted: Awaited<ReturnType<typeof trustCertificates>>;
let vault: KeyVault;
let entra: TokenEndpoint;
let pem: { readonly certificate: string; readonly key: string };
let otherPem: typeof pem;

// One stand-in for the file: the SDK keeps the identity's endpoint and tokens for as long as the process lives.
beforeAll(async () => {
  trusted = await trustCertificates();
  vault = await startKeyVault({ tls: trusted, secrets: {}, identityClientId: IDENTITY_ID });
  for (const [name, value] of Object.entries(vault.environment)) vi.stubEnv(name, value);
  entra = await startTokenEndpoint({
    tls: trusted,
    tenantId: TENANT_ID,
    application: {
      clientId: CLIENT_ID,
      credential: { kind: 'secret', secret: SECRET },
      accounts: [ACCOUNT],
    },
  });
  [pem, otherPem] = await Promise.all([makeCertificate(), makeCertificate()]);
  // The SDK loads with the first token, which the short timeout of some tests would not wait for.
  await makeSource().request(SECRET);
});
afterEach(() => {
  entra.setFault(null);
  vault.setFault(null);
  entra.change({
    credential: { kind: 'secret', secret: SECRET },
    isDisabled: false,
    tokenLifeSeconds: 3600,
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await entra.stop();
  await vault.stop();
  await trusted.forget();
});

function makeSource(
  options: Partial<OAuthTokensOptions> & { readonly identityId?: string } = {},
): TokenSource {
  return makeOAuthTokens({
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    credential: 'secret',
    secretName: options.credential === 'managedIdentity' ? null : 'mail-application',
    identity: makeAzureCredential({ clientId: options.identityId ?? IDENTITY_ID }),
    authorityHost: entra.authorityHost,
    timeoutMs: 60_000,
    retryDelayMs: 1,
    ...options,
  });
}

function federated(): ApplicationCredential {
  return { kind: 'federated', audienceOf: (token) => vault.readIdentityToken(token)?.aud ?? null };
}

const PROOFS: readonly [
  OAuthTokensOptions['credential'],
  () => { credential: ApplicationCredential; proof: string | null; wrongProof: string | null },
][] = [
  [
    'secret',
    () => ({ credential: { kind: 'secret', secret: SECRET }, proof: SECRET, wrongProof: `${SECRET}!` }),
  ],
  [
    'certificate',
    () => ({
      credential: { kind: 'certificate', certificate: pem.certificate },
      proof: pem.key + pem.certificate,
      wrongProof: otherPem.certificate + otherPem.key,
    }),
  ],
  ['managedIdentity', () => ({ credential: federated(), proof: null, wrongProof: null })],
];

for (const [kind, make] of PROOFS) {
  describeTokenSource(`the real SDK over HTTPS against the local endpoint, ${kind}`, async () => {
    const { credential, proof, wrongProof } = make();
    entra.change({ credential });
    return {
      source: makeSource({ credential: kind }),
      proof,
      wrongProof,
      fail(how) {
        if (how === null) entra.setFault(null);
        else if (how === 'refused')
          entra.setFault({ reply: how, status: 400, code: 53_003, message: 'Blocked.' });
        else if (how === 'throttled') entra.setFault({ reply: how, retryAfterSeconds: RETRY_AFTER_SECONDS });
        else entra.setFault({ reply: how });
      },
      retryAfterMs: RETRY_AFTER_SECONDS * 1000,
      close: async () => {},
    };
  });
}

describeTokenSource('scripted', async () => {
  const source = makeScriptedTokens();
  source.wrong.add('wrong');
  const retryAfterMs = RETRY_AFTER_SECONDS * 1000;
  return {
    source,
    proof: SECRET,
    wrongProof: 'wrong',
    fail(how) {
      source.failure = how && tokenFailure(how, how === 'throttled' ? retryAfterMs : null);
    },
    retryAfterMs,
    close: async () => {},
  };
});

describe('makeOAuthTokens', () => {
  it('gives a token that HVE takes: for Exchange, with the permission, of the application', async () => {
    const { accessToken, lifeMs } = tokenOf(await makeSource().request(SECRET));
    expect(entra.judge(ACCOUNT, accessToken)).toBe('ok');
    expect(entra.judge('other@contoso.com', accessToken)).toMatch(/5\.7\.240/);
    expect(lifeMs).toBeGreaterThan(3_590_000);
    // The SDK counts in whole seconds.
    expect(lifeMs).toBeLessThanOrEqual(3_601_000);
  });

  it('asks a failing endpoint twice, and every other one once', async () => {
    for (const [reply, times] of [
      ['unavailable', 2],
      ['throttled', 1],
    ] as const) {
      const before = entra.tokenRequests().length;
      entra.setFault({ reply });
      await makeSource().request(SECRET);
      expect([reply, entra.tokenRequests().length - before]).toEqual([reply, times]);
    }
    const before = entra.tokenRequests().length;
    entra.setFault(null);
    await makeSource().request('wrong');
    expect(entra.tokenRequests().length - before).toBe(1);
  });

  it('overcomes a single failure of the endpoint', async () => {
    entra.setFault({ reply: 'unavailable', count: 1 });
    expect((await makeSource().request(SECRET)).ok).toBe(true);
  });

  it.each<[string, Partial<Application>, Partial<OAuthTokensOptions>, string, string, RegExp]>([
    [
      'a wrong secret',
      { credential: { kind: 'secret', secret: 'other' } },
      {},
      'AADSTS7000215',
      'secretRefused',
      /value \(not the id\).*"mail-application"/,
    ],
    [
      'an expired secret',
      { credential: { kind: 'secret', secret: SECRET, isExpired: true } },
      {},
      'AADSTS7000222',
      'secretRefused',
      /new client secret/,
    ],
    ['a disabled application', { isDisabled: true }, {}, 'AADSTS7000112', 'refused', /Enable it/],
    ['an unknown application', {}, { clientId: TENANT_ID }, 'AADSTS700016', 'refused', /HVE_OAUTH_CLIENT_ID/],
    ['an unknown tenant', {}, { tenantId: CLIENT_ID }, 'AADSTS90002', 'refused', /HVE_OAUTH_TENANT_ID/],
    ['tokens that live too short', { tokenLifeSeconds: 599 }, {}, 'too short-lived', 'refused', /lifetime/],
  ])('says so of %s, and what to do', async (_, application, options, said, kind, remedy) => {
    entra.change(application);
    const failure = failureOf(await makeSource(options).request(SECRET));
    expect(failure).toMatchObject({ kind, remedy: expect.stringMatching(remedy) });
    expect(failure.said).toContain(said);
    expect(JSON.stringify(failure)).not.toMatch(/Trace ID|Timestamp/);
    expect(JSON.stringify(failure)).not.toContain(SECRET);
  });

  it('says so of a certificate that is not registered, and of one that cannot be used', async () => {
    entra.change({ credential: { kind: 'certificate', certificate: pem.certificate } });
    const source = makeSource({ credential: 'certificate' });
    const foreign = failureOf(await source.request(otherPem.certificate + otherPem.key));
    expect(foreign).toMatchObject({ kind: 'secretRefused', said: 'Entra ID: AADSTS700027' });
    expect(foreign.remedy).toContain('Upload the certificate');
    const before = entra.tokenRequests().length;
    for (const [text, why] of [
      ['hunter2', 'no PEM'],
      [pem.certificate, 'no private key'],
      [pem.key, 'no certificate'],
      [pem.key + otherPem.certificate, 'another certificate'],
    ] as const) {
      const failure = failureOf(await source.request(text));
      expect(failure).toMatchObject({ kind: 'secretRefused', cause: expect.stringContaining(why) });
      expect(JSON.stringify(failure)).not.toContain(text.slice(30, 60) || text);
    }
    expect(entra.tokenRequests()).toHaveLength(before);
  });

  it('says so of an application without a federated credential for the identity', async () => {
    entra.change({ credential: { kind: 'federated', audienceOf: () => null } });
    const failure = failureOf(await makeSource({ credential: 'managedIdentity' }).request(null));
    expect(failure).toMatchObject({ kind: 'refused', said: 'Entra ID: AADSTS700213' });
    expect(failure.remedy).toContain('api://AzureADTokenExchange');
  });

  it('tells the trouble of the managed identity from Entra ID’s', async () => {
    entra.change({ credential: federated() });
    const before = entra.tokenRequests().length;
    const identityId = 'a3c1a2c4-0000-4000-8000-00000000000b';
    const source = makeSource({ credential: 'managedIdentity', identityId });
    expect(failureOf(await source.request(null))).toMatchObject({
      kind: 'refused',
      said: 'managed identity: HTTP 400',
      remedy: expect.stringContaining('HVE_STORAGE__clientId'),
    });
    expect(entra.tokenRequests()).toHaveLength(before);
  });

  it('gives up an endpoint that stalls, and asks anew the next time', async () => {
    entra.setFault({ reply: 'stall' });
    const source = makeSource({ timeoutMs: 500 });
    const failure = failureOf(await source.request(SECRET));
    expect(failure).toMatchObject({
      kind: 'unavailable',
      cause: expect.stringContaining('did not answer within 0.5 s'),
    });
    entra.setFault(null);
    expect((await makeSource().request(SECRET)).ok).toBe(true);
  });

  it.each([
    ['nothing listens', 'https://127.0.0.1:1', 'ECONNREFUSED'],
    ['the name does not exist', 'https://login.invalid', 'login.invalid'],
  ])('says so when %s', async (_, authorityHost, said) => {
    const failure = failureOf(await makeSource({ authorityHost }).request(SECRET));
    expect(failure).toMatchObject({ kind: 'unavailable', said: 'Entra ID: not reached' });
    expect(failure.cause).toContain(said);
    expect(failure.remedy).toContain('443');
  });

  it('works in a process that has nothing but the environment of the local stack, and not without its CA', async () => {
    const environment = { ...vault.environment, NODE_EXTRA_CA_CERTS: trusted.caFile };
    expect(await requestInChild(environment)).toMatchObject({ ok: true });
    expect(await requestInChild(vault.environment)).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', cause: expect.stringMatching(/certificate/) },
    });
  });
});

/** As the functions host does it: only what stands in its environment makes the real credential work. */
async function requestInChild(env: Readonly<Record<string, string>>): Promise<unknown> {
  const adapter = new URL('../../../shared/adapters/oauthTokens.ts', import.meta.url).href;
  const options = {
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    credential: 'secret',
    secretName: 'mail-application',
    authorityHost: entra.authorityHost,
  };
  const script = `
    const { makeOAuthTokens } = await import('${adapter}');
    console.log(JSON.stringify(await makeOAuthTokens(${JSON.stringify(options)}).request('${SECRET}')));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env,
  });
  return JSON.parse(stdout);
}
