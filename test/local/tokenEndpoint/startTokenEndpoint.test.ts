import { createHash, sign, X509Certificate, constants } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTokenEndpoint } from '../../../local/tokenEndpoint/startTokenEndpoint.ts';
import type { TokenEndpoint } from '../../../local/tokenEndpoint/startTokenEndpoint.ts';
import { trustCertificates } from '../keyVault/trustCertificates.ts';
import { makeCertificate } from './makeCertificate.ts';

const TENANT_ID = '11111111-2222-3333-4444-555555555555';
const CLIENT_ID = '66666666-7777-8888-9999-000000000000';
const SECRET = 'correct~horse';
const ACCOUNT = 'hve@contoso.com';
const SCOPE = 'https://outlook.office.com/.default';

let trusted: Awaited<ReturnType<typeof trustCertificates>>;
let entra: TokenEndpoint;
beforeAll(async () => {
  trusted = await trustCertificates();
  entra = await startEndpoint();
});
afterEach(() => {
  entra.setFault(null);
  entra.change({
    credential: { kind: 'secret', secret: SECRET },
    roles: ['Mail.Send'],
    accounts: [ACCOUNT],
    tokenLifeSeconds: 3600,
  });
});
afterAll(async () => {
  await entra.stop();
  await trusted.forget();
});

async function startEndpoint(clockOffsetMs = 0): Promise<TokenEndpoint> {
  return startTokenEndpoint({
    tls: trusted,
    tenantId: TENANT_ID,
    application: { clientId: CLIENT_ID, credential: { kind: 'secret', secret: SECRET }, accounts: [ACCOUNT] },
    clockOffsetMs,
  });
}

interface Answer {
  readonly status: number;
  readonly body: { access_token?: string; expires_in?: number; error?: string; error_codes?: number[] };
}

const tokenUrl = (tenant = TENANT_ID): string => `${entra.authorityHost}/${tenant}/oauth2/v2.0/token`;

async function ask(changes: Record<string, string> = {}, url = tokenUrl()): Promise<Answer> {
  const form = {
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: SECRET,
    scope: SCOPE,
    ...changes,
  };
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function token(): Promise<string> {
  const { body } = await ask();
  return body.access_token!;
}

describe('the token endpoint', () => {
  it('tells where it is', async () => {
    const url = `${entra.authorityHost}/${TENANT_ID}/v2.0/.well-known/openid-configuration`;
    expect(await (await fetch(url)).json()).toMatchObject({ token_endpoint: tokenUrl() });
    expect((await fetch(`${entra.authorityHost}/elsewhere`)).status).toBe(404);
  });

  it('gives a token for the right secret', async () => {
    expect(await ask()).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 3600 } });
  });

  it.each([
    [{ client_secret: 'other' }, 401, 7_000_215],
    [{ client_secret: '' }, 401, 7_000_215],
    [{ client_id: TENANT_ID }, 400, 700_016],
    [{ scope: 'https://graph.microsoft.com/.default' }, 400, 500_011],
    [{ grant_type: 'password' }, 400, 70_003],
  ])('refuses %j', async (changes, status, code) => {
    expect(await ask(changes)).toMatchObject({ status, body: { error_codes: [code] } });
  });

  it('knows one tenant', async () => {
    expect(await ask({}, tokenUrl(CLIENT_ID))).toMatchObject({
      status: 400,
      body: { error_codes: [90_002] },
    });
  });

  it('has its faults for as many requests as it is told', async () => {
    entra.setFault({ reply: 'throttled', count: 1 });
    expect((await ask()).status).toBe(429);
    expect((await ask()).status).toBe(200);
    expect(entra.tokenRequests().slice(-2)).toEqual([429, 200]);
  });
});

describe('an assertion that is signed with a certificate', () => {
  it('is taken only if it is signed with that key, by that application, for that endpoint, now', async () => {
    const [own, other] = await Promise.all([makeCertificate(), makeCertificate()]);
    entra.change({ credential: { kind: 'certificate', certificate: own.certificate } });
    const now = Math.floor(Date.now() / 1000);
    const claims = { aud: tokenUrl(), iss: CLIENT_ID, sub: CLIENT_ID, nbf: now, exp: now + 600 };
    const make = (changes: object = {}, key = own.key, certificate = own.certificate): string => {
      const { raw } = new X509Certificate(certificate);
      const header = { alg: 'PS256', 'x5t#S256': createHash('sha256').update(raw).digest('base64url') };
      const unsigned = [header, { ...claims, ...changes }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const signature = sign('sha256', Buffer.from(unsigned), { key, padding, saltLength: 32 });
      return `${unsigned}.${signature.toString('base64url')}`;
    };
    const codeOf = async (assertion: string): Promise<number | undefined> => {
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      const { status, body } = await ask({ client_assertion_type: type, client_assertion: assertion });
      return status === 200 ? 200 : body.error_codes?.[0];
    };
    expect(await codeOf(make())).toBe(200);
    expect(await codeOf(make({}, other.key))).toBe(700_027);
    expect(await codeOf(make({}, other.key, other.certificate))).toBe(700_027);
    expect(await codeOf(make({ iss: TENANT_ID }))).toBe(700_021);
    expect(await codeOf(make({ aud: tokenUrl(CLIENT_ID) }))).toBe(700_021);
    expect(await codeOf(make({ exp: now - 1 }))).toBe(700_024);
    expect(await codeOf('no.jwt.atall')).toBe(50_027);
    expect((await ask()).body.error_codes).toEqual([7_000_218]);
  });
});

describe('the judge of tokens', () => {
  it('takes a token of the application for the accounts that allow it, and no other', async () => {
    const good = await token();
    expect(entra.judge(ACCOUNT, good)).toBe('ok');
    expect(entra.judge('payroll@contoso.com', good)).toMatch(/^550 5\.7\.240 /);
    expect(entra.judge(ACCOUNT, `${good}x`)).toMatch(/^535 5\.7\.127 /);
    expect(entra.judge(ACCOUNT, '')).toMatch(/^535 5\.7\.127 /);
  });

  it('wants the permission in the token: consent that is given later needs a new one', async () => {
    entra.change({ roles: [] });
    const without = await token();
    entra.change({ roles: ['Mail.Send'] });
    expect(entra.judge(ACCOUNT, without)).toMatch(/^535 5\.7\.144 /);
    expect(entra.judge(ACCOUNT, await token())).toBe('ok');
  });

  it('wants ten minutes left', async () => {
    entra.change({ tokenLifeSeconds: 599 });
    expect(entra.judge(ACCOUNT, await token())).toMatch(/^535 5\.7\.142 /);
    // With a minute for what lies between the two lines.
    entra.change({ tokenLifeSeconds: 660 });
    expect(entra.judge(ACCOUNT, await token())).toBe('ok');
    entra.change({ tokenLifeSeconds: -1 });
    expect(entra.judge(ACCOUNT, await token())).toMatch(/^535 5\.7\.143 /);
  });
});
