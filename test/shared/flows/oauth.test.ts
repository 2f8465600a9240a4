import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import type { Ports } from '../../../shared/ports.ts';
import { makeCertificate } from '../../local/tokenEndpoint/makeCertificate.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { APPLICATION_SECRET, CLIENT_ID, startNeighbours, TENANT_ID, until } from './mailerHarness.ts';

const MINUTE = 60_000;
const ACCOUNT = 'hve@contoso.com';
const EXPIRED = '535 5.7.143 Expired token';
const FAILED = '535 5.7.127 XOAUTH2 authentication failed';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterEach(async () => {
  await neighbours.clearFaults();
  neighbours.entra.setFault(null);
  neighbours.vault.setSecret('mail-application', APPLICATION_SECRET);
  neighbours.entra.change({
    credential: { kind: 'secret', secret: APPLICATION_SECRET },
    accounts: [ACCOUNT],
    roles: ['Mail.Send'],
    tokenLifeSeconds: 3600,
  });
});
afterAll(async () => neighbours.end());

/** With one account that logs in by OAuth, and one that has a password. */
async function makeMailer(
  settings: Record<string, string> = {},
  wrap?: (ports: Ports) => Ports,
): Promise<TestMailer> {
  return neighbours.mailer(
    {
      HVE_ACCOUNTS: JSON.stringify([
        { address: ACCOUNT, auth: 'oauth' },
        { address: 'payroll@contoso.com', secret: 'payroll-password' },
      ]),
      HVE_OAUTH_TENANT_ID: TENANT_ID,
      HVE_OAUTH_CLIENT_ID: CLIENT_ID,
      HVE_OAUTH_CREDENTIAL: 'secret',
      HVE_OAUTH_SECRET: 'mail-application',
      HVE_OAUTH_AUTHORITY_HOST: neighbours.entra.authorityHost,
      ...settings,
    },
    wrap,
  );
}

async function send(mailer: Mailer, to: string, more: Record<string, unknown> = {}): Promise<string> {
  const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
  await mailer.takeFromOutbox.take(id, { to, subject: to, text: 'Good day', ...more });
  return id;
}

async function untilSent(mailer: TestMailer, id: string): Promise<void> {
  await until('it to be sent', async () => {
    await mailer.sweep();
    await mailer.drain();
    mailer.letGoBy(MINUTE);
    return (await mailer.messages.message(id))?.status === 'sent';
  });
}

async function checkOf(mailer: TestMailer) {
  const { checks } = await mailer.readHealth(false);
  return checks.find(({ name }) => name === ACCOUNT);
}

/** What of the attempts counts: all of them, since none was burnt by what happened before MAIL. */
async function attemptsOf(mailer: TestMailer, id: string): Promise<number> {
  return (await mailer.messages.message(id))?.deliveries[0]?.attempts.length ?? 0;
}

describe('an account that logs in by OAuth', () => {
  it('sends, with one token for all its messages', async () => {
    const before = neighbours.entra.tokenRequests().length;
    const mailer = await makeMailer();
    const ids = [];
    for (let n = 0; n < 5; n++) ids.push(await send(mailer, `oauth${n}@contoso.com`));
    for (const id of ids) expect((await mailer.messages.message(id))?.status).toBe('sent');
    expect(await neighbours.inbox('oauth0@contoso.com')).toHaveLength(1);
    expect(neighbours.entra.tokenRequests().slice(before)).toEqual([200]);
    expect((await mailer.readHealth(true)).checks).toContainEqual({
      name: `oauth ${ACCOUNT}`,
      status: 'ok',
      cause: null,
      remedy: null,
    });
  });

  it('sends with a certificate of the application', async () => {
    const { certificate, key } = await makeCertificate();
    neighbours.entra.change({ credential: { kind: 'certificate', certificate } });
    neighbours.vault.setSecret('mail-certificate', key + certificate);
    const mailer = await makeMailer({
      HVE_OAUTH_CREDENTIAL: 'certificate',
      HVE_OAUTH_SECRET: 'mail-certificate',
    });
    const id = await send(mailer, 'certificate@contoso.com');
    expect((await mailer.messages.message(id))?.status).toBe('sent');
  });

  it("sends with the app's managed identity as the application's federated credential", async () => {
    const audienceOf = (token: string): string | null =>
      neighbours.vault.readIdentityToken(token)?.aud ?? null;
    neighbours.entra.change({ credential: { kind: 'federated', audienceOf } });
    const mailer = await makeMailer({ HVE_OAUTH_CREDENTIAL: 'managedIdentity', HVE_OAUTH_SECRET: '' });
    const id = await send(mailer, 'federated@contoso.com');
    expect((await mailer.messages.message(id))?.status).toBe('sent');
  });
});

describe('a token that is refused', () => {
  it('is replaced once, and the message goes in the same attempt', async () => {
    const mailer = await makeMailer();
    await neighbours.setFault({ reply: EXPIRED, stage: 'auth', address: ACCOUNT, count: 1 });
    const before = neighbours.entra.tokenRequests().length;
    const id = await send(mailer, 'expired@contoso.com');
    expect((await mailer.messages.message(id))?.status).toBe('sent');
    expect(await attemptsOf(mailer, id)).toBe(1);
    expect(neighbours.entra.tokenRequests().length - before).toBe(2);
    expect(await checkOf(mailer)).toBeUndefined();
  });

  it('twice pauses the account with the remedy in words, and no more tokens are asked for', async () => {
    const mailer = await makeMailer();
    await neighbours.setFault({ reply: FAILED, stage: 'auth', address: ACCOUNT });
    const before = neighbours.entra.tokenRequests().length;
    const id = await send(mailer, 'refused@contoso.com');
    const more = await send(mailer, 'behind@contoso.com');
    expect(neighbours.entra.tokenRequests().length - before).toBe(2);
    expect(await mailer.messages.message(id)).toMatchObject({
      status: 'deferred',
      waitsFor: `account:${ACCOUNT}`,
    });
    expect(await checkOf(mailer)).toMatchObject({
      status: 'degraded',
      cause: expect.stringMatching(/new access token was refused too.*5\.7\.127/),
      remedy: expect.stringMatching(/HVE_OAUTH_CLIENT_ID.*Mail\.Send.*Add-HVEAppAccess/),
    });
    expect((await mailer.readHealth(true)).checks).toContainEqual(
      expect.objectContaining({
        name: `smtp ${ACCOUNT}`,
        remedy: expect.stringContaining('Add-HVEAppAccess'),
      }),
    );
    // Another account is not concerned.
    const other = await send(mailer, 'free@contoso.com', { from: 'payroll@contoso.com' });
    expect((await mailer.messages.message(other))?.status).toBe('sent');
    await neighbours.clearFaults();
    await untilSent(mailer, id);
    await untilSent(mailer, more);
    expect(await checkOf(mailer)).toBeUndefined();
  });

  it.each([
    ['the permission is missing', { roles: [] }, /5\.7\.144/, /admin consent/],
    ['the application is not on the allowed list', { accounts: [] }, /5\.7\.240/, /Add-HVEAppAccess/],
  ])('since %s is not replaced, and is mended with the cause', async (_, change, reply, remedy) => {
    const mailer = await makeMailer();
    neighbours.entra.change(change);
    const before = neighbours.entra.tokenRequests().length;
    const id = await send(mailer, 'unwanted@contoso.com');
    expect(neighbours.entra.tokenRequests().length - before).toBe(1);
    expect(await checkOf(mailer)).toMatchObject({
      cause: expect.stringMatching(reply),
      remedy: expect.stringMatching(remedy),
    });
    neighbours.entra.change({ roles: ['Mail.Send'], accounts: [ACCOUNT] });
    await untilSent(mailer, id);
  });
});

describe('Entra ID', () => {
  it('down parks, burns no try, and the message goes on by itself', async () => {
    const mailer = await makeMailer();
    neighbours.entra.setFault({ reply: 'unavailable' });
    const id = await send(mailer, 'down@contoso.com');
    expect(await mailer.messages.message(id)).toMatchObject({
      status: 'deferred',
      waitsFor: `account:${ACCOUNT}`,
    });
    expect(await checkOf(mailer)).toMatchObject({
      cause: expect.stringContaining('AADSTS90033'),
      remedy: expect.stringContaining('tried again by itself'),
    });
    expect((await mailer.usage.today()).scopes[0]!.used).toBe(0);
    neighbours.entra.setFault(null);
    await untilSent(mailer, id);
    expect(await attemptsOf(mailer, id)).toBe(1);
  });

  it('down stops nothing as long as there is a token', async () => {
    const mailer = await makeMailer();
    await send(mailer, 'before@contoso.com');
    neighbours.entra.setFault({ reply: 'unavailable' });
    const id = await send(mailer, 'during@contoso.com');
    expect((await mailer.messages.message(id))?.status).toBe('sent');
  });

  it('down when a token is refused is what the account is paused for', async () => {
    const mailer = await makeMailer();
    await mailer.readHealth(true);
    await neighbours.setFault({ reply: EXPIRED, stage: 'auth', address: ACCOUNT, count: 1 });
    neighbours.entra.setFault({ reply: 'throttled', retryAfterSeconds: 1 });
    const id = await send(mailer, 'both@contoso.com');
    expect(await checkOf(mailer)).toMatchObject({
      cause: expect.stringMatching(/no more tokens for now.*Expired token/),
    });
    neighbours.entra.setFault(null);
    await untilSent(mailer, id);
  });

  it('not taking the secret pauses the account, until a new one is in Key Vault', async () => {
    const mailer = await makeMailer();
    neighbours.vault.setSecret('mail-application', 'not it');
    const id = await send(mailer, 'secret@contoso.com');
    expect(await checkOf(mailer)).toMatchObject({
      cause: expect.stringContaining('AADSTS7000215'),
      remedy: expect.stringContaining('"mail-application"'),
    });
    expect(await attemptsOf(mailer, id)).toBe(0);
    neighbours.vault.setSecret('mail-application', APPLICATION_SECRET);
    await untilSent(mailer, id);
  });

  it('taking another secret since a moment ago is noticed without a pause', async () => {
    const mailer = await makeMailer();
    const before = neighbours.entra.tokenRequests().length;
    await send(mailer, 'old-secret@contoso.com');
    neighbours.vault.setSecret('mail-application', 'a new one');
    neighbours.entra.change({ credential: { kind: 'secret', secret: 'a new one' } });
    await neighbours.setFault({ reply: EXPIRED, stage: 'auth', address: ACCOUNT, count: 1 });
    // A connection of its own, which logs in: the old token is refused, then the old secret.
    const { checks } = await mailer.readHealth(true);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    // 200 by the old secret; 401 with it and 200 with the new one by the login; 200 by the check past its memory.
    expect(neighbours.entra.tokenRequests().slice(before).map(String).toSorted()).toEqual([
      '200',
      '200',
      '200',
      '401',
    ]);
  });
});

it('no token and no secret is ever logged or recorded', async () => {
  const tokens: string[] = [];
  const mailer = await makeMailer({}, (ports) => ({
    ...ports,
    tokens: {
      async request(secret) {
        const read = await ports.tokens!.request(secret);
        if (read.ok) tokens.push(read.accessToken);
        return read;
      },
    },
  }));
  await send(mailer, 'quiet@contoso.com');
  await neighbours.setFault({ reply: FAILED, stage: 'auth', address: ACCOUNT });
  // The connection is logged in already: the health check logs in anew.
  const health = await mailer.readHealth(true);
  neighbours.entra.setFault({ reply: 'refused', status: 400, code: 53_003, message: 'Blocked.' });
  await mailer.readHealth(true);
  expect(tokens.length).toBeGreaterThan(1);
  const written = JSON.stringify([
    mailer.lines,
    health,
    await mailer.ports.standings.readAll(),
    await mailer.messages.list({ limit: 9 }),
  ]);
  expect(written).toContain('SMTP connection');
  for (const secret of [...tokens, APPLICATION_SECRET]) expect(written).not.toContain(secret);
});
