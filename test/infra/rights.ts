/**
 * Who may do what in Azure, read from a snapshot, and as the table that docs/security.md shows:
 *   const { resources } = await predict('parameters/privateNetwork.bicepparam');
 *   renderRights(rightsIn(resources))
 * That parameter file is the one with every kind of principal in it.
 */
import type { PredictedResource } from './bicep.ts';

export interface Right {
  readonly who: string;
  /** The name of a built-in role. */
  readonly role: string;
  /** The one resource it is given on. */
  readonly on: string;
}

/** Built-in roles of Azure, by the ids that are the same in every tenant. */
const ROLES: Readonly<Record<string, string>> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'Storage Blob Data Contributor',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a': 'Storage Queue Data Message Sender',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
};

/** The principals of infra/parameters/privateNetwork.bicepparam. */
const PRINCIPALS: Readonly<Record<string, string>> = {
  '33333333-3333-3333-3333-333333333333': 'whoever deploys (`AZURE_PRINCIPAL_ID`)',
  '44444444-4444-4444-4444-444444444444': 'each producer (`HVE_PRODUCER_PRINCIPAL_IDS`)',
};
const APP = 'the app (its managed identity)';

/** The last part of a scope that a right may be given on, most narrow first. Anything else is shown as it is. */
const SCOPES: readonly (readonly [RegExp, string])[] = [
  [/\/storageAccounts\/[^/]+\/queueServices\/default\/queues\/([^/]+)$/, 'queue `$1`'],
  [/\/storageAccounts\/[^/]+\/blobServices\/default\/containers\/([^/]+)$/, 'container `$1`'],
  [/\/Microsoft\.Storage\/storageAccounts\/[^/]+$/, 'the storage account'],
  [/\/Microsoft\.KeyVault\/vaults\/[^/]+$/, 'the Key Vault'],
  [/\/Microsoft\.Insights\/components\/[^/]+$/, 'Application Insights'],
];

/** What for. A right that stands here no longer, or not yet, is an error. */
const REASONS: Readonly<Record<string, string>> = {
  'Storage Blob Data Owner on the storage account':
    'its payloads, the producers’ content, its package, and the leases of the Functions host, which needs Owner for them',
  'Storage Queue Data Contributor on the storage account':
    'takes mail from the queues and puts items on them',
  'Storage Table Data Contributor on the storage account': 'its record of messages, quota and accounts',
  'Key Vault Secrets User on the Key Vault': 'reads the accounts’ passwords; it cannot write them',
  'Monitoring Metrics Publisher on Application Insights':
    'writes its metrics, traces and log; telemetry by key is off',
  'Key Vault Secrets Officer on the Key Vault': 'writes the accounts’ passwords',
  'Storage Queue Data Message Sender on queue `mail-outbox`':
    'adds messages; it can neither read, change nor delete one',
  'Storage Blob Data Contributor on container `mail-content`':
    'large messages and attachments; producers can read each other’s there',
};

/** Every role assignment of a deployment, sorted. */
export function rightsIn(resources: readonly PredictedResource[]): readonly Right[] {
  return resources
    .filter(({ type }) => type === 'Microsoft.Authorization/roleAssignments')
    .map(({ id, properties }) => ({
      who: nameOfPrincipal(String(properties['principalId'])),
      role: nameOfRole(String(properties['roleDefinitionId'])),
      on: nameOfScope(id),
    }))
    .toSorted((a, b) => compare(a.who, b.who) || compare(a.role, b.role) || compare(a.on, b.on));
}

/** A Markdown table. Throws where a right has no reason in this file, so that a new one is explained. */
export function renderRights(rights: readonly Right[]): string {
  const rows = rights.map(({ who, role, on }) => {
    const reason = REASONS[`${role} on ${on}`];
    if (reason === undefined) throw new Error(`say in test/infra/rights.ts what ${role} on ${on} is for`);
    return `| ${who} | ${role} | ${on} | ${reason} |`;
  });
  return ['| who | role | on | what for |', '|---|---|---|---|', ...rows].join('\n');
}

function nameOfPrincipal(id: string): string {
  // The app's identity is made by the same deployment: its id is known only then.
  if (/^\[reference\(.*'identity-\{0\}'.*\)\.outputs\.principalId\.value\]$/.test(id)) return APP;
  return PRINCIPALS[id] ?? id;
}

function nameOfRole(definitionId: string): string {
  const id = definitionId.split('/').at(-1) ?? '';
  return ROLES[id] ?? definitionId;
}

/** The scope is the part of an assignment's id before the assignment itself, or the first argument of the function that makes it. */
function nameOfScope(assignmentId: string): string {
  const scope =
    /^\[extensionResourceId\('([^']+)'/.exec(assignmentId)?.[1] ??
    assignmentId.split('/providers/Microsoft.Authorization/')[0] ??
    assignmentId;
  for (const [pattern, name] of SCOPES) {
    const found = pattern.exec(scope);
    if (found) return name.replace('$1', found[1] ?? '');
  }
  return scope;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
