/** What a page about the deployment names and nobody knows: each a sentence about one name. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CONTAINERS, QUEUES } from '../../shared/core/storageNames.ts';
import { projectRoot } from '../tools.ts';
import { commandsIn, spansIn } from './commands.ts';
import { findAll, withoutNames } from './deploymentNames.ts';
import type { DeploymentNames } from './deploymentNames.ts';
import type { TenantScripts } from './tenantScripts.ts';

export interface Known {
  readonly names: DeploymentNames;
  readonly scripts: TenantScripts;
}

/** Cmdlets and options of PowerShell and its modules that no script of ours uses. */
const OTHER_CMDLETS = new Set([
  'Format-Table',
  'Get-BillingPolicy',
  'Get-Help',
  'Install-Module',
  'Read-Host',
  'Update-Module',
]);
const OTHER_OPTIONS = new Set(['-Full', '-AsSecureString', '-Prompt']);
/** Azure's own, for `azd env new`. */
const OTHER_VARIABLES = ['AZURE_SUBSCRIPTION_ID'];
/** Made by the build, or by whoever follows the page. */
const NOT_IN_THE_REPOSITORY = new Set(['dist/main.cjs', 'local.settings.json']);

export function findStrangers(page: string, known: Known): string[] {
  const commands = commandsIn(page);
  const code = [...commands, ...spansIn(page)];
  return [...strangeVariables(page, known.names), ...code.flatMap((text) => strangeInCode(text, known))];
}

function strangeInCode(text: string, { names, scripts }: Known): string[] {
  return [
    strangeInAzd(text, names),
    strangeInPowerShell(text, scripts),
    strangeInAzureCli(text, names),
    strangePaths(text),
    strangeCalls(text, names),
    strangeStorage(text),
    findAll(text, /\bnpm run ([\w:]+)/g)
      .filter((name) => !names.npmScripts.has(name))
      .map((name) => `package.json has no script ${name}`),
  ].flat();
}

/** Anywhere in the page: HVE_…, AZURE_…, MAILER_…, AZD_…; `HVE_OAUTH_…` stands for all that begin so. */
function strangeVariables(
  page: string,
  { settings, variables, outputs, hookVariables }: DeploymentNames,
): string[] {
  const all = [...settings, ...variables.keys(), ...outputs, ...hookVariables, ...OTHER_VARIABLES];
  return [...page.matchAll(/\b(?:HVE|AZURE|MAILER|AZD)_\w*…?/g)]
    .map(([name]) => name)
    .filter((name) =>
      name.endsWith('…') ? !all.some((each) => each.startsWith(name.slice(0, -1))) : !all.includes(name),
    )
    .map((name) => `nothing reads ${name}`);
}

function strangeInAzd(text: string, { variables, outputs, hooks }: DeploymentNames): string[] {
  return [
    ...findAll(text, /\bazd env set (\w+)/g)
      .filter((name) => name !== 'NAME' && !variables.has(name))
      .map((name) => `infra/main.bicepparam does not read ${name}`),
    ...findAll(text, /\bazd env get-value (\w+)/g)
      .filter((name) => !variables.has(name) && !outputs.has(name))
      .map((name) => `infra/main.bicep has no output ${name}`),
    ...findAll(text, /\bazd hooks run (\w+)/g)
      .filter((name) => !hooks.has(name))
      .map((name) => `there is no hook ${name}`),
  ];
}

function strangeInPowerShell(text: string, scripts: TenantScripts): string[] {
  const strange = findAll(text, /([\w-]+\.ps1)\b/g)
    .filter((file) => !scripts.parameters.has(file))
    .map((file) => `there is no script ${file}`);
  const [, file, args] = /(?:^|\/)([\w-]+\.ps1)\b(.*)$/.exec(text) ?? [];
  const parameters = file === undefined ? undefined : scripts.parameters.get(file);
  if (parameters !== undefined && !text.startsWith('Get-Help')) {
    const given = findAll((args ?? '').replace(/\([^)]*\)/g, ''), /(?<=^|\s)-(\w+)/g);
    strange.push(...given.filter((name) => !parameters.has(name)).map((name) => `${file} takes no -${name}`));
  } else {
    const options = findAll(text, /(?<![\w-])-[A-Z]\w+/g);
    const isKnown = (name: string): boolean =>
      scripts.options.has(name) || OTHER_OPTIONS.has(name) || scripts.columns.includes(name.slice(1));
    strange.push(...options.filter((name) => !isKnown(name)).map((name) => `nothing takes ${name}`));
  }
  const cmdlets = findAll(text, /(?<![\w./-])[A-Z][a-z]+-[A-Z]\w+(?![\w-]|\.ps1)/g);
  const isKnown = (name: string): boolean => scripts.cmdlets.has(name) || OTHER_CMDLETS.has(name);
  return [...strange, ...cmdlets.filter((name) => !isKnown(name)).map((name) => `no script uses ${name}`)];
}

function strangeInAzureCli(text: string, names: DeploymentNames): string[] {
  const [, template] = /--template-file (\S+)/.exec(text) ?? [];
  const parameters = template === undefined ? undefined : names.parametersOf(template);
  const given = parameters === undefined ? [] : findAll(text, /(?<=\s)([a-z]\w*)=/g);
  return [
    ...given.filter((name) => !parameters?.has(name)).map((name) => `${template} has no parameter ${name}`),
    ...findAll(text, /--function-name (\w+)/g)
      .filter((name) => !names.functions.has(name))
      .map((name) => `there is no function ${name}`),
  ];
}

function strangePaths(text: string): string[] {
  const paths = findAll(
    text,
    /(?<![\w./-])(?:\.\/)?((?:infra|scripts|docs|test|shared|functions|local|bench|dist)\/[\w./-]*\w|[\w.-]+\.(?:yaml|json|md))(?![\w/-])/g,
  );
  return paths
    .filter((path) => !NOT_IN_THE_REPOSITORY.has(path) && !/^(?:message|answer)\.json$/.test(path))
    .filter((path) => !existsSync(join(projectRoot, path)))
    .map((path) => `there is no ${path}`);
}

/** `POST /api/pause`, `"$api/messages/ID"` in a command, and `/api/operations/*` for all below. */
function strangeCalls(text: string, { routes }: DeploymentNames): string[] {
  const all = [...routes];
  const named = [
    ...text.matchAll(/(?:\b(GET|POST|PUT) )?(?:(?<!core)\/api|\$api)\/([\w{}/-]+(?:\.json\b)?)(\*)?/g),
  ];
  return named
    .filter(([, method, path = '', isPrefix]) => {
      if (isPrefix !== undefined) return !all.some((each) => each.includes(` ${path.replace(/\/$/, '')}`));
      const route = withoutNames(path).replace(/\/[A-Z][A-Z-]+$/, '/{}');
      return !all.some((each) =>
        method === undefined ? each.endsWith(` ${route}`) : each === `${method} ${route}`,
      );
    })
    .map(([call]) => `the API has no ${call}`);
}

function strangeStorage(text: string): string[] {
  const known = new Set<string>([...Object.values(QUEUES), ...Object.values(CONTAINERS)]);
  const named = findAll(text, /(?<![\w./@-])mail-[a-z]+\b(?![@-])/g);
  return named.filter((name) => !known.has(name)).map((name) => `there is no queue or container ${name}`);
}
