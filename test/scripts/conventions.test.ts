import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROFILES, PROFILE_NAMES } from '../../shared/core/limits.ts';
import { isToolMissing } from '../tools.ts';
import { firstUseTimeoutMs, runPwsh, scriptNames, scriptsFolder } from './pwsh.ts';

type Inspection = {
  readonly files: readonly {
    readonly name: string;
    readonly errors: readonly string[];
    readonly text: string;
    readonly parameters: readonly { readonly name: string; readonly type: string }[];
    readonly calls: readonly { readonly cmdlet: string; readonly words: readonly string[] }[];
    readonly help: readonly {
      readonly name: string;
      readonly synopsis: string;
      readonly description: string;
      readonly undescribed: readonly string[];
      readonly hasWhatIf: boolean;
      readonly examples: readonly string[];
      readonly notes: string;
    }[];
  }[];
  readonly limits: Readonly<Record<string, number>>;
  readonly secretName: string;
};

/** They are given a password, or return one. */
const confidentialCmdlets = new Set([
  'New-MailUser',
  'Get-AzKeyVaultSecret',
  'Set-AzKeyVaultSecret',
  'Update-AzKeyVaultSecret',
  'Invoke-MgGraphRequest',
]);

describe.skipIf(isToolMissing('pwsh'))("the tenant's scripts", () => {
  let inspection: Inspection;
  beforeAll(() => {
    const inspect = join(import.meta.dirname, 'inspect.ps1');
    const run = runPwsh(['-NoProfile', '-NonInteractive', '-File', inspect, '-Folder', scriptsFolder]);
    if (run.status !== 0) throw new Error(run.said);
    inspection = JSON.parse(run.output) as Inspection;
  }, firstUseTimeoutMs);

  const scripts = () => inspection.files.filter(({ name }) => name.endsWith('.ps1'));
  const calls = () =>
    inspection.files.flatMap((file) => file.calls.map((call) => ({ ...call, file: file.name })));

  it('are the five that the docs name, each parsed without an error, as are their modules', () => {
    expect(scriptNames.toSorted()).toEqual([
      'Grant-HveOAuth.ps1',
      'New-HveAccounts.ps1',
      'Rotate-HvePassword.ps1',
      'Set-HveAuthPolicy.ps1',
      'Test-HveTenant.ps1',
    ]);
    expect(inspection.files.filter(({ errors }) => errors.length > 0)).toEqual([]);
    expect(inspection.files.length).toBeGreaterThan(scriptNames.length);
  });

  it.each([
    ['ask for PowerShell 7.2', /^#Requires -Version 7\.2\n/],
    ['are strict', /^Set-StrictMode -Version 3\.0$/m],
    ['stop at an error', /^\$ErrorActionPreference = 'Stop'$/m],
  ])('%s', (_promise, pattern) => {
    const others = inspection.files.filter(({ text }) => !pattern.test(text));
    expect(others.map(({ name }) => name)).toEqual([]);
  });

  it('explain themselves: synopsis, description, every parameter, examples, modules and roles, -WhatIf', () => {
    for (const { help } of scripts()) {
      const [own] = help;
      expect(own).toMatchObject({ undescribed: [], hasWhatIf: true });
      expect(own?.synopsis).toMatch(/^[A-Z].*\.$/s);
      expect(own?.description.length).toBeGreaterThan(200);
      expect(own?.examples.length).toBeGreaterThan(1);
      expect(own?.examples.filter((code) => !code.startsWith(`./${own.name} `))).toEqual([]);
      expect(own?.notes).toMatch(/Modules?: .*Sign in\s+first:\s/s);
    }
    const undocumented = inspection.files.flatMap(({ help }) =>
      help.filter(({ synopsis }) => synopsis === ''),
    );
    expect(undocumented).toEqual([]);
  });

  it('take no password as a text, and hold the plain text in one expression only', () => {
    const parameters = inspection.files.flatMap((file) =>
      file.parameters.map((parameter) => ({ ...parameter, file: file.name })),
    );
    const passwords = parameters.filter(({ name }) => /passw|pwd|^value$|credential$/i.test(name));
    expect(passwords.length).toBeGreaterThan(0);
    expect(passwords.filter(({ type }) => type !== 'SecureString')).toEqual([]);
    const texts = inspection.files.map(({ text }) => text).join('\n');
    expect(texts.match(/NetworkCredential/g)).toHaveLength(1);
    expect(texts).not.toMatch(/\$\w+\s*=[^\n]*NetworkCredential/);
    expect(texts).not.toMatch(/AsPlainText|ConvertFrom-SecureString|PtrToString/);
  });

  it("say -ErrorAction at every cloud cmdlet, which does not see the script's own preference", () => {
    expect(calls().length).toBeGreaterThan(30);
    expect(calls().filter(({ words }) => !words.includes('-ErrorAction'))).toEqual([]);
  });

  it('silence every cmdlet that is given a password or returns one', () => {
    const confidential = calls().filter(({ cmdlet }) => confidentialCmdlets.has(cmdlet));
    expect(new Set(confidential.map(({ cmdlet }) => cmdlet))).toEqual(confidentialCmdlets);
    const loud = confidential.filter(
      ({ words }) => !words.includes('-Verbose:$false') || !words.includes('-Debug:$false'),
    );
    expect(loud).toEqual([]);
  });

  it('know the profiles of the app, with its limits of accounts, and name secrets as its docs do', () => {
    const limits = PROFILE_NAMES.map((name) => [name, PROFILES[name].accounts]);
    expect(inspection.limits).toEqual(Object.fromEntries(limits));
    expect(inspection.secretName).toBe('hve-payroll-contoso-com');
  });

  it('end with exit code 1 and say what to install where nothing is', { timeout: firstUseTimeoutMs }, () => {
    const run = runPwsh([
      '-NoProfile',
      '-NonInteractive',
      '-File',
      join(scriptsFolder, 'Test-HveTenant.ps1'),
      '-Json',
    ]);
    expect(run.status).toBe(1);
    expect(run.output).toBe('');
    expect(run.said.replaceAll(/[\s|]+/g, ' ')).toContain(
      'Remedy: Run: Install-Module ExchangeOnlineManagement -Scope CurrentUser; then: Connect-ExchangeOnline',
    );
  });
});
