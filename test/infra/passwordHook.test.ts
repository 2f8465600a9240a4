/** The hook that puts the passwords into the Key Vault, at a terminal: `az` is a stand-in, the vault that of the local stack. */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureCertificates } from '../../local/certificates.ts';
import { startKeyVault } from '../../local/keyVault/startKeyVault.ts';
import type { KeyVault } from '../../local/keyVault/startKeyVault.ts';
import { isToolMissing } from '../tools.ts';
import { HOOK_DEADLINE_MS, isTerminalMissing, runHook } from './hookRun.ts';
import type { HookOptions, HookResult, Shell } from './hookRun.ts';

// A test runs one or two.
vi.setConfig({ testTimeout: 2 * HOOK_DEADLINE_MS });

/** With everything that a shell, JSON or a command line might stumble over. */
const PASSWORD = `-n p%s "q' $HOME \\n @=;`;
const LIST = `case "$*" in *'secret list'*) echo other-secret ;; *get-access-token*) echo "$TOKEN" ;; esac`;

describe.each<Shell>(['sh', 'ps1'])('the hook after provisioning in %s', (shell) => {
  const isMissing = (shell === 'ps1' && isToolMissing('pwsh')) || isTerminalMissing;
  describe.skipIf(isMissing)('at a terminal', () => {
    let folder = '';
    let vault: KeyVault | null = null;
    let ca = '';
    let env: Readonly<Record<string, string>> = {};

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'hook-vault-'));
      const tls = await ensureCertificates(folder);
      vault = await startKeyVault({ tls, secrets: {}, identityClientId: null });
      ca = tls.ca;
      env = {
        AZURE_KEY_VAULT_NAME: 'kv-hve-abc',
        AZURE_KEY_VAULT_ENDPOINT: `${vault.uri}/`,
        MAILER_LOGINS: 'hve-contoso-com=hve@contoso.com',
        TOKEN: await tokenOf(vault),
        SSL_CERT_FILE: tls.caFile,
      };
    });
    afterAll(async () => {
      await vault?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const run = (options: HookOptions): Promise<HookResult> =>
      runHook(shell, 'postprovision', { az: LIST, ...options, env: { ...env, ...options.env } });

    /** What came into the vault: by az's standard input, or by a request. */
    async function written({ calls }: HookResult, name: string): Promise<string | null> {
      if (shell === 'ps1')
        return readSecret(`${env['AZURE_KEY_VAULT_ENDPOINT']}secrets/${name}`, env['TOKEN'] ?? '', ca);
      return calls.find(({ args }) => args.includes('set') && args.includes(name))?.input ?? null;
    }

    it('hands a password over whole, and shows it nowhere', async () => {
      const result = await run({ replies: [{ to: 'later', type: `${PASSWORD}\n` }] });
      expect(result.said).toContain('is in the Key Vault kv-hve-abc as the secret hve-contoso-com');
      expect(result.status).toBe(0);
      expect(await written(result, 'hve-contoso-com')).toBe(PASSWORD);
      const elsewhere = JSON.stringify([result.said, result.calls.map(({ args, env }) => [args, env])]);
      for (const part of [PASSWORD, JSON.stringify(PASSWORD).slice(1, -1), 'p%s']) {
        expect(elsewhere).not.toContain(part);
      }
      // Negative control: the list of calls is no empty one.
      expect(elsewhere).toContain('kv-hve-abc');
      expect(result.calls.some(({ args }) => args.includes('show') && args.includes('secret'))).toBe(false);
    });

    it('leaves alone what is there, unless asked, and what nobody typed a password for', async () => {
      const logins = { MAILER_LOGINS: 'other-secret=other@contoso.com,third-secret=third@contoso.com' };
      const first = await run({
        env: logins,
        replies: [{ to: 'Password of third@contoso.com', type: '\n' }],
      });
      expect(first.said).toContain('The password of other@contoso.com is in the Key Vault already');
      expect(first.said).toContain('Still without a password: third@contoso.com.');
      expect([first.status, await written(first, 'third-secret')]).toEqual([0, null]);
      const second = await run({
        env: { ...logins, HVE_ASK_PASSWORDS: 'true' },
        replies: [
          { to: 'Password of other@contoso.com', type: 'new\n' },
          { to: 'Password of third@contoso.com', type: '\n' },
        ],
      });
      expect(await written(second, 'other-secret')).toBe('new');
    });

    it('waits until a right that was just given is in force', async () => {
      const az = `case "$*" in
        *'secret list'*) [ "$calls" -gt 2 ] || { echo '(Forbidden) Caller is not authorized. ForbiddenByRbac' >&2; exit 1; } ;;
      esac\n${LIST}`;
      const result = await run({ az, replies: [{ to: 'Password of', type: '\n' }] });
      expect(result.said).toContain('Waiting for your right on the Key Vault kv-hve-abc');
      expect(result.status).toBe(0);
    });

    it.each([
      ['ForbiddenByConnection: Public network access is disabled', 'from a machine in that network'],
      ['The vault was not found', 'The vault was not found'],
    ])('says where to do it from, or what is wrong: %s', async (error, said) => {
      const az = `case "$*" in *'secret list'*) echo '${error}' >&2; exit 1 ;; esac`;
      const result = await run({ az, replies: [] });
      expect(result.said).toContain(said);
      expect(result.said).toContain('azd hooks run postprovision');
      expect(result.status).toBe(0);
    });

    it('says that the Azure CLI is not logged in, or is not there', async () => {
      const az = `case "$*" in 'account show'*) exit 1 ;; esac`;
      const loggedOut = await run({ az, replies: [], env: { AZURE_TENANT_ID: 'contoso.com' } });
      expect(loggedOut.said).toContain('az login --tenant contoso.com');
      const missing = await run({ withoutAz: true, replies: [] });
      expect(missing.said).toContain('not installed');
      expect([loggedOut.status, missing.status]).toEqual([0, 0]);
    });

    it('says which account is left without a password when it cannot be written', async () => {
      const az = `${LIST}\ncase "$*" in *'secret set'*) echo 'no right to do that' >&2; exit 1 ;; esac`;
      const result = await run({
        az,
        env: { TOKEN: 'wrong' },
        replies: [{ to: 'later', type: `${PASSWORD}\n` }],
      });
      expect(result.said).toContain('Still without a password: hve@contoso.com.');
      expect(result.said).not.toContain('p%s');
      expect(result.status).toBe(0);
    });
  });
});

async function readSecret(url: string, token: string, ca: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get(`${url}?api-version=7.4`, { ca, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve((JSON.parse(text) as { value?: string }).value ?? null));
    }).on('error', reject);
  });
}

async function tokenOf({ environment }: KeyVault): Promise<string> {
  const query = 'resource=https%3A%2F%2Fvault.azure.net&api-version=2019-08-01';
  const response = await fetch(`${environment['IDENTITY_ENDPOINT']}?${query}`, {
    headers: { 'X-IDENTITY-HEADER': environment['IDENTITY_HEADER'] ?? '' },
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
