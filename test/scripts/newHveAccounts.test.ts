import { beforeAll, describe, expect, it } from 'vitest';
import { isToolMissing } from '../tools.ts';
import { firstUseTimeoutMs, runCases, runUntilDeath } from './pwsh.ts';
import type { Case, CasesRun, Step } from './pwsh.ts';
import { changesOf, makeAccount, makeSecret, makeTenant } from './tenant.ts';
import type { Tenant } from './tenant.ts';

const policyId = '12345678-1234-1234-1234-123456789012';
const files = {
  'two.csv': `Address,DisplayName,SecretName,ReplyTo,BillingPolicyId
hve@contoso.com,Contoso,,help@contoso.com,${policyId}
,,,,
Payroll@Contoso.com,,payroll,,
`,
  'semicolons.csv': 'Address;DisplayName\nhve@contoso.com;Contoso\n',
  'wrong.csv': `Address,Name,SecretName,ReplyTo,BillingPolicyId,Pasword
hve@elsewhere.com,,,,,
not an address,,,,,
a.b@contoso.com,one,,,,
a-b@contoso.com,two,,nobody,4711,
c@contoso.com,same,c_c,,,
d@contoso.com,same,,,,
d@contoso.com,same,,,,
e@contoso.com,${'x'.repeat(65)},,,,
`,
  'empty.csv': '',
};
const hve = makeAccount('hve@contoso.com', { DisplayName: 'Contoso', ReplyTo: 'help@contoso.com' });
const payroll = makeAccount('payroll@contoso.com');
const vault = { 'hve-contoso-com': makeSecret(hve), payroll: makeSecret(payroll) };

function call(file: string, more: Readonly<Record<string, unknown>> = {}): Step {
  return {
    script: 'New-HveAccounts.ps1',
    parameters: { Path: file, VaultName: 'kv-mail', ...more },
  };
}

function once(tenant: Partial<Tenant>, step: Step): Case {
  return { tenant: makeTenant(tenant), steps: [step] };
}

const cases = {
  'creates two': { tenant: makeTenant(), steps: [call('two.csv'), call('two.csv')] },
  'what if': once({}, call('two.csv', { WhatIf: true })),
  'what if it exists': once({ accounts: [hve, payroll], vault }, call('two.csv', { WhatIf: true })),
  updates: {
    tenant: makeTenant({ accounts: [{ ...hve, DisplayName: 'Old', ReplyTo: '' }, payroll], vault }),
    steps: [call('two.csv'), call('two.csv')],
  },
  semicolons: once({}, call('semicolons.csv', { Delimiter: ';' })),
  'semicolons unsaid': once({}, call('semicolons.csv')),
  'wrong file': once({}, call('wrong.csv')),
  'empty file': once({}, call('empty.csv')),
  'no file': once({}, call('absent.csv')),
  'too many': once(
    { accounts: Array.from({ length: 19 }, (_, n) => makeAccount(`a${n}@contoso.com`)) },
    call('two.csv'),
  ),
  'not too many': once(
    { accounts: Array.from({ length: 19 }, (_, n) => makeAccount(`a${n}@contoso.com`)) },
    call('two.csv', { HveProfile: 'ga-2026' }),
  ),
  'by hand': once({ accounts: [hve, payroll] }, call('two.csv')),
  'rotation unfinished': once(
    {
      accounts: [hve, payroll],
      vault: {
        ...vault,
        payroll: makeSecret(payroll, {
          tags: { hveAccount: payroll.PrimarySmtpAddress, hveRotation: 'pending' },
        }),
      },
    },
    call('two.csv'),
  ),
  'another owner': once({ vault: { payroll: makeSecret(hve) } }, call('two.csv')),
  'no owner': once({ vault: { payroll: makeSecret(payroll, { tags: {} }) } }, call('two.csv')),
  'put there by hand': once({ vault: { 'hve-contoso-com': makeSecret(hve, { tags: {} }) } }, call('two.csv')),
  'address taken': once(
    {
      recipients: [
        { PrimarySmtpAddress: 'hve@contoso.com', Name: 'Harry', RecipientTypeDetails: 'UserMailbox' },
      ],
    },
    call('two.csv'),
  ),
  'vault refuses': once(
    {
      failures: {
        'Set-AzKeyVaultSecret': { message: 'Operation returned Forbidden', status: 403, times: 1 },
      },
    },
    call('two.csv'),
  ),
  'name of a deleted secret': once(
    {
      failures: {
        'Set-AzKeyVaultSecret': {
          message: 'Secret hve-contoso-com is currently in a deleted but recoverable state',
          status: 409,
          times: 1,
        },
      },
    },
    call('two.csv'),
  ),
  'exchange fails': {
    tenant: makeTenant({ failures: { 'New-MailUser': { message: 'The service is busy.', times: 1 } } }),
    steps: [call('two.csv'), call('two.csv')],
  },
  'answer lost': {
    tenant: makeTenant({
      failures: { 'New-MailUser': { message: 'The connection was lost.', times: 1, after: true } },
    }),
    steps: [call('two.csv'), call('two.csv')],
  },
  'not connected': once({ exchangeSessions: [] }, call('two.csv')),
  expired: once(
    { exchangeSessions: [{ State: 'Connected', TokenStatus: 'Expired', IsEopSession: false }] },
    call('two.csv'),
  ),
  'compliance only': once(
    { exchangeSessions: [{ State: 'Connected', TokenStatus: 'Active', IsEopSession: true }] },
    call('two.csv'),
  ),
  'no azure': once({ azureSession: false }, call('two.csv')),
  'no role': once({ missingCmdlets: ['New-MailUser'] }, call('two.csv')),
  'no modules': { ...once({}, call('two.csv')), withoutModules: true },
} satisfies Record<string, Case>;

describe.skipIf(isToolMissing('pwsh'))('New-HveAccounts', () => {
  let run: CasesRun<keyof typeof cases>;
  beforeAll(() => {
    run = runCases(cases, files);
  }, firstUseTimeoutMs);

  function problemsOf(name: keyof typeof cases): Record<string, string> {
    const rows = run.step(name).output as readonly { readonly Address: string; readonly Problem: string }[];
    return Object.fromEntries(rows.map(({ Address, Problem }) => [Address, Problem]));
  }

  it('creates the accounts of the file, each with the password that the vault has', () => {
    const { output, tenant, failure } = run.step('creates two');
    expect(failure).toBeNull();
    expect(output).toEqual([
      {
        Address: 'hve@contoso.com',
        SecretName: 'hve-contoso-com',
        Action: 'Created',
        Changes: ['ReplyTo', 'BillingPolicyId'],
        Problem: '',
      },
      { Address: 'payroll@contoso.com', SecretName: 'payroll', Action: 'Created', Changes: [], Problem: '' },
    ]);
    const [first, second] = tenant.accounts;
    expect(first).toMatchObject({
      Name: 'hve',
      DisplayName: 'Contoso',
      ReplyTo: 'help@contoso.com',
      BillingPolicyId: policyId,
    });
    expect(first?.password).toBe(tenant.vault['hve-contoso-com']?.[0]?.value);
    expect(second?.password).toBe(tenant.vault['payroll']?.[0]?.value);
    expect(first?.password).not.toBe(second?.password);
  });

  it('makes passwords of 32 characters with all four kinds in them', () => {
    for (const { password } of run.step('creates two').tenant.accounts) {
      expect(password).toMatch(/^[A-Za-z0-9\-_.+=!]{32}$/);
      for (const kind of [/[A-Z]/, /[a-z]/, /[0-9]/, /[-_.+=!]/]) expect(password).toMatch(kind);
    }
  });

  it('writes to the vault before it creates the account', () => {
    const order = changesOf(run.step('creates two')).map(({ cmdlet }) => cmdlet);
    expect(order.slice(0, 2)).toEqual(['Set-AzKeyVaultSecret', 'New-MailUser']);
  });

  it('marks the secret as the account’s', () => {
    expect(run.step('creates two').tenant.vault['payroll']?.[0]?.tags).toMatchObject({
      hveAccount: 'payroll@contoso.com',
    });
  });

  it('says how the app is told of them, with the names that recipients see', () => {
    const said = run.step('creates two').streams.map(({ text }) => text);
    const setting =
      '[{"address":"hve@contoso.com","secret":"hve-contoso-com","displayName":"Contoso"},{"address":"payroll@contoso.com","secret":"payroll"}]';
    expect(said.join('\n')).toContain(`azd env set HVE_ACCOUNTS '${setting}'`);
  });

  it('changes nothing the second time', () => {
    const second = run.step('creates two', 1);
    expect(changesOf(second)).toEqual([]);
    expect(second.output).toMatchObject([{ Action: 'Unchanged' }, { Action: 'Unchanged' }]);
  });

  it('changes nothing with -WhatIf, whether there is something to create or to update', () => {
    for (const name of ['what if', 'what if it exists'] as const) {
      const { calls, tenant, failure, output } = run.step(name);
      expect(failure).toBeNull();
      expect(changesOf({ calls })).toEqual([]);
      expect(tenant.accounts).toHaveLength(name === 'what if' ? 0 : 2);
      expect(output).toMatchObject([{ Action: 'Skipped' }, {}]);
    }
    expect(run.seen).toContain('What if: Performing the operation "Create HVE account');
    expect(run.seen).toContain(`What if: Performing the operation "Set BillingPolicyId to ${policyId}"`);
  });

  it('brings an account that exists to what its row says, and leaves its password alone', () => {
    const first = run.step('updates');
    expect(first.output).toMatchObject([
      { Action: 'Updated', Changes: ['DisplayName', 'ReplyTo', 'BillingPolicyId'] },
      { Action: 'Unchanged' },
    ]);
    expect(first.tenant.accounts[0]).toMatchObject({
      DisplayName: 'Contoso',
      ReplyTo: 'help@contoso.com',
      password: hve.password,
    });
    expect(changesOf(run.step('updates', 1))).toEqual([]);
  });

  it('reads what stands between the columns as told, and says so where it was not told', () => {
    expect(run.step('semicolons').output).toMatchObject([{ Action: 'Created' }]);
    expect(run.step('semicolons unsaid').failure).toMatchObject({ id: 'Hve.FileWithoutAddresses' });
    expect(run.step('semicolons unsaid').failure?.message).toContain('-Delimiter');
    expect(run.step('empty file').failure).toMatchObject({ id: 'Hve.FileWithoutAddresses' });
    expect(run.step('no file').failure).toMatchObject({ id: 'Hve.NoFile' });
  });

  it('names everything that is wrong with a file at once, and then does nothing', () => {
    const { failure, calls } = run.step('wrong file');
    expect(failure?.id).toBe('Hve.FileInvalid');
    for (const problem of [
      'the column Pasword is not known',
      'hve@elsewhere.com: elsewhere.com is no accepted domain of the tenant (it has contoso.com',
      "'not an address' is no e-mail address",
      'a-b@contoso.com, a.b@contoso.com: would share the SecretName a-b-contoso-com',
      "a-b@contoso.com: ReplyTo 'nobody' is no e-mail address",
      "a-b@contoso.com: BillingPolicyId '4711' is no GUID",
      "c@contoso.com: SecretName 'c_c' is not 1 to 127",
      'c@contoso.com, d@contoso.com: would share the Name same',
      'd@contoso.com: stands in 2 rows',
      'e@contoso.com: Name has 65 characters',
    ]) {
      expect(failure?.message).toContain(problem);
    }
    expect(changesOf({ calls })).toEqual([]);
  });

  it('stops before the profile’s number of accounts is exceeded', () => {
    expect(run.step('too many').failure).toMatchObject({ id: 'Hve.TooManyAccounts' });
    expect(run.step('too many').failure?.message).toContain(
      '19 HVE accounts, and 20 is the limit of preview-2024',
    );
    expect(changesOf(run.step('too many'))).toEqual([]);
    expect(run.step('not too many').output).toMatchObject([{ Action: 'Created' }, { Action: 'Created' }]);
  });

  it('never resets the password of an account that was made by hand, but says how to', () => {
    const { failure, calls } = run.step('by hand');
    expect(failure?.id).toBe('Hve.RowsFailed');
    expect(problemsOf('by hand')['payroll@contoso.com']).toContain(
      './Rotate-HvePassword.ps1 -Account payroll@contoso.com -VaultName kv-mail -SecretName payroll -AllowNewSecret',
    );
    expect(
      calls.filter(({ cmdlet }) => /Secret$|GraphRequest|New-MailUser/.test(cmdlet)).map((c) => c.cmdlet),
    ).toEqual(['Get-AzKeyVaultSecret', 'Get-AzKeyVaultSecret']);
  });

  it('reports a rotation that did not come to its end', () => {
    expect(problemsOf('rotation unfinished')).toMatchObject({
      'hve@contoso.com': '',
      'payroll@contoso.com': expect.stringContaining(
        './Rotate-HvePassword.ps1 -Account payroll@contoso.com',
      ) as string,
    });
  });

  it('touches no secret that is another account’s, or nobody’s it knows; the other rows go on', () => {
    for (const name of ['another owner', 'no owner'] as const) {
      expect(problemsOf(name)['payroll@contoso.com']).toContain("is not payroll@contoso.com's");
      expect(run.step(name).output).toMatchObject([{ Action: 'Created' }, { Action: 'Failed' }]);
      expect(run.step(name).tenant.vault['payroll']).toHaveLength(1);
    }
  });

  it('creates an account with the password that somebody has put into the vault for it', () => {
    const { output, tenant } = run.step('put there by hand');
    expect(output).toMatchObject([{ Action: 'Created' }, { Action: 'Created' }]);
    expect(tenant.accounts[0]?.password).toBe(hve.password);
    expect(tenant.vault['hve-contoso-com']).toHaveLength(1);
  });

  it('says who has an address that is taken, before it makes a secret for it', () => {
    expect(problemsOf('address taken')['hve@contoso.com']).toContain('belongs to Harry, a UserMailbox');
    expect(run.step('address taken').tenant.vault).not.toHaveProperty('hve-contoso-com');
  });

  it('says what cures what Key Vault refuses', () => {
    expect(problemsOf('vault refuses')['hve@contoso.com']).toContain(
      'Key Vault Secrets Officer on the vault kv-mail',
    );
    expect(problemsOf('name of a deleted secret')['hve@contoso.com']).toContain(
      'Undo-AzKeyVaultSecretRemoval -VaultName kv-mail -Name hve-contoso-com',
    );
  });

  it('goes on with the same password where Exchange failed after the vault was written', () => {
    const [first, second] = [run.step('exchange fails'), run.step('exchange fails', 1)];
    expect(first.output).toMatchObject([
      { Action: 'Failed', Problem: expect.stringContaining('Cause: The service is busy.') as string },
      { Action: 'Created' },
    ]);
    expect(first.failure?.message).toContain('[hve@contoso.com] hve@contoso.com could not be created');
    expect(second.output).toMatchObject([{ Action: 'Created' }, { Action: 'Unchanged' }]);
    expect(second.tenant.vault['hve-contoso-com']).toHaveLength(1);
    const account = second.tenant.accounts.find(({ Name }) => Name === 'hve');
    expect(account?.password).toBe(second.tenant.vault['hve-contoso-com']?.[0]?.value);
  });

  it('finds the account in order where only the answer was lost', () => {
    const second = run.step('answer lost', 1);
    expect(second.failure).toBeNull();
    expect(second.tenant.accounts).toHaveLength(2);
    expect(second.tenant.accounts[0]?.password).toBe(second.tenant.vault['hve-contoso-com']?.[0]?.value);
    expect(second.output).toMatchObject([{ Action: 'Updated', Changes: ['ReplyTo', 'BillingPolicyId'] }, {}]);
  });

  it('repairs what a run left that died between vault and Exchange', { timeout: firstUseTimeoutMs }, () => {
    const dead = runUntilDeath(
      once({ failures: { 'New-MailUser': { times: 1, dies: true } } }, call('two.csv')),
      files,
    );
    expect(dead.tenant.accounts).toEqual([]);
    const left = dead.tenant.vault['hve-contoso-com'];
    expect(left).toHaveLength(1);
    const again = runCases({ again: { tenant: dead.tenant, steps: [call('two.csv')] } }, files).step('again');
    expect(again.failure).toBeNull();
    expect(again.tenant.vault['hve-contoso-com']).toEqual(left);
    expect(again.tenant.accounts[0]?.password).toBe(left?.[0]?.value);
  });

  it('says which session, module or role is missing, and how to get it', () => {
    const said = (name: keyof typeof cases) => run.step(name).failure;
    for (const name of ['not connected', 'expired', 'compliance only'] as const) {
      expect(said(name)).toMatchObject({ id: 'Hve.NotConnected' });
      expect(said(name)?.message).toContain('Run: Connect-ExchangeOnline');
    }
    expect(said('no azure')?.message).toContain('Run: Connect-AzAccount');
    expect(said('no role')).toMatchObject({ id: 'Hve.CmdletMissing' });
    expect(said('no role')?.message).toContain('Activate the role Exchange Administrator');
    expect(said('no modules')?.message).toContain('Install-Module ExchangeOnlineManagement');
  });
});
