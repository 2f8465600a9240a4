import { beforeAll, describe, expect, it } from 'vitest';
import { isToolMissing } from '../tools.ts';
import { firstUseTimeoutMs, runCases } from './pwsh.ts';
import type { Case, CasesRun } from './pwsh.ts';
import { makeAccount, makeSecret, makeTenant, secretsOf } from './tenant.ts';

const hve = makeAccount('hve@contoso.com');
const vault = { 'hve-contoso-com': makeSecret(hve) };

/** Every way that a password goes, well and badly. */
function makeCases(loud: 'captured' | 'shown'): Readonly<Record<string, Case>> {
  const create = {
    script: 'New-HveAccounts.ps1',
    parameters: { Path: 'accounts.csv', VaultName: 'kv-mail' },
    loud,
  };
  const parameters = { Account: ['hve@contoso.com'], VaultName: 'kv-mail', Confirm: false };
  const rotate = { script: 'Rotate-HvePassword.ps1', parameters, loud };
  const whatIf = { ...rotate, parameters: { ...parameters, WhatIf: true } };
  const failing = (cmdlet: string, status: number) => ({
    failures: { [cmdlet]: { message: `${cmdlet} failed`, status, times: 2 } },
  });

  return {
    'all goes well': { tenant: makeTenant(), steps: [create, create, rotate, whatIf] },
    'the vault refuses': {
      tenant: makeTenant(failing('Set-AzKeyVaultSecret', 403)),
      steps: [create, rotate],
    },
    'Exchange refuses': { tenant: makeTenant(failing('New-MailUser', 400)), steps: [create, create] },
    'Entra ID refuses': {
      tenant: makeTenant({ accounts: [hve], vault, ...failing('Invoke-MgGraphRequest', 403) }),
      steps: [rotate, rotate],
    },
    'Entra ID does not answer': {
      tenant: makeTenant({ accounts: [hve], vault, ...failing('Invoke-MgGraphRequest', 503) }),
      steps: [rotate, rotate],
    },
    'the mark cannot be taken off': {
      tenant: makeTenant({ accounts: [hve], vault, ...failing('Update-AzKeyVaultSecret', 503) }),
      steps: [rotate],
    },
  };
}

describe.skipIf(isToolMissing('pwsh'))('passwords', () => {
  let run: CasesRun<string>;
  beforeAll(() => {
    const captured = Object.entries(makeCases('captured')).map(([name, one]) => [`captured: ${name}`, one]);
    const shown = Object.entries(makeCases('shown')).map(([name, one]) => [`shown: ${name}`, one]);
    const cases = Object.fromEntries([...captured, ...shown]) as Readonly<Record<string, Case>>;
    run = runCases(cases, { 'accounts.csv': 'Address,ReplyTo\nhve@contoso.com,help@contoso.com\n' });
  }, firstUseTimeoutMs);

  /** All that is seen, or kept where somebody may look: streams, output, errors with their depths, terminal, transcripts. */
  function seen(): string {
    const kept = run.all.map(({ output, streams, failure, errors }) => [output, streams, failure, errors]);
    return JSON.stringify(kept) + run.seen;
  }

  it('are in no stream, no error, no transcript and not on the terminal, even with -Verbose -Debug', () => {
    const secrets = secretsOf(run.all);
    expect(secrets.length).toBeGreaterThan(8);
    const text = seen();
    // As they are, and as Base64 or UTF-16 would write them.
    const forms = (secret: string) => [
      secret,
      Buffer.from(secret).toString('base64'),
      secret.split('').join('\\u0000'),
    ];
    expect(secrets.filter((secret) => forms(secret).some((form) => text.includes(form)))).toEqual([]);
  });

  it('would be seen there: the stand-ins print their requests as the real ones do, and the runs went all ways', () => {
    const streams = run.all.flatMap((result) => result.streams);
    expect(
      streams.some(({ stream, text }) => stream === 'debug' && text.includes('HTTP REQUEST Get-MailUser')),
    ).toBe(true);
    expect(
      streams.some(({ stream, text }) => stream === 'verbose' && text.includes('Set-HVEAccountSettings')),
    ).toBe(true);
    expect(run.seen).toContain('PowerShell transcript start');
    const [terminal = '', ...transcripts] = run.seen.split('PowerShell transcript start');
    expect(terminal).toContain('VERBOSE: Set-HVEAccountSettings');
    expect(transcripts.join('\n')).toContain('DEBUG: HTTP REQUEST Get-MailUser');
    const failures = run.all.map(({ failure }) => failure?.id).filter((id) => id !== undefined);
    expect(new Set(failures)).toEqual(
      new Set([
        'Hve.RowsFailed',
        'Hve.NoHveAccount',
        'Hve.PasswordRefused',
        'Hve.OutcomeUnknown',
        'Hve.Vault',
      ]),
    );
  });

  it(
    'are seen where a cmdlet is not silenced, so that this test proves something',
    { timeout: firstUseTimeoutMs },
    () => {
      const script = '../test/scripts/leak.ps1';
      const control = runCases({
        leak: {
          tenant: makeTenant(),
          steps: [
            { script, loud: 'captured' },
            { script, loud: 'shown' },
          ],
        },
      });
      const { streams, tenant } = control.step('leak');
      const secret = tenant.vault['leak']?.[0]?.value ?? 'none';
      expect(secret).toBe('a-password-that-leaks');
      expect(streams.filter(({ text }) => text.includes(secret)).map(({ stream }) => stream)).toEqual([
        'debug',
        'verbose',
      ]);
      expect(control.step('leak', 1).errors.join('\n')).toContain(secret);
      expect(control.seen.split(secret).length).toBeGreaterThan(2);
    },
  );
});
