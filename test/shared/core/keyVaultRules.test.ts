import { describe, expect, it } from 'vitest';
import { describeKeyVaultTrouble } from '../../../shared/core/keyVaultRules.ts';
import type { KeyVaultTrouble } from '../../../shared/core/keyVaultRules.ts';

const PLACE = { uri: 'https://contoso.vault.azure.net', name: 'hve-password' };

function vault(status: number, code: string, retryAfterMs: number | null = null): KeyVaultTrouble {
  return { from: 'vault', status, code, said: 'what it said', retryAfterMs };
}

describe('describeKeyVaultTrouble', () => {
  it.each<[string, KeyVaultTrouble, string, RegExp]>([
    [
      'a disabled secret',
      vault(403, 'SecretDisabled'),
      'disabled',
      /^Enable it, or set a new value for the secret "hve-password"/,
    ],
    [
      'a firewall',
      vault(403, 'ForbiddenByFirewall'),
      'forbidden',
      /firewall of Key Vault https:\/\/contoso\.vault/,
    ],
    ['a public access that is off', vault(403, 'ForbiddenByConnection'), 'forbidden', /private endpoint/],
    [
      'a missing role',
      vault(403, 'ForbiddenByRbac'),
      'forbidden',
      /"Key Vault Secrets User" on Key Vault https:\/\/contoso/,
    ],
    ['a refused token', vault(401, 'Unauthorized'), 'forbidden', /Key Vault Secrets User/],
    ['a missing secret', vault(404, 'SecretNotFound'), 'missing', /^Create the secret "hve-password"/],
    ['an empty secret', { from: 'emptyValue' }, 'missing', /^Set the account's password/],
    ['throttling', vault(429, 'Throttled', 7000), 'throttled', /tried again by itself/],
    ['a failing vault', vault(503, 'ServiceUnavailable'), 'unavailable', /health/],
    ['a failing vault without a body', vault(502, ''), 'unavailable', /health/],
    ['a bad name', vault(400, 'BadParameter'), 'unavailable', /letters, digits and hyphens/],
    ['an unknown identity', { from: 'identity', status: 400, said: '' }, 'forbidden', /client id/],
    ['a throttled endpoint', { from: 'identity', status: 429, said: '' }, 'unavailable', /tried again/],
    ['a failing endpoint', { from: 'identity', status: 500, said: '' }, 'unavailable', /restart the app/],
    [
      'no endpoint',
      { from: 'identity', status: null, said: '' },
      'unavailable',
      /managed identity is assigned/,
    ],
    [
      'a timeout',
      { from: 'timeout', timeoutMs: 10_000 },
      'unavailable',
      /firewall, private endpoint and DNS/,
    ],
    ['no network', { from: 'network', said: 'ENOTFOUND' }, 'unavailable', /HVE_KEY_VAULT_URI/],
  ])('knows %s', (_, trouble, kind, remedy) => {
    const failure = describeKeyVaultTrouble(trouble, PLACE);
    expect(failure.kind).toBe(kind);
    expect(failure.remedy).toMatch(remedy);
    expect(failure.cause).toContain('the secret "hve-password"');
    expect(failure.cause).toContain(PLACE.uri);
    expect(failure.cause + failure.remedy).not.toMatch(/[{}]|undefined|null/);
  });

  it('takes over when a throttled vault may be asked again', () => {
    expect(describeKeyVaultTrouble(vault(429, 'Throttled', 7000), PLACE).retryAfterMs).toBe(7000);
    expect(describeKeyVaultTrouble({ from: 'emptyValue' }, PLACE).retryAfterMs).toBeNull();
  });

  it('repeats what was said, with status and code', () => {
    const { cause } = describeKeyVaultTrouble(vault(503, 'ServiceUnavailable'), PLACE);
    expect(cause).toContain('HTTP 503 ServiceUnavailable what it said');
    expect(describeKeyVaultTrouble({ from: 'timeout', timeoutMs: 1500 }, PLACE).cause).toContain(
      'within 1.5 s',
    );
  });

  it('fills in what was said as it stands, braces and all', () => {
    const trouble: KeyVaultTrouble = { from: 'network', said: '{secret} $& {vault}' };
    expect(describeKeyVaultTrouble(trouble, PLACE).cause).toContain('{secret} $& {vault}');
  });
});
