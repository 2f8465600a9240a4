import { describe, expect, it } from 'vitest';
import { describeTokenTrouble } from '../../../shared/core/oauthRules.ts';
import type { TokenTrouble } from '../../../shared/core/oauthRules.ts';

const PLACE = {
  host: 'https://login.microsoftonline.com',
  tenantId: 'TENANT',
  clientId: 'CLIENT',
  secret: 'mail-application',
};
const entra = (status: number, code: number | null, retryAfterMs: number | null = null): TokenTrouble => ({
  from: 'entra',
  status,
  codes: code === null ? [] : [code],
  said: code === null ? '' : `AADSTS${code}: so it is.`,
  retryAfterMs,
});

describe('describeTokenTrouble', () => {
  it.each<[TokenTrouble, string, RegExp, RegExp]>([
    [
      entra(401, 7_000_215),
      'secretRefused',
      /does not take the secret "mail-application"/,
      /value \(not the id\)/,
    ],
    [entra(401, 7_000_222), 'secretRefused', /expired/, /new client secret/],
    [entra(401, 700_027), 'secretRefused', /certificate/, /Upload/],
    [entra(401, 700_024), 'unavailable', /expired or not yet valid/, /clock/],
    [entra(401, 700_213), 'refused', /no federated credential/, /api:\/\/AzureADTokenExchange/],
    [entra(400, 700_016), 'refused', /does not know the application CLIENT/, /HVE_OAUTH_CLIENT_ID/],
    [entra(400, 7_000_112), 'refused', /disabled/, /Enable/],
    [entra(400, 90_002), 'refused', /tenant TENANT/, /HVE_OAUTH_TENANT_ID/],
    [entra(400, 53_003), 'refused', /Conditional Access/, /Exclude/],
    [entra(400, 500_011), 'refused', /Exchange Online/, /Mail\.Send.*admin consent/],
    [entra(429, null, 7000), 'throttled', /no more tokens/, /tried again by itself/],
    [entra(503, 90_033), 'unavailable', /failure of its own/, /service health/],
    [entra(502, null), 'unavailable', /HTTP 502/, /tried again by itself/],
    [entra(400, 900_144), 'refused', /AADSTS900144/, /login\.microsoftonline\.com\/error/],
    [
      { from: 'identity', status: 400, said: 'no such' },
      'refused',
      /no such managed identity/,
      /HVE_STORAGE__clientId/,
    ],
    [{ from: 'identity', status: null, said: 'no answer' }, 'unavailable', /gave no token/, /restart/],
    [{ from: 'identity', status: 429, said: 'slow' }, 'unavailable', /gave no token/, /restart/],
    [{ from: 'certificate', said: 'it is no PEM' }, 'secretRefused', /it is no PEM/, /x-pem-file/],
    [{ from: 'shortLived', lifeMs: 300_900 }, 'refused', /live for 300 s.*less than 600 s/, /lifetime/],
    [{ from: 'timeout', timeoutMs: 15_000 }, 'unavailable', /login\.microsoftonline\.com.*15 s/, /443/],
    [{ from: 'network', said: 'ENOTFOUND' }, 'unavailable', /ENOTFOUND/, /443/],
    // A body that is no token under a status that is none of a failure.
    [entra(200, null), 'unavailable', /login\.microsoftonline\.com/, /443/],
  ])('%j is %s', (trouble, kind, cause, remedy) => {
    const failure = describeTokenTrouble(trouble, PLACE);
    expect(failure.kind).toBe(kind);
    expect(failure.cause).toMatch(cause);
    expect(failure.remedy).toMatch(remedy);
    expect(failure.cause + failure.remedy).not.toMatch(/[{}]|undefined/);
    expect(failure.retryAfterMs).toBe(trouble.from === 'entra' ? trouble.retryAfterMs : null);
  });

  it('names the error in short, in the place of a reply', () => {
    expect(describeTokenTrouble(entra(401, 7_000_215), PLACE).said).toBe('Entra ID: AADSTS7000215');
    expect(describeTokenTrouble(entra(502, null), PLACE).said).toBe('Entra ID: HTTP 502');
  });
});
