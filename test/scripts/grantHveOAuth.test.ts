import { beforeAll, describe, expect, it } from 'vitest';
import { isToolMissing } from '../tools.ts';
import { firstUseTimeoutMs, runCases } from './pwsh.ts';
import type { Case, CasesRun, Step } from './pwsh.ts';
import { changesOf, exchangeAppId, mailSendRoleId, makeAccount, makeTenant } from './tenant.ts';
import type { Tenant } from './tenant.ts';

const hve = makeAccount('hve@contoso.com');
const payroll = makeAccount('payroll@contoso.com');
const clientId = '66666666-7777-8888-9999-000000000000';
const identityId = '33333333-4444-5555-6666-777777777777';
const reads = { ResourceAppId: 'graph', ResourceAccess: [{ Id: 'User.Read', Type: 'Scope' }] };
const registered = {
  Id: 'application-x',
  AppId: clientId,
  DisplayName: "O'Hara's mailer",
  RequiredResourceAccess: [
    reads,
    { ResourceAppId: exchangeAppId, ResourceAccess: [{ Id: 'old', Type: 'Role' }] },
  ],
  credentials: [],
};
const principal = { Id: 'principal-x', AppId: clientId, AppRoles: [] };
const known = {
  applications: [registered],
  servicePrincipals: [...makeTenant().servicePrincipals, principal],
};

function call(more: Readonly<Record<string, unknown>>): Step {
  return {
    script: 'Grant-HveOAuth.ps1',
    parameters: { Account: ['hve@contoso.com'], VerifySeconds: 0, ...more },
  };
}

function cased(tenant: Partial<Tenant>, ...steps: readonly Step[]): Case {
  return { tenant: makeTenant({ accounts: [hve, payroll], ...tenant }), steps };
}

const anew = call({ DisplayName: 'hve-mailer', ManagedIdentityPrincipalId: identityId });
const cases = {
  'from nothing': cased({}, anew, anew),
  'what if': cased(
    {},
    call({ DisplayName: 'hve-mailer', ManagedIdentityPrincipalId: identityId, WhatIf: true }),
  ),
  'what if it exists': cased(known, call({ ClientId: clientId, WhatIf: true })),
  'one that exists': cased(
    known,
    call({ ClientId: clientId, Account: ['hve@contoso.com', 'payroll@contoso.com'] }),
  ),
  'by its name': cased(known, call({ DisplayName: "O'Hara's mailer" })),
  'another tenant’s': cased({ ...known, applications: [] }, call({ ClientId: clientId })),
  'identity for another tenant’s': cased(
    { ...known, applications: [] },
    call({ ClientId: clientId, ManagedIdentityPrincipalId: identityId }),
  ),
  'client id on the list': cased(
    { ...known, accounts: [{ ...hve, AllowedApps: [clientId] }] },
    call({ ClientId: clientId }),
  ),
  'two of that name': cased(
    { applications: [registered, { ...registered, Id: 'application-y', AppId: 'another' }] },
    call({ DisplayName: "O'Hara's mailer" }),
  ),
  'unknown id': cased({}, call({ ClientId: clientId })),
  'list full': cased(
    { ...known, accounts: [{ ...hve, AllowedApps: Array.from({ length: 10 }, (_, n) => `app-${n}`) }] },
    call({ ClientId: clientId }),
  ),
  'no exchange': cased({ servicePrincipals: [] }, anew),
  'no such account': cased({}, call({ DisplayName: 'x', Account: ['ann@contoso.com'] })),
  'no right to consent': cased(
    {
      ...known,
      failures: {
        'New-MgServicePrincipalAppRoleAssignment': {
          message: 'Insufficient privileges to complete the operation.',
          status: 403,
          times: 1,
        },
      },
    },
    call({ ClientId: clientId }),
    call({ ClientId: clientId }),
  ),
  'not kept': cased({ ...known, ignoredCmdlets: ['Add-HVEAppAccess'] }, call({ ClientId: clientId })),
} satisfies Record<string, Case>;

describe.skipIf(isToolMissing('pwsh'))('Grant-HveOAuth', () => {
  let run: CasesRun<keyof typeof cases>;
  beforeAll(() => {
    run = runCases(cases);
  }, firstUseTimeoutMs);

  const consents = (tenant: Tenant) => tenant.roleAssignments;

  it('goes all the way from nothing, and verifies it', () => {
    const { output, tenant, failure } = run.step('from nothing');
    expect(failure).toBeNull();
    const [application] = tenant.applications;
    expect(output).toEqual([
      {
        TenantId: tenant.tenantId,
        ClientId: application?.AppId,
        EnterpriseApplicationObjectId: `principal-of-${application?.AppId}`,
        Accounts: ['hve@contoso.com'],
        Changes: [
          'application registered',
          'enterprise application created',
          'permission declared',
          'consent given',
          'federated credential added',
          'on the allowed list of hve@contoso.com',
        ],
        Verified: true,
      },
    ]);
    expect(application?.credentials).toEqual([
      {
        name: `hve-mailer-${identityId}`,
        issuer: `https://login.microsoftonline.com/${tenant.tenantId}/v2.0`,
        subject: identityId,
        audiences: ['api://AzureADTokenExchange'],
      },
    ]);
  });

  it('grants the permission for applications, not the one for people of the same name', () => {
    const { tenant } = run.step('from nothing');
    expect(consents(tenant)).toEqual([
      {
        PrincipalId: `principal-of-${tenant.applications[0]?.AppId}`,
        ResourceId: 'principal-of-exchange',
        AppRoleId: mailSendRoleId,
      },
    ]);
  });

  it("puts the enterprise application's object id on the list, not the client id", () => {
    const { tenant } = run.step('from nothing');
    expect(tenant.accounts[0]?.AllowedApps).toEqual([`principal-of-${tenant.applications[0]?.AppId}`]);
    expect(run.step('client id on the list').tenant.accounts[0]?.AllowedApps).toEqual([
      clientId,
      principal.Id,
    ]);
  });

  it('changes nothing the second time', () => {
    const second = run.step('from nothing', 1);
    expect(changesOf(second)).toEqual([]);
    expect(second.output).toMatchObject([{ Changes: [], Verified: true }]);
  });

  it('changes nothing with -WhatIf, and says every step', () => {
    for (const name of ['what if', 'what if it exists'] as const) {
      const { calls, failure, output } = run.step(name);
      expect(failure).toBeNull();
      expect(changesOf({ calls })).toEqual([]);
      expect(output).toMatchObject([{ Changes: [], Verified: false }]);
    }
    for (const what of [
      'Register the application',
      'Create the enterprise application',
      'Declare the permission Mail.Send of Office 365 Exchange Online',
      'Consent for the whole tenant to the application permission Mail.Send',
      `Let the managed identity ${identityId} act as the application`,
      'Put the application hve-mailer on the allowed list',
    ]) {
      expect(run.seen).toContain(`What if: Performing the operation "${what}"`);
    }
  });

  it('takes one that exists, keeps what it asked for before, and serves several accounts', () => {
    const { output, tenant } = run.step('one that exists');
    expect(output).toMatchObject([
      { ClientId: clientId, EnterpriseApplicationObjectId: 'principal-x', Verified: true },
    ]);
    expect(tenant.applications[0]?.RequiredResourceAccess).toMatchObject([
      reads,
      {
        ResourceAppId: exchangeAppId,
        ResourceAccess: [
          { Id: 'old', Type: 'Role' },
          { Id: mailSendRoleId, Type: 'Role' },
        ],
      },
    ]);
    expect(tenant.accounts.map(({ AllowedApps }) => AllowedApps)).toEqual([['principal-x'], ['principal-x']]);
  });

  it('finds one by its name, apostrophes and all', () => {
    expect(run.step('by its name').output).toMatchObject([{ ClientId: clientId, Verified: true }]);
    expect(run.step('by its name').tenant.applications).toHaveLength(1);
  });

  it("serves another tenant's application by its enterprise application, but adds no credential to it", () => {
    expect(run.step('another tenant’s').output).toMatchObject([{ Verified: true }]);
    expect(run.step('identity for another tenant’s').failure).toMatchObject({ id: 'Hve.NoApplication' });
    expect(changesOf(run.step('identity for another tenant’s'))).toEqual([]);
  });

  it('stops before it changes anything where it cannot know what is meant', () => {
    const ids = {
      'two of that name': 'Hve.AmbiguousApplication',
      'unknown id': 'Hve.NoApplication',
      'no exchange': 'Hve.NoMailSend',
      'no such account': 'Hve.NoHveAccount',
    } as const;
    for (const [name, id] of Object.entries(ids) as [keyof typeof ids, string][]) {
      expect(run.step(name).failure).toMatchObject({ id });
      expect(changesOf(run.step(name))).toEqual([]);
    }
    expect(run.step('two of that name').failure?.message).toContain(`-ClientId: ${clientId}, another`);
  });

  it('says which applications fill a list', () => {
    expect(run.step('list full').failure?.message).toContain('They are: app-0, app-1');
  });

  it('says which role is missing, and goes on with the next run where it stopped', () => {
    const { failure } = run.step('no right to consent');
    expect(failure).toMatchObject({ id: 'Hve.Service' });
    expect(failure?.message).toContain(
      'New-MgServicePrincipalAppRoleAssignment failed. Cause: Insufficient privileges to complete the operation.',
    );
    expect(failure?.message).toContain('Privileged Role Administrator');
    expect(run.step('no right to consent', 1).output).toMatchObject([
      { Changes: ['consent given', 'on the allowed list of hve@contoso.com'], Verified: true },
    ]);
  });

  it('does not call verified what it cannot read back', () => {
    const { output, failure } = run.step('not kept');
    expect(output).toMatchObject([{ Verified: false }]);
    expect(failure).toMatchObject({ id: 'Hve.NotVerified' });
    expect(failure?.message).toContain('not seen: the entry on the allowed list of hve@contoso.com');
  });
});
