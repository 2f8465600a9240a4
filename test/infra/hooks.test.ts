import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ENTRA_ROLES } from '../../shared/core/api/callerRoles.ts';
import { isToolMissing } from '../tools.ts';
import { infraFolder } from './bicep.ts';
import { HOOK_DEADLINE_MS, isTerminalMissing, runHook } from './hookRun.ts';
import type { HookName, HookOptions, HookResult, Shell } from './hookRun.ts';

// A test runs one or two.
vi.setConfig({ testTimeout: 2 * HOOK_DEADLINE_MS });

const PROVISIONED = {
  AZURE_KEY_VAULT_NAME: 'kv-hve-abc',
  AZURE_KEY_VAULT_ENDPOINT: 'https://kv-hve-abc.vault.azure.net/',
  MAILER_LOGINS: 'hve-contoso-com=hve@contoso.com',
} as const;

const callsOf = ({ calls }: HookResult, program: string): readonly (readonly string[])[] =>
  calls.filter((call) => call.program === program).map(({ args }) => args);

it('comes for both kinds of shell', () => {
  const names = readdirSync(join(infraFolder, 'hooks')).toSorted();
  expect(names).toEqual(
    ['postdeploy', 'postprovision', 'preprovision'].flatMap((name) => [`${name}.ps1`, `${name}.sh`]),
  );
});

describe.each<Shell>(['sh', 'ps1'])('a hook in %s', (shell) => {
  const isMissing = (shell === 'ps1' && isToolMissing('pwsh')) || process.platform === 'win32';
  const isTerminalless = isMissing || isTerminalMissing;

  describe.skipIf(isMissing)('where nobody can be asked', () => {
    const hook = (name: HookName, options: HookOptions = {}) => runHook(shell, name, options);

    it('takes what is set', async () => {
      const env = { HVE_ACCOUNTS: '[{"address":"a@b.c","secret":"s"}]', HVE_INTERNAL_DOMAINS: 'b.c' };
      expect(await hook('preprovision', { env })).toMatchObject({ status: 0, said: '', calls: [] });
    });

    it('stops before anything is made, and says what to set', async () => {
      const result = await hook('preprovision', { env: { HVE_ACCOUNTS: '[]' } });
      expect(result).toMatchObject({ status: 1, calls: [] });
      expect(result.said).toContain('Not set: HVE_ACCOUNTS (the sender accounts) and HVE_INTERNAL_DOMAINS');
      expect(result.said).toContain('azd env set HVE_INTERNAL_DOMAINS contoso.com');
    });

    it('asks for no password, stops nothing, and says how to go on', async () => {
      const result = await hook('postprovision', { env: PROVISIONED });
      expect(result).toMatchObject({ status: 0, calls: [] });
      expect(result.said).toContain('Nobody can be asked for a password here');
      expect(result.said).toContain('azd hooks run postprovision');
    });

    it('has nothing to ask where all accounts use OAuth', async () => {
      const env = { ...PROVISIONED, MAILER_LOGINS: '' };
      expect(await hook('postprovision', { env })).toMatchObject({ status: 0, said: '', calls: [] });
    });

    it('says how to send the first mail, with the names of this deployment', async () => {
      const env = {
        AZURE_RESOURCE_GROUP: 'rg-hve-prod',
        AZURE_FUNCTION_APP_NAME: 'func-hve-abc',
        MAILER_API_URI: 'https://func-hve-abc.azurewebsites.net/api',
      };
      const { status, said } = await hook('postdeploy', { env });
      expect(status).toBe(0);
      expect(said).toContain('az functionapp keys list --resource-group rg-hve-prod --name func-hve-abc');
      expect(said).toContain('https://func-hve-abc.azurewebsites.net/api/messages');
      expect(said).toContain(`$key`);
      expect(said).not.toContain('get-access-token');
      const guarded = await hook('postdeploy', { env: { ...env, MAILER_API_CLIENT_ID: '7777' } });
      expect(guarded.said).toContain('az account get-access-token --resource api://7777');
      expect(guarded.said).toContain('Bearer $token');
      // A role counts there, and no key.
      expect(guarded.said).toContain(ENTRA_ROLES.operator);
      expect(guarded.said).not.toMatch(/\bkeys?\b/);
    });

    it.each<HookName>(['postprovision', 'postdeploy'])(
      'names what %s lacks before provisioning',
      async (name) => {
        const { status, said } = await hook(name);
        expect([status === 0, said]).toEqual([false, expect.stringContaining('run azd provision first')]);
      },
    );
  });

  describe.skipIf(isTerminalless)('at a terminal, before provisioning', () => {
    it('asks until it gets an address and domains, and keeps them in azd’s environment', async () => {
      const result = await runHook(shell, 'preprovision', {
        replies: [
          { to: 'Its address', type: 'hve\n' },
          { to: 'Its address', type: ' HVE.Mail@mail.contoso.com \n' },
          { to: '[mail.contoso.com]', type: 'contoso\n' },
          { to: 'Internal domains', type: 'contoso.com, *.contoso.com\n' },
        ],
      });
      expect(result.status).toBe(0);
      expect(callsOf(result, 'azd')).toEqual([
        [
          'env',
          'set',
          'HVE_ACCOUNTS',
          '[{"address":"HVE.Mail@mail.contoso.com","secret":"hve-mail-mail-contoso-com"}]',
        ],
        ['env', 'set', 'HVE_INTERNAL_DOMAINS', 'contoso.com,*.contoso.com'],
      ]);
    });

    it('offers the domain of the account', async () => {
      const result = await runHook(shell, 'preprovision', {
        replies: [
          { to: 'Its address', type: 'hve@contoso.com\n' },
          { to: '[contoso.com]', type: '\n' },
        ],
      });
      expect(callsOf(result, 'azd')[1]).toEqual(['env', 'set', 'HVE_INTERNAL_DOMAINS', 'contoso.com']);
    });

    it('asks only for what is missing', async () => {
      const result = await runHook(shell, 'preprovision', {
        env: { HVE_ACCOUNTS: '[{"address":"a@b.c","secret":"s"}]' },
        replies: [{ to: 'Internal domains', type: 'b.c\n' }],
      });
      expect(callsOf(result, 'azd')).toEqual([['env', 'set', 'HVE_INTERNAL_DOMAINS', 'b.c']]);
    });
  });
});
