/** Every name that the pages about the deployment may use, read from where it is defined. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATIONS } from '../../shared/core/api/operations.ts';
import { SETTINGS } from '../../shared/core/settingTable.ts';
import { projectRoot } from '../tools.ts';

export interface DeploymentNames {
  /** Settings of the app. */
  readonly settings: ReadonlySet<string>;
  /** What infra/main.bicepparam reads, with the parameter it goes to (`alerts.emails`) and its default as it stands there. */
  readonly variables: ReadonlyMap<string, { readonly parameter: string; readonly fallback: string }>;
  /** Of infra/main.bicep: azd keeps them in its environment. */
  readonly outputs: ReadonlySet<string>;
  /** What the hooks read beside these. */
  readonly hookVariables: ReadonlySet<string>;
  readonly hooks: ReadonlySet<string>;
  readonly alerts: readonly string[];
  /** The parameters of a Bicep file, by its path. */
  parametersOf(file: string): ReadonlySet<string>;
  /** `METHOD route`, the parts in braces left empty. */
  readonly routes: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly npmScripts: ReadonlySet<string>;
}

export const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

export function findAll(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole);
}

export function readDeploymentNames(): DeploymentNames {
  const hookFiles = readdirSync(join(projectRoot, 'infra/hooks'));
  const hookText = hookFiles.map((name) => read(`infra/hooks/${name}`)).join('\n');
  const triggers = read('functions/index.ts');
  const packageJson = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  return {
    settings: new Set(Object.values(SETTINGS).map(({ name }) => name)),
    variables: readVariables(read('infra/main.bicepparam')),
    outputs: new Set(findAll(read('infra/main.bicep'), /^output (\w+) /gm)),
    hookVariables: new Set(findAll(hookText, /\$(?:env:|\{)?((?:HVE|AZURE|MAILER|AZD)_\w+)/g)),
    hooks: new Set(hookFiles.map((name) => name.replace(/\.\w+$/, ''))),
    alerts: findAll(read('infra/modules/alerts.bicep'), /^ {4}name: '(\w+)'$/gm),
    parametersOf: (file) =>
      new Set(existsSync(join(projectRoot, file)) ? findAll(read(file), /^param (\w+) /gm) : []),
    routes: new Set(Object.values(OPERATIONS).map(({ method, route }) => `${method} ${withoutNames(route)}`)),
    functions: new Set([...Object.keys(OPERATIONS), ...findAll(triggers, /\bapp\.\w+\('(\w+)'/g)]),
    npmScripts: new Set(Object.keys(packageJson.scripts)),
  };
}

/** `messages/{id}/payload` as `messages/{}/payload`. */
export function withoutNames(route: string): string {
  return route.replace(/\{[^}]*\}/g, '{}');
}

function readVariables(text: string): DeploymentNames['variables'] {
  const variables = new Map<string, { parameter: string; fallback: string }>();
  let parameter = '';
  for (const line of text.split('\n')) {
    parameter = /^param (\w+) /.exec(line)?.[1] ?? parameter;
    const property = /^ {2,}(\w+): /.exec(line)?.[1];
    for (const [, name = '', first = '', second] of line.matchAll(
      /readEnvironmentVariable\('(\w+)', '([^']*)'\)(?:, '([^'$]*)'\))?/g,
    )) {
      variables.set(name, {
        parameter: property === undefined ? parameter : `${parameter}.${property}`,
        fallback: second ?? first,
      });
    }
  }
  return variables;
}
