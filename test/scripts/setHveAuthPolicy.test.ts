import { beforeAll, describe, expect, it } from 'vitest';
import { isToolMissing } from '../tools.ts';
import { firstUseTimeoutMs, runCases } from './pwsh.ts';
import type { Case, CasesRun, Step } from './pwsh.ts';
import { changesOf, makeAccount, makeTenant } from './tenant.ts';
import type { Tenant } from './tenant.ts';

const hve = makeAccount('hve@contoso.com');
const payroll = makeAccount('payroll@contoso.com');
const allows = { Name: 'HVE basic SMTP', AllowBasicAuthSmtp: true, AllowBasicAuthPop: false };

function call(more: Readonly<Record<string, unknown>> = {}): Step {
  return { script: 'Set-HveAuthPolicy.ps1', parameters: { Account: ['hve@contoso.com'], ...more } };
}

function cased(tenant: Partial<Tenant>, ...steps: readonly Step[]): Case {
  return { tenant: makeTenant({ accounts: [hve, payroll], ...tenant }), steps };
}

const cases = {
  'from nothing': cased({}, call(), call()),
  'what if': cased({}, call({ WhatIf: true })),
  'a policy of another name': cased(
    {
      authenticationPolicies: [allows, { ...allows, Name: 'Ours' }],
      accounts: [{ ...hve, AuthenticationPolicy: 'Ours' }],
    },
    call(),
    call({ PolicyName: 'Ours' }),
  ),
  'by its distinguished name': cased(
    {
      authenticationPolicies: [{ ...allows, DistinguishedName: 'CN=HVE basic SMTP' }],
      accounts: [{ ...hve, AuthenticationPolicy: 'CN=HVE basic SMTP' }],
    },
    call(),
  ),
  forbids: cased({ authenticationPolicies: [{ ...allows, AllowBasicAuthSmtp: false }] }, call()),
  'allows more': cased({ authenticationPolicies: [{ ...allows, AllowBasicAuthPop: true }] }, call()),
  'one is a mailbox': cased({}, call({ Account: ['payroll@contoso.com', 'ann@contoso.com'] })),
  'no right': cased(
    { failures: { 'Set-User': { message: "The operation couldn't be performed.", times: 1 } } },
    call(),
    call(),
  ),
} satisfies Record<string, Case>;

describe.skipIf(isToolMissing('pwsh'))('Set-HveAuthPolicy', () => {
  let run: CasesRun<keyof typeof cases>;
  beforeAll(() => {
    run = runCases(cases);
  }, firstUseTimeoutMs);

  it('makes a policy for passwords over SMTP and nothing else, and assigns it to that account only', () => {
    const { output, tenant, calls } = run.step('from nothing');
    expect(output).toEqual([
      { Account: 'hve@contoso.com', Policy: 'HVE basic SMTP', Before: '', Action: 'Assigned' },
    ]);
    expect(changesOf({ calls })[0]).toEqual({
      cmdlet: 'New-AuthenticationPolicy',
      parameters: { Name: 'HVE basic SMTP', AllowBasicAuthSmtp: true },
    });
    expect(tenant.accounts.map(({ AuthenticationPolicy }) => AuthenticationPolicy)).toEqual([
      'HVE basic SMTP',
      '',
    ]);
  });

  it('makes the assignment count soon', () => {
    const assigned = run.step('from nothing').calls.find(({ cmdlet }) => cmdlet === 'Set-User');
    expect(assigned?.parameters).toHaveProperty('StsRefreshTokensValidFrom');
  });

  it('changes nothing the second time', () => {
    expect(changesOf(run.step('from nothing', 1))).toEqual([]);
    expect(run.step('from nothing', 1).output).toMatchObject([{ Action: 'Unchanged' }]);
  });

  it('changes nothing with -WhatIf', () => {
    const { calls, output, tenant } = run.step('what if');
    expect(changesOf({ calls })).toEqual([]);
    expect(output).toMatchObject([{ Action: 'Skipped' }]);
    expect(tenant.authenticationPolicies).toEqual([]);
    expect(run.seen).toContain('What if: Performing the operation "Create an authentication policy');
    expect(run.seen).toContain(
      'What if: Performing the operation "Assign the authentication policy HVE basic SMTP',
    );
  });

  it('says which policy an account had before', () => {
    expect(run.step('a policy of another name').output).toMatchObject([
      { Before: 'Ours', Action: 'Assigned' },
    ]);
    expect(run.step('a policy of another name', 1).output).toMatchObject([
      { Policy: 'Ours', Before: 'HVE basic SMTP', Action: 'Assigned' },
    ]);
  });

  it('knows a policy by whatever the service refers to it', () => {
    expect(run.step('by its distinguished name').output).toMatchObject([{ Action: 'Unchanged' }]);
  });

  it('never changes a policy that exists, and warns of one that allows more', () => {
    expect(run.step('forbids').failure).toMatchObject({ id: 'Hve.PolicyForbids' });
    expect(changesOf(run.step('forbids'))).toEqual([]);
    expect(run.step('allows more').streams).toEqual([
      {
        stream: 'warning',
        text: expect.stringContaining('allows more than SMTP needs: AllowBasicAuthPop.') as string,
      },
    ]);
    expect(run.step('allows more').output).toMatchObject([{ Action: 'Assigned' }]);
  });

  it('gives no mailbox basic authentication: one that is no HVE account stops it before anything is done', () => {
    expect(run.step('one is a mailbox').failure).toMatchObject({ id: 'Hve.NoHveAccount' });
    expect(changesOf(run.step('one is a mailbox'))).toEqual([]);
  });

  it('goes on where it stopped', () => {
    expect(run.step('no right').failure?.message).toContain('If a right is missing: Exchange Administrator.');
    expect(changesOf(run.step('no right', 1)).map(({ cmdlet }) => cmdlet)).toEqual(['Set-User']);
  });
});
