import { describe, expect, it } from 'vitest';
import { readSettings } from '../../shared/config.ts';

describe('readSettings', () => {
  it("reads the process's environment by default", () => {
    process.env['HVE_NO_SUCH_SETTING'] = 'a';
    try {
      const result = readSettings();
      const names = result.ok ? [] : result.problems.map((problem) => problem.setting);
      expect(names).toContain('HVE_NO_SUCH_SETTING');
    } finally {
      delete process.env['HVE_NO_SUCH_SETTING'];
    }
  });

  it('reads what it is given instead', () => {
    const env = {
      HVE_INTERNAL_DOMAINS: 'contoso.com',
      HVE_ACCOUNTS: '[{"address":"hve@contoso.com","secret":"a"}]',
      HVE_KEY_VAULT_URI: 'https://a.vault.azure.net',
      HVE_STORAGE: 'UseDevelopmentStorage=true',
    };
    expect(readSettings(env)).toMatchObject({ ok: true, settings: { internalDomains: ['contoso.com'] } });
  });

  it('says what is missing in an empty environment', () => {
    const result = readSettings({});
    const names = result.ok ? [] : result.problems.map((problem) => problem.setting);
    expect(names).toEqual(['HVE_INTERNAL_DOMAINS', 'HVE_ACCOUNTS', 'HVE_KEY_VAULT_URI', 'HVE_STORAGE']);
  });
});
