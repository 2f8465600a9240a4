import { beforeEach, describe, expect, it } from 'vitest';
import { parseReply } from '../../../shared/core/parseReply.ts';
import type { Reply } from '../../../shared/core/reply.ts';
import { makeCredentials } from '../../../shared/flows/credentials.ts';
import type { Credentials, Login, LoginRead } from '../../../shared/flows/credentials.ts';
import type { SecretRead } from '../../../shared/ports.ts';
import { HOUR_MS, makeScriptedTokens, tokenFailure } from '../../contracts/scriptedTokens.ts';
import type { ScriptedTokens } from '../../contracts/scriptedTokens.ts';

const MINUTE_MS = 60_000;
const PASSWORD = 'hve@contoso.com';
const OAUTH = 'payroll@contoso.com';
const OTHER_OAUTH = 'alerts@contoso.com';
const EXPIRED = parseReply('535 5.7.143 Expired token');
const NOT_ALLOWED = parseReply('550 5.7.240 The application is not allowed for use with this account');
const WRONG_PASSWORD = parseReply(
  '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.',
);

let nowMs = 0;
let tokens: ScriptedTokens;
let vault: Record<string, SecretRead>;
let reads: string[];
let credentials: Credentials;

const secret = (value: string, version = value): SecretRead => ({ ok: true, value, version });
const vaultFailure = (kind: 'forbidden' | 'unavailable'): SecretRead => ({
  ok: false,
  failure: { kind, cause: 'no role', remedy: 'give it one', retryAfterMs: null },
});

function make(tokenSecret: string | null): Credentials {
  return makeCredentials({
    secrets: {
      async read(name) {
        reads.push(name);
        return vault[name] ?? vaultFailure('forbidden');
      },
    },
    tokens,
    tokenSecret,
    accounts: [
      { address: PASSWORD, auth: 'password', secret: 'hve' },
      { address: OAUTH, auth: 'oauth', secret: null },
      { address: OTHER_OAUTH, auth: 'oauth', secret: 'unused' },
    ],
    ttlMs: 10 * MINUTE_MS,
    monotonicNow: () => nowMs,
  });
}

beforeEach(() => {
  nowMs = 1000;
  tokens = makeScriptedTokens();
  vault = { hve: secret('one'), application: secret('app secret') };
  reads = [];
  credentials = make('application');
});

function loginOf(read: LoginRead | null): Login {
  if (read?.ok !== true) throw new Error(`No login: ${JSON.stringify(read)}`);
  return read.login;
}

function tokenOf(read: LoginRead | null): string {
  const { credential } = loginOf(read);
  return credential.kind === 'oauth' ? credential.accessToken : 'a password';
}

async function renew(account: string, reply: Reply): Promise<LoginRead | null> {
  return credentials.renew(account, loginOf(await credentials.loginFor(account)), reply);
}

describe('an account with a password', () => {
  it('logs in with the secret that is named for it, and asks for no token', async () => {
    expect(loginOf(await credentials.loginFor(PASSWORD))).toEqual({
      credential: { kind: 'password', password: 'one' },
      version: 'one',
    });
    expect(tokens.requests).toEqual([]);
  });

  it('gets another password after a refusal only if there is another', async () => {
    expect(await renew(PASSWORD, WRONG_PASSWORD)).toBeNull();
    const refused = loginOf(await credentials.loginFor(PASSWORD));
    nowMs += MINUTE_MS;
    vault['hve'] = secret('two');
    const read = await credentials.renew(PASSWORD, refused, WRONG_PASSWORD);
    expect(loginOf(read).credential).toEqual({ kind: 'password', password: 'two' });
  });

  it('that is foreseen is fetched at once and once, however often', async () => {
    credentials.foresee(PASSWORD);
    expect(reads).toEqual(['hve']);
    credentials.foresee(PASSWORD);
    expect(loginOf(await credentials.loginFor(PASSWORD)).version).toBe('one');
    expect(reads).toEqual(['hve']);
  });

  it('that is foreseen is not fetched again when it has become old: nobody may need it', async () => {
    credentials.foresee(PASSWORD);
    await credentials.loginFor(PASSWORD);
    nowMs += 60 * MINUTE_MS;
    credentials.foresee(PASSWORD);
    expect(reads).toEqual(['hve']);
    expect(loginOf(await credentials.loginFor(PASSWORD)).version).toBe('one');
    expect(reads).toEqual(['hve', 'hve']);
  });

  it('that is foreseen and cannot be fetched fails whoever asks for it, and nobody else', async () => {
    vault['hve'] = vaultFailure('forbidden');
    credentials.foresee(PASSWORD);
    expect(await credentials.loginFor(PASSWORD)).toMatchObject({ ok: false });
  });

  it('says with the words of Key Vault why there is none', async () => {
    vault['hve'] = vaultFailure('forbidden');
    expect(await credentials.loginFor(PASSWORD)).toEqual({
      ok: false,
      failure: { said: 'Key Vault: forbidden', cause: 'no role', remedy: 'give it one', retryAfterMs: null },
    });
  });
});

it('an account that is not in the settings has no login, and is told so', async () => {
  expect(await credentials.loginFor('gone@contoso.com')).toMatchObject({
    ok: false,
    failure: { remedy: expect.stringContaining('HVE_ACCOUNTS') },
  });
});

describe('an account with OAuth', () => {
  it('logs in with a token, one for all accounts and all who ask at once', async () => {
    const release = tokens.hold();
    const asked = Promise.all(
      [OAUTH, OTHER_OAUTH, OAUTH, OAUTH].map((account) => credentials.loginFor(account)),
    );
    release();
    expect((await asked).map(tokenOf)).toEqual(['token 1', 'token 1', 'token 1', 'token 1']);
    expect(tokens.requests).toEqual(['app secret']);
    expect(reads).toEqual(['application']);
  });

  it('asks for no secret where the managed identity is the proof', async () => {
    credentials = make(null);
    expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 1');
    expect(tokens.requests).toEqual([null]);
    expect(reads).toEqual([]);
  });

  it('never uses a token with less than 600 s left: it is renewed 20 minutes before that', async () => {
    await credentials.loginFor(OAUTH);
    nowMs += HOUR_MS - 30 * MINUTE_MS - 1;
    expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 1');
    nowMs += 1;
    expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 2');
  });

  it.each(['unavailable', 'throttled'] as const)(
    'goes on with the token in hand while Entra ID is %s, asking once a minute, until 600 s are left',
    async (kind) => {
      await credentials.loginFor(OAUTH);
      tokens.failure = tokenFailure(kind);
      nowMs += HOUR_MS - 30 * MINUTE_MS;
      for (let n = 0; n < 24; n++) expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 1');
      expect(tokens.requests).toHaveLength(2);
      nowMs += 20 * MINUTE_MS - 1;
      expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 1');
      nowMs += 1;
      expect(await credentials.loginFor(OAUTH)).toMatchObject({
        ok: false,
        failure: { said: `Entra ID: ${kind}`, remedy: 'mend it' },
      });
      tokens.failure = null;
      nowMs += 5000;
      expect((await credentials.loginFor(OAUTH)).ok).toBe(true);
    },
  );

  it('drops the token when Entra ID says that the application is not welcome any more', async () => {
    await credentials.loginFor(OAUTH);
    tokens.failure = tokenFailure('refused');
    nowMs += HOUR_MS - 30 * MINUTE_MS;
    expect((await credentials.loginFor(OAUTH)).ok).toBe(false);
  });

  it('uses tokens that live shortly without asking for one each time', async () => {
    tokens.lifeMs = 20 * MINUTE_MS;
    await credentials.loginFor(OAUTH);
    nowMs += 5 * MINUTE_MS - 1;
    expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 1');
    nowMs += 1;
    expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 2');
  });

  it('obeys Retry-After', async () => {
    tokens.failure = tokenFailure('throttled', 90_000);
    expect(await credentials.loginFor(OAUTH)).toMatchObject({ ok: false, failure: { retryAfterMs: 90_000 } });
    nowMs += 89_999;
    await credentials.loginFor(OAUTH);
    expect(tokens.requests).toHaveLength(1);
  });

  it('gets a new token after a refusal that one cures, once for all who were refused', async () => {
    const refused = loginOf(await credentials.loginFor(OAUTH));
    const again = await Promise.all(
      Array.from({ length: 24 }, () => credentials.renew(OAUTH, refused, EXPIRED)),
    );
    expect(new Set(again.map(tokenOf))).toEqual(new Set(['token 2']));
    expect(tokenOf(await credentials.renew(OTHER_OAUTH, refused, EXPIRED))).toBe('token 2');
    expect(tokens.requests).toHaveLength(2);
  });

  it('gets none after a refusal that none cures', async () => {
    expect(await renew(OAUTH, NOT_ALLOWED)).toBeNull();
    expect(tokens.requests).toHaveLength(1);
  });

  it('says why no new token came, and does not fall back on the refused one', async () => {
    const refused = loginOf(await credentials.loginFor(OAUTH));
    tokens.failure = tokenFailure('unavailable');
    expect(await credentials.renew(OAUTH, refused, EXPIRED)).toMatchObject({
      ok: false,
      failure: { cause: 'it is unavailable' },
    });
    expect((await credentials.loginFor(OAUTH)).ok).toBe(false);
  });

  it('tries a rotated secret at once, although the old one is still in memory', async () => {
    const refused = loginOf(await credentials.loginFor(OAUTH));
    vault['application'] = secret('rotated');
    tokens.wrong.add('app secret');
    expect(tokenOf(await credentials.renew(OAUTH, refused, EXPIRED))).toBe('token 3');
    expect(tokens.requests).toEqual(['app secret', 'app secret', 'rotated']);
  });

  it('asks once with a wrong secret that is the newest, and says so', async () => {
    tokens.wrong.add('app secret');
    expect(await credentials.loginFor(OAUTH)).toMatchObject({
      ok: false,
      failure: { said: 'Entra ID: secretRefused' },
    });
    expect(tokens.requests).toEqual(['app secret']);
    expect(reads).toEqual(['application', 'application']);
  });

  it('says with the words of Key Vault why there is no application’s secret', async () => {
    delete vault['application'];
    expect(await credentials.loginFor(OAUTH)).toMatchObject({
      ok: false,
      failure: { said: 'Key Vault: forbidden' },
    });
    expect(tokens.requests).toEqual([]);
  });
});

describe('forget', () => {
  it('makes the next login read anew: of one account, or of all', async () => {
    await credentials.loginFor(PASSWORD);
    await credentials.loginFor(OAUTH);
    credentials.forget(PASSWORD);
    await credentials.loginFor(PASSWORD);
    expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 1');
    credentials.forget(OAUTH);
    expect(tokenOf(await credentials.loginFor(OAUTH))).toBe('token 2');
    expect(reads).toEqual(['hve', 'application', 'hve', 'application']);
    credentials.forget();
    await credentials.loginFor(PASSWORD);
    expect(tokenOf(await credentials.loginFor(OTHER_OAUTH))).toBe('token 3');
    expect(reads).toHaveLength(6);
  });
});
