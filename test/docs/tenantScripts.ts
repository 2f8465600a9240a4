/** The scripts for the tenant, as far as a page names their parts. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tools.ts';
import { findAll, read } from './deploymentNames.ts';

export interface TenantScripts {
  /** By the file's name: its parameters and their aliases, without the hyphen. */
  readonly parameters: ReadonlyMap<string, ReadonlySet<string>>;
  /** Cmdlets that the scripts and the hooks use. */
  readonly cmdlets: ReadonlySet<string>;
  /** Whatever begins with a hyphen in them. */
  readonly options: ReadonlySet<string>;
  /** The checks of Test-HveTenant.ps1, in the order in which it makes them. */
  readonly checks: readonly string[];
  /** The columns of New-HveAccounts.ps1's file. */
  readonly columns: readonly string[];
}

/** PowerShell gives these to every script that asks for them. */
const COMMON_PARAMETERS = ['WhatIf', 'Confirm', 'Verbose', 'ErrorAction'];

export function readTenantScripts(): TenantScripts {
  const files = readdirSync(join(projectRoot, 'scripts')).filter((name) => name.endsWith('.ps1'));
  const modules = readdirSync(join(projectRoot, 'scripts/modules')).map((name) => `scripts/modules/${name}`);
  const hooks = readdirSync(join(projectRoot, 'infra/hooks')).filter((name) => name.endsWith('.ps1'));
  const sources = [
    ...files.map((name) => `scripts/${name}`),
    ...modules,
    ...hooks.map((name) => `infra/hooks/${name}`),
  ];
  const text = sources.map(read).join('\n');
  const [columns = ''] = findAll(read('scripts/modules/HveAccountFile.psm1'), /^\$Columns = (.*)$/gm);
  return {
    parameters: new Map(files.map((name) => [name, parametersOf(read(`scripts/${name}`))])),
    cmdlets: new Set(findAll(text, /\b[A-Z][a-z]+-[A-Z]\w+/g)),
    options: new Set(findAll(text, /(?<![\w-])-[A-Z]\w+/g)),
    checks: findAll(read('scripts/Test-HveTenant.ps1'), /Invoke-Check (?:'([^']+)'|"([^"]+)")/g).map(
      (check) => check.replace(/^Invoke-Check |"/g, ''),
    ),
    columns: findAll(columns, /'(\w+)'/g),
  };
}

function parametersOf(script: string): ReadonlySet<string> {
  // The block of the script itself begins at a line's start; those of its functions do not.
  const block = /^param\(\n(.*?)^\)/ms.exec(script)?.[1] ?? '';
  return new Set([
    ...findAll(block, /\] \$(\w+)(?=[ ,\n])/g),
    ...findAll(block, /\[Alias\('(\w+)'\)\]/g),
    ...COMMON_PARAMETERS,
  ]);
}
