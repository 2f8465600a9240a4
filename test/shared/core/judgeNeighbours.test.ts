import { describe, expect, it } from 'vitest';
import { judgeServer, type SeenServer } from '../../../shared/core/judgeNeighbours.ts';
import { parseReply } from '../../../shared/core/parseReply.ts';
import type { SmtpStage } from '../../../shared/core/reply.ts';

const DAY_MS = 86_400_000;
const NEEDS = {
  accounts: [
    { address: 'hve@contoso.com', auth: 'password' },
    { address: 'payroll@contoso.com', auth: 'oauth' },
  ],
  messageBytes: 10_000_000,
} as const;
const CERTIFICATE = {
  names: ['smtp.hve.mx.microsoft'],
  issuer: 'DigiCert',
  expiresAt: Date.parse('2027-01-01T00:00:00Z'),
  lifeLeftMs: 38 * DAY_MS,
};
const WELL: SeenServer = {
  host: 'smtp.hve.mx.microsoft',
  port: 587,
  addresses: ['192.0.2.1'],
  connectMs: 12,
  certificate: CERTIFICATE,
  capabilities: ['SIZE 10000000', 'PIPELINING', 'AUTH LOGIN XOAUTH2'],
  failure: null,
};
const NOTHING: SeenServer = {
  ...WELL,
  addresses: null,
  connectMs: null,
  certificate: null,
  capabilities: [],
};

const judge = (seen: Partial<SeenServer>, needs = NEEDS as Parameters<typeof judgeServer>[1]) =>
  judgeServer({ ...WELL, ...seen }, needs);
const failure = (stage: SmtpStage, error: string, reply: string | null = null) => ({
  stage,
  error,
  reply: reply === null ? null : parseReply(reply),
  givenUp: false,
});

describe('what a look at the SMTP server means', () => {
  it('names every step that went well, with what was seen', () => {
    expect(judge({}).map(({ name, status, detail }) => [name, status, detail])).toEqual([
      ['smtp dns', 'ok', '192.0.2.1'],
      ['smtp port', 'ok', 'smtp.hve.mx.microsoft:587 answers, connected in 12 ms'],
      ['smtp starttls', 'ok', undefined],
      ['smtp certificate', 'ok', 'smtp.hve.mx.microsoft, from DigiCert, until 2027-01-01'],
      ['smtp capabilities', 'ok', 'SIZE 10000000, PIPELINING, AUTH LOGIN XOAUTH2'],
    ]);
  });

  it.each([
    ['dns', NOTHING, 'getaddrinfo ENOTFOUND', ['smtp dns'], 'nslookup'],
    [
      'connect',
      { ...NOTHING, addresses: ['192.0.2.1'] },
      'no connection within 10 s',
      ['smtp dns', 'smtp port'],
      'Test-NetConnection',
    ],
    [
      'tls',
      { ...WELL, certificate: null, capabilities: [] },
      'the server does not offer STARTTLS',
      ['smtp dns', 'smtp port', 'smtp starttls'],
      'openssl',
    ],
    [
      'tls',
      WELL,
      'the certificate has expired (CERT_HAS_EXPIRED)',
      ['smtp dns', 'smtp port', 'smtp starttls', 'smtp certificate'],
      'openssl',
    ],
    [
      'ehlo',
      WELL,
      '501 5.5.4 Invalid domain name',
      ['smtp dns', 'smtp port', 'smtp starttls', 'smtp capabilities'],
      'openssl',
    ],
  ] as const)(
    'ends at %s, with cause, remedy and the command to see it',
    (stage, seen, error, names, command) => {
      const said = stage === 'ehlo' ? error : null;
      const checks = judge({ ...seen, failure: failure(stage, error, said) });
      expect(checks.map(({ name }) => name)).toEqual(names);
      const last = checks.at(-1)!;
      expect(last.status).toBe('failing');
      expect(last.command).toContain(command);
      expect(last.remedy).toMatch(/HVE_SMTP_HOST|EHLO name/);
      expect(checks.slice(0, -1).every(({ status }) => status === 'ok')).toBe(true);
    },
  );

  it('says that TCP port 587 must be let out where it cannot be reached', () => {
    const [, port] = judge({ ...NOTHING, addresses: ['192.0.2.1'], failure: failure('connect', 'timeout') });
    expect(port?.remedy).toContain('587');
  });

  it('warns of a certificate that ends within a week', () => {
    const soon = judge({ certificate: { ...CERTIFICATE, lifeLeftMs: 6 * DAY_MS } });
    expect(soon.find(({ name }) => name === 'smtp certificate')).toMatchObject({
      status: 'degraded',
      cause: expect.stringContaining('6 days'),
    });
  });

  it('is failing without the login that every account needs, degraded where others still go', () => {
    const only = (auth: string) => judge({ capabilities: ['SIZE 10000000', `AUTH ${auth}`] }).at(-1);
    expect(only('XOAUTH2')).toMatchObject({
      status: 'degraded',
      cause: expect.stringMatching(/AUTH LOGIN .*XOAUTH2.* hve@contoso\.com needs/),
      remedy: expect.stringContaining('oauth'),
    });
    expect(only('PLAIN')).toMatchObject({ status: 'failing', cause: expect.stringContaining('payroll') });
    expect(judge({ capabilities: [] }).at(-1)).toMatchObject({ cause: expect.stringContaining('no login') });
  });

  it('warns where the server takes less than the limit here', () => {
    const at = (size: string, messageBytes: number | null) =>
      judge({ capabilities: [size, 'AUTH LOGIN XOAUTH2'] }, { ...NEEDS, messageBytes }).at(-1);
    expect(at('SIZE 5000000', 10_000_000)).toMatchObject({
      status: 'degraded',
      remedy: 'set HVE_LIMIT_MESSAGE_BYTES to 5000000',
    });
    expect(at('SIZE 5000000', null)).toMatchObject({ status: 'degraded' });
    expect(at('SIZE 157286400', 10_000_000)).toMatchObject({ status: 'ok' });
    // RFC 1870: no number means that it does not say.
    expect(at('SIZE', 10_000_000)).toMatchObject({ status: 'ok' });
  });
});
