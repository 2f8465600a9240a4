import type { Call, StepResult } from './pwsh.ts';

/** An HVE account as the stand-ins for Exchange Online and Entra ID know it. */
export type Account = {
  readonly PrimarySmtpAddress: string;
  readonly Name: string;
  readonly DisplayName: string;
  readonly ExternalDirectoryObjectId: string;
  readonly password: string;
  readonly AuthenticationPolicy: string;
  readonly ReplyTo: string;
  readonly AllowedApps: readonly string[];
  readonly BillingPolicyId: string;
  readonly BillingPolicyStatus: string;
  readonly AccountEnabled: boolean;
  readonly licences: readonly { readonly SkuId: string; readonly SkuPartNumber: string }[];
  readonly groups: readonly string[];
};

export type SecretVersion = {
  readonly version: string;
  readonly created: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly value: string;
};

/** How the next calls of a cmdlet fail: before or after their effect; with `dies`, PowerShell ends at that moment. */
export type Failure = {
  readonly message?: string;
  readonly status?: number;
  readonly times: number;
  /** So many calls go well before. */
  readonly skip?: number;
  readonly after?: boolean;
  readonly dies?: boolean;
};

type Application = {
  readonly Id: string;
  readonly AppId: string;
  readonly DisplayName: string;
  readonly RequiredResourceAccess: readonly unknown[];
  readonly credentials: readonly unknown[];
};

/** The world around the scripts: Exchange Online, Entra ID and a Key Vault, with the sessions that a person has opened. */
export type Tenant = {
  readonly tenantId: string;
  readonly exchangeSessions: readonly Readonly<Record<string, unknown>>[];
  readonly graphSession: boolean;
  readonly azureSession: boolean;
  readonly missingCmdlets: readonly string[];
  /** Those that say yes and do nothing. */
  readonly ignoredCmdlets: readonly string[];
  readonly failures: Readonly<Record<string, Failure>>;
  readonly accounts: readonly Account[];
  readonly recipients: readonly {
    readonly PrimarySmtpAddress: string;
    readonly Name: string;
    readonly RecipientTypeDetails: string;
  }[];
  readonly acceptedDomains: readonly { readonly DomainName: string; readonly MatchSubDomains: boolean }[];
  readonly defaultAuthenticationPolicy: string;
  readonly authenticationPolicies: readonly Readonly<Record<string, unknown>>[];
  readonly smtpClientAuthenticationDisabled: boolean;
  readonly securityDefaults: boolean;
  readonly conditionalAccess: readonly unknown[];
  readonly applications: readonly Application[];
  readonly servicePrincipals: readonly {
    readonly Id: string;
    readonly AppId: string;
    readonly AppRoles: readonly unknown[];
  }[];
  readonly roleAssignments: readonly {
    readonly PrincipalId: string;
    readonly ResourceId: string;
    readonly AppRoleId: string;
  }[];
  readonly vault: Readonly<Record<string, readonly SecretVersion[]>>;
};

export const mailSendRoleId = 'b633e1c5-b582-4048-a93e-9f11b44c7e96';
export const exchangeAppId = '00000002-0000-0ff1-ce00-000000000000';

/** An account in order. */
export function makeAccount(address: string, changes: Partial<Account> = {}): Account {
  const name = address.slice(0, address.indexOf('@'));
  return {
    PrimarySmtpAddress: address,
    Name: name,
    DisplayName: name,
    ExternalDirectoryObjectId: `id-of-${address}`,
    password: `present-password-of-${name}`,
    AuthenticationPolicy: '',
    ReplyTo: '',
    AllowedApps: [],
    BillingPolicyId: '99999999-9999-9999-9999-999999999999',
    BillingPolicyStatus: 'BillingPolicyValid',
    AccountEnabled: true,
    licences: [],
    groups: [],
    ...changes,
  };
}

/** The vault's entry for an account in order: made by the scripts, with the password that Exchange has. */
export function makeSecret(account: Account, changes: Partial<SecretVersion> = {}): readonly SecretVersion[] {
  const { PrimarySmtpAddress: address, password } = account;
  return [
    {
      version: 'v1',
      created: '2026-01-02T03:04:05Z',
      tags: { hveAccount: address },
      value: password,
      ...changes,
    },
  ];
}

/** contoso.com, with everything in order and a person signed in everywhere. */
export function makeTenant(changes: Partial<Tenant> = {}): Tenant {
  return {
    tenantId: '11111111-2222-3333-4444-555555555555',
    exchangeSessions: [
      {
        State: 'Connected',
        TokenStatus: 'Active',
        IsEopSession: false,
        UserPrincipalName: 'admin@contoso.com',
      },
    ],
    graphSession: true,
    azureSession: true,
    missingCmdlets: [],
    ignoredCmdlets: [],
    failures: {},
    accounts: [],
    recipients: [],
    acceptedDomains: [
      { DomainName: 'contoso.com', MatchSubDomains: false },
      { DomainName: 'contoso.onmicrosoft.com', MatchSubDomains: false },
    ],
    defaultAuthenticationPolicy: '',
    authenticationPolicies: [],
    smtpClientAuthenticationDisabled: true,
    securityDefaults: false,
    conditionalAccess: [],
    applications: [],
    servicePrincipals: [
      {
        Id: 'principal-of-exchange',
        AppId: exchangeAppId,
        AppRoles: [
          { Id: 'for-people', Value: 'Mail.Send', AllowedMemberTypes: ['User'] },
          { Id: mailSendRoleId, Value: 'Mail.Send', AllowedMemberTypes: ['Application'] },
        ],
      },
    ],
    roleAssignments: [],
    vault: {},
    ...changes,
  };
}

/** The calls that change something. */
export function changesOf(result: { readonly calls: readonly Call[] }): readonly Call[] {
  return result.calls.filter(({ cmdlet }) => !cmdlet.startsWith('Get-'));
}

/** Every password that the stand-ins were ever given or hold. */
export function secretsOf(results: readonly StepResult[]): readonly string[] {
  const all = results.flatMap(({ tenant, calls }) => [
    ...Object.values(tenant.vault).flatMap((versions) => versions.map(({ value }) => value)),
    ...tenant.accounts.map(({ password }) => password),
    ...calls.flatMap(({ parameters }) => [parameters['Password'], parameters['SecretValue']]),
  ]);
  return [...new Set(all.filter((value): value is string => typeof value === 'string' && value !== ''))];
}
