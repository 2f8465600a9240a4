import { beforeAll, describe, expect, it } from 'vitest';
import { isToolMissing } from '../tools.ts';
import { firstUseTimeoutMs, runCases, runUntilDeath } from './pwsh.ts';
import type { Case, CasesRun, Step } from './pwsh.ts';
import { changesOf, makeAccount, makeSecret, makeTenant } from './tenant.ts';
import type { Tenant } from './tenant.ts';

const hve = makeAccount('hve@contoso.com');
const payroll = makeAccount('payroll@contoso.com');
const vault = { 'hve-contoso-com': makeSecret(hve), 'payroll-contoso-com': makeSecret(payroll) };
const pendingTags = { hveAccount: 'hve@contoso.com', hveRotation: 'pending' };
/** A rotation that ended after the vault was written. */
const pendingVault = {
  ...vault,
  'hve-contoso-com': [
    ...makeSecret(hve),
    ...makeSecret(hve, {
      version: 'v2',
      created: new Date().toISOString(),
      tags: pendingTags,
      value: 'the-password-that-is-pending',
    }),
  ],
};

function call(more: Readonly<Record<string, unknown>> = {}): Step {
  return {
    script: 'Rotate-HvePassword.ps1',
    parameters: { Account: ['hve@contoso.com'], VaultName: 'kv-mail', Confirm: false, ...more },
  };
}

function once(tenant: Partial<Tenant>, step: Step = call()): Case {
  return { tenant: makeTenant({ accounts: [hve, payroll], vault, ...tenant }), steps: [step] };
}

function refuse(status: number, message: string, times = 1, after = false): Tenant['failures'] {
  return { 'Invoke-MgGraphRequest': { status, message, times, after } };
}

const cases = {
  rotates: once({}),
  'two of them': once({}, call({ Account: ['HVE@contoso.com', 'payroll@contoso.com'] })),
  'what if': once({}, call({ WhatIf: true })),
  'young and old': {
    tenant: makeTenant({ accounts: [hve, payroll], vault }),
    steps: [call({ OlderThanDays: 90 }), call({ OlderThanDays: 90 })],
  },
  'young but pending': once({ vault: pendingVault }, call({ OlderThanDays: 90 })),
  'no right': {
    tenant: makeTenant({
      accounts: [hve],
      vault,
      failures: refuse(403, 'Insufficient privileges to complete the operation.'),
    }),
    steps: [call(), call({ OlderThanDays: 90 })],
  },
  'no right, and no way back': once({
    failures: {
      ...refuse(403, 'Insufficient privileges.'),
      'Set-AzKeyVaultSecret': { message: 'Service Unavailable', status: 503, times: 1, skip: 1 },
    },
  }),
  'no right for what is pending': once({
    vault: pendingVault,
    failures: refuse(403, 'Insufficient privileges.'),
  }),
  'a blip': once({ failures: refuse(503, 'Service Unavailable') }),
  throttled: once({ failures: refuse(429, 'Too Many Requests') }),
  'answers lost': {
    tenant: makeTenant({ accounts: [hve], vault, failures: refuse(0, 'The connection was lost.', 2, true) }),
    steps: [call(), call()],
  },
  'mark stays': {
    tenant: makeTenant({
      accounts: [hve],
      vault,
      failures: { 'Update-AzKeyVaultSecret': { message: 'Service Unavailable', status: 503, times: 1 } },
    }),
    steps: [call(), call()],
  },
  'vault refuses': once({
    failures: {
      'Set-AzKeyVaultSecret': { message: 'Public network access is disabled', status: 403, times: 1 },
    },
  }),
  'no secret': once({ vault: {} }),
  'a new secret': once({ vault: {} }, call({ AllowNewSecret: true, SecretName: 'other' })),
  "another's secret": once({}, call({ SecretName: 'payroll-contoso-com' })),
  'one secret for two': once(
    {},
    call({ Account: ['hve@contoso.com', 'payroll@contoso.com'], SecretName: 'x' }),
  ),
  'one of two does not exist': once({}, call({ Account: ['hve@contoso.com', 'ann@contoso.com'] })),
  'no graph': once({ graphSession: false }),
} satisfies Record<string, Case>;

describe.skipIf(isToolMissing('pwsh'))('Rotate-HvePassword', () => {
  let run: CasesRun<keyof typeof cases>;
  beforeAll(() => {
    run = runCases(cases);
  }, firstUseTimeoutMs);

  const newest = (tenant: Tenant, name = 'hve-contoso-com') => tenant.vault[name]?.at(-1);
  const passwordOf = (tenant: Tenant) => tenant.accounts[0]?.password;

  it('puts a new random password into the vault and into Entra ID', () => {
    const { output, tenant, failure } = run.step('rotates');
    expect(failure).toBeNull();
    expect(output).toEqual([
      { Account: 'hve@contoso.com', SecretName: 'hve-contoso-com', Version: 'v2', Action: 'Rotated' },
    ]);
    expect(passwordOf(tenant)).toMatch(/^[A-Za-z0-9\-_.+=!]{32}$/);
    expect(newest(tenant)).toMatchObject({
      value: passwordOf(tenant),
      tags: { hveAccount: 'hve@contoso.com' },
    });
    expect(newest(tenant)?.tags).not.toHaveProperty('hveRotation');
  });

  it('writes to the vault first, marked as pending, and takes the mark off last', () => {
    const changes = changesOf(run.step('rotates'));
    expect(changes.map(({ cmdlet }) => cmdlet)).toEqual([
      'Set-AzKeyVaultSecret',
      'Invoke-MgGraphRequest',
      'Update-AzKeyVaultSecret',
    ]);
    expect(changes[0]?.parameters['Tag']).toMatchObject(pendingTags);
    expect(changes[1]?.parameters).toMatchObject({
      Method: 'PATCH',
      Uri: 'v1.0/users/id-of-hve%40contoso.com',
      Body: { passwordProfile: { forceChangePasswordNextSignIn: false } },
    });
    expect(changes[2]?.parameters).toMatchObject({ Version: 'v2' });
  });

  it('gives each account a password of its own', () => {
    const { accounts } = run.step('two of them').tenant;
    expect(accounts[0]?.password).not.toBe(hve.password);
    expect(accounts[1]?.password).not.toBe(payroll.password);
    expect(accounts[0]?.password).not.toBe(accounts[1]?.password);
  });

  it('changes nothing with -WhatIf', () => {
    const { output, tenant, calls } = run.step('what if');
    expect(output).toMatchObject([{ Action: 'Skipped' }]);
    expect(changesOf({ calls })).toEqual([]);
    expect(passwordOf(tenant)).toBe(hve.password);
    expect(run.seen).toContain('What if: Performing the operation "Set a new random password');
  });

  it('leaves a young password alone, so that a scheduled run can be repeated', () => {
    expect(run.step('young and old').output).toMatchObject([{ Action: 'Rotated' }]);
    const second = run.step('young and old', 1);
    expect(second.output).toMatchObject([{ Action: 'Unchanged', Version: 'v2' }]);
    expect(changesOf(second)).toEqual([]);
  });

  it('completes an unfinished rotation, young as it is, with the password that the vault has', () => {
    const { output, tenant } = run.step('young but pending');
    expect(output).toMatchObject([{ Action: 'Completed', Version: 'v2' }]);
    expect(passwordOf(tenant)).toBe('the-password-that-is-pending');
    expect(tenant.vault['hve-contoso-com']).toHaveLength(2);
    expect(newest(tenant)?.tags).toEqual({ hveAccount: 'hve@contoso.com' });
  });

  it('has changed nothing where Entra ID refuses: the vault goes back to the old password', () => {
    const { failure, tenant } = run.step('no right');
    expect(failure?.id).toBe('Hve.PasswordRefused');
    expect(failure?.message).toContain('nothing has changed. Cause: Insufficient privileges');
    expect(failure?.message).toContain('User-PasswordProfile.ReadWrite.All');
    expect(newest(tenant)).toMatchObject({ value: hve.password, tags: { hveAccount: 'hve@contoso.com' } });
    expect(newest(tenant)?.tags).not.toHaveProperty('hveRotation');
    expect(passwordOf(tenant)).toBe(hve.password);
  });

  it('counts the age of the password that was put back from when it was set: it is still due', () => {
    expect(run.step('no right', 1).output).toMatchObject([{ Action: 'Rotated' }]);
  });

  it('says so where the old password could not be put back, and leaves the mark for the next run', () => {
    const { failure, tenant } = run.step('no right, and no way back');
    expect(failure?.id).toBe('Hve.PasswordRefused');
    expect(failure?.message).toContain('marked as pending: the old one could not be put back.');
    expect(newest(tenant)?.tags).toMatchObject(pendingTags);
  });

  it('keeps what was pending pending where that is refused: which password holds is not known', () => {
    const { failure, tenant } = run.step('no right for what is pending');
    expect(failure?.message).toContain('marked as pending');
    expect(newest(tenant)?.tags).toEqual(pendingTags);
  });

  it('tries again where the request may have come to nothing', () => {
    for (const name of ['a blip', 'throttled'] as const) {
      const { output, tenant } = run.step(name);
      expect(output).toMatchObject([{ Action: 'Rotated' }]);
      expect(newest(tenant)?.value).toBe(passwordOf(tenant));
    }
  });

  it('leaves the mark where the answer stays lost, and the next run completes it', () => {
    const [first, second] = [run.step('answers lost'), run.step('answers lost', 1)];
    expect(first.failure?.id).toBe('Hve.OutcomeUnknown');
    expect(first.failure?.message).toContain('Run this again now');
    expect(newest(first.tenant)?.tags).toMatchObject(pendingTags);
    expect(second.output).toMatchObject([{ Action: 'Completed' }]);
    expect(newest(second.tenant)?.value).toBe(passwordOf(second.tenant));
  });

  it('completes with the next run what could not be marked as complete', () => {
    expect(run.step('mark stays').failure?.message).toContain('could not be marked as complete');
    const { output, tenant } = run.step('mark stays', 1);
    expect(output).toMatchObject([{ Action: 'Completed' }]);
    expect(newest(tenant)).toMatchObject({
      value: passwordOf(tenant),
      tags: { hveAccount: 'hve@contoso.com' },
    });
  });

  it(
    'repairs what a run left that died after the vault was written, before or after Entra ID',
    { timeout: 2 * firstUseTimeoutMs },
    () => {
      for (const after of [false, true]) {
        const failures = { 'Invoke-MgGraphRequest': { times: 1, after, dies: true } };
        const dead = runUntilDeath(once({ failures }));
        expect(newest(dead.tenant)?.tags).toMatchObject(pendingTags);
        expect(passwordOf(dead.tenant) === hve.password).toBe(!after);
        const again = runCases({ again: { tenant: dead.tenant, steps: [call()] } }).step('again');
        expect(again.output).toMatchObject([{ Action: 'Completed' }]);
        expect(newest(again.tenant)).toMatchObject({
          value: passwordOf(again.tenant),
          tags: { hveAccount: 'hve@contoso.com' },
        });
        expect(again.tenant.vault['hve-contoso-com']).toHaveLength(2);
      }
    },
  );

  it('does not go to Entra ID where the vault refuses', () => {
    const { failure, calls, tenant } = run.step('vault refuses');
    expect(failure?.message).toContain('Run this inside the private network');
    expect(calls.map(({ cmdlet }) => cmdlet)).not.toContain('Invoke-MgGraphRequest');
    expect(passwordOf(tenant)).toBe(hve.password);
  });

  it('makes a secret only where it is told to', () => {
    expect(run.step('no secret').failure).toMatchObject({ id: 'Hve.NoSecret' });
    expect(changesOf(run.step('no secret'))).toEqual([]);
    const { tenant } = run.step('a new secret');
    expect(newest(tenant, 'other')).toMatchObject({ value: passwordOf(tenant) });
  });

  it('touches nothing where one of the accounts or secrets is not right', () => {
    expect(run.step("another's secret").failure).toMatchObject({ id: 'Hve.SecretTaken' });
    expect(run.step('one secret for two').failure).toMatchObject({ id: 'Hve.OneSecretForMany' });
    expect(run.step('one of two does not exist').failure).toMatchObject({ id: 'Hve.NoHveAccount' });
    for (const name of ["another's secret", 'one secret for two', 'one of two does not exist'] as const) {
      expect(changesOf(run.step(name))).toEqual([]);
    }
  });

  it('asks for a session with Graph, with the permission that it needs and no more', () => {
    expect(run.step('no graph').failure?.message).toContain(
      'Run: Connect-MgGraph -Scopes User-PasswordProfile.ReadWrite.All',
    );
  });
});
