import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { anchorsOf, brokenLinks, listPages } from './pageLinks.ts';
import { blocksIn, codeOf, commandsIn, spansIn, tableOf } from './commands.ts';
import { read, readDeploymentNames } from './deploymentNames.ts';
import { findStrangers } from './strangers.ts';
import { readTenantScripts } from './tenantScripts.ts';

const known = { names: readDeploymentNames(), scripts: readTenantScripts() };
const { names, scripts } = known;
const page = (name: string): string => read(`docs/${name}.md`);
const PAGES = ['deploy', 'tenant', 'security'] as const;

describe.each(PAGES)('docs/%s.md', (name) => {
  it('names no variable, parameter, script, cmdlet, path, call or queue that does not exist', () => {
    expect(findStrangers(page(name), known)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('has only shell commands that a shell can read', () => {
    for (const block of blocksIn(page(name), 'sh')) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: block, encoding: 'utf8' });
      expect({ block, status, stderr }).toEqual({ block, status: 0, stderr: '' });
    }
  });

  it('has something to check in it', () => {
    expect(commandsIn(page(name)).length + spansIn(page(name)).length).toBeGreaterThan(60);
  });
});

describe('the check of the names', () => {
  it('knows what is to be found in the sources', () => {
    expect(names.variables.get('HVE_ALERT_EMAILS')).toEqual({ parameter: 'alerts.emails', fallback: '' });
    expect(names.variables.get('HVE_API_CLIENT_ID')?.parameter).toBe('apiAuthentication.clientId');
    expect(names.variables.get('HVE_STORAGE_SKU')?.fallback).toBe('Standard_LRS');
    expect(names.variables.size).toBeGreaterThan(45);
    expect([...names.outputs]).toContain('MAILER_API_URI');
    expect([...names.routes]).toContain('POST messages/{}/cancel');
    expect([...names.functions]).toEqual(expect.arrayContaining(['sendMail', 'postMessage', 'sweep']));
    expect([...(scripts.parameters.get('New-HveAccounts.ps1') ?? [])]).toEqual(
      expect.arrayContaining(['Path', 'VaultName', 'HveProfile', 'Profile', 'Delimiter', 'WhatIf']),
    );
    expect([...scripts.parameters.keys()]).toHaveLength(5);
    expect(scripts.checks).toHaveLength(13);
  });

  it.each([
    ['`azd env set HVE_PRIVATE_NETWORKS true`', 'infra/main.bicepparam does not read HVE_PRIVATE_NETWORKS'],
    ['HVE_INTERNAL_DOMAIN says it.', 'nothing reads HVE_INTERNAL_DOMAIN'],
    ['all of HVE_RETENTIONS_…', 'nothing reads HVE_RETENTIONS_…'],
    ['`azd env get-value MAILER_API_URL`', 'infra/main.bicep has no output MAILER_API_URL'],
    ['`azd hooks run postprovisioned`', 'there is no hook postprovisioned'],
    ['`./scripts/New-HveAccount.ps1`', 'there is no script New-HveAccount.ps1'],
    ['`./scripts/Test-HveTenant.ps1 -Accounts a@b.c`', 'Test-HveTenant.ps1 takes no -Accounts'],
    [
      '```powershell\n./scripts/Test-HveTenant.ps1 `\n  -Accounts a@b.c\n```',
      'Test-HveTenant.ps1 takes no -Accounts',
    ],
    ['`-AllowNewSecrets`', 'nothing takes -AllowNewSecrets'],
    ['`Set-HVEAccountSetting -Identity a@b.c`', 'no script uses Set-HVEAccountSetting'],
    [
      '```sh\naz deployment group create --template-file infra/resources.bicep \\\n  --parameters internalDomain=contoso.com\n```',
      'infra/resources.bicep has no parameter internalDomain',
    ],
    ['`--function-name postMessages`', 'there is no function postMessages'],
    ['`infra/parameters/entraId.bicepparam`', 'there is no infra/parameters/entraId.bicepparam'],
    ['`hosts.json`', 'there is no hosts.json'],
    ['`POST /api/pauses`', 'the API has no POST /api/pauses'],
    ['`PUT /api/pause`', 'the API has no PUT /api/pause'],
    ['```sh\ncurl "$api/message/ID"\n```', 'the API has no $api/message/ID'],
    ['the queue `mail-outboxes`', 'there is no queue or container mail-outboxes'],
    ['`npm run checks`', 'package.json has no script checks'],
  ])('finds what is misspelt in %s', (text, stranger) => {
    expect(findStrangers(text, known)).toContain(stranger);
  });
});

describe('the tables', () => {
  it('of the parameters have every variable of the deployment that is no setting of the app, with its parameter and default', () => {
    const rows = tableOf(page('deploy'), 'parameters');
    const ownOfAzd = new Set(['AZURE_ENV_NAME', 'AZURE_LOCATION', 'AZURE_PRINCIPAL_ID']);
    const expected = [...names.variables.keys()].filter(
      (name) => !names.settings.has(name) && !ownOfAzd.has(name),
    );
    expect(rows.map(([variable]) => codeOf(variable))).toEqual(expected);
    for (const [variable, parameter, fallback = ''] of rows) {
      const there = names.variables.get(codeOf(variable));
      expect([codeOf(variable), codeOf(parameter)]).toEqual([codeOf(variable), there?.parameter]);
      // What stands in words is empty there.
      expect([codeOf(variable), fallback.startsWith('`') ? codeOf(fallback) : '']).toEqual([
        codeOf(variable),
        there?.fallback,
      ]);
    }
  });

  it('of the alerts have every alert', () => {
    expect(tableOf(page('deploy'), 'alerts').map(([alert]) => codeOf(alert))).toEqual(names.alerts);
  });

  it('of the checks have every check of the tenant', () => {
    const checks = tableOf(page('tenant'), 'checks').map(([check]) => codeOf(check));
    expect(checks.filter((check) => check !== '')).toEqual(scripts.checks);
  });

  it('of the accounts have the columns that the script reads', () => {
    const head = commandsIn(page('tenant')).find((line) => line.startsWith('Address,'));
    expect(head?.split(',')).toEqual(scripts.columns);
  });
});

describe('the links', () => {
  it.each(listPages())('of %s lead somewhere', (name) => {
    expect(brokenLinks(name, read(name))).toEqual([]);
  });

  it('would not pass if one led nowhere', () => {
    const wrong = '[a](nowhere.md) [b](configuration.md#nothing) [c](#nothing) [d](https://contoso.com)';
    expect(brokenLinks('docs/deploy.md', wrong)).toEqual([
      'nowhere.md: there is no docs/nowhere.md',
      'configuration.md#nothing: there is no such heading',
      '#nothing: there is no such heading',
    ]);
    expect(brokenLinks('docs/deploy.md', '# A `b` c\n[a](#a-b-c) [d](../README.md#run-it)')).toEqual([]);
  });

  it('know how headings are called', () => {
    expect(anchorsOf('# One, two: [three](x.md)\n## Same\n## Same\n```\n# no heading\n```')).toEqual([
      'one-two-three',
      'same',
      'same-1',
    ]);
  });
});

it('is pointed to from the first page', () => {
  for (const name of PAGES) expect(read('README.md')).toContain(`(docs/${name}.md`);
  expect(read('SECURITY.md')).toContain('(docs/security.md)');
});
