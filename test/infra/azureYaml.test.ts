import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../tools.ts';
import { infraFolder } from './bicep.ts';
import { parseYaml } from './parseYaml.ts';

const text = readFileSync(join(projectRoot, 'azure.yaml'), 'utf8');

/**
 * What azd's published schema (schemas/v1.0/azure.yaml.json in Azure/azure-dev, as of August 2026) says of the parts that we use, and
 * nothing beyond them: a part that is new here must be looked up there first.
 */
const script = z.strictObject({
  shell: z.enum(['sh', 'pwsh']),
  run: z.string().min(1),
  interactive: z.boolean(),
});
/** With both of these a hook may have nothing else. */
const hook = z.strictObject({ posix: script, windows: script });
const schema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  metadata: z.strictObject({ template: z.string() }),
  requiredVersions: z.strictObject({ azd: z.string().regex(/^>= \d+\.\d+\.\d+$/) }),
  infra: z.strictObject({ provider: z.literal('bicep'), path: z.string(), module: z.string() }),
  services: z.strictObject({
    mailer: z.strictObject({
      project: z.literal('.'),
      language: z.enum(['js', 'ts']),
      // Only with this host is remoteBuild allowed.
      host: z.literal('function'),
      remoteBuild: z.literal(false),
    }),
  }),
  hooks: z.strictObject({ preprovision: hook, postprovision: hook, postdeploy: hook }),
  pipeline: z.strictObject({ variables: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/)) }),
});

describe('azure.yaml', () => {
  const parsed = schema.parse(parseYaml(text));

  it('has the parts that azd’s schema knows, of their types', () => {
    expect(schema.safeParse(parseYaml(text)).error).toBeUndefined();
  });

  it.each([
    ['an unknown hook', text.replace('  postdeploy:', '  postdeployed:')],
    [
      'a hook with a script beside those of the systems',
      text.replace('    posix:', '    run: x\n    posix:'),
    ],
    ['a build in Azure', text.replace('remoteBuild: false', 'remoteBuild: true')],
  ])('would not pass with %s', (_what, wrong) => {
    expect(wrong).not.toBe(text);
    expect(schema.safeParse(parseYaml(wrong)).success).toBe(false);
  });

  it('names hooks that exist, of the right shell', () => {
    for (const [name, { posix, windows }] of Object.entries(parsed.hooks)) {
      expect([posix.shell, posix.run]).toEqual(['sh', `infra/hooks/${name}.sh`]);
      expect([windows.shell, windows.run]).toEqual(['pwsh', `infra/hooks/${name}.ps1`]);
      for (const { run, interactive } of [posix, windows]) {
        expect([existsSync(join(projectRoot, run)), interactive]).toEqual([true, true]);
      }
    }
  });

  it('deploys infra/main.bicep to the service that the site is tagged with', () => {
    expect(existsSync(join(projectRoot, parsed.infra.path, `${parsed.infra.module}.bicepparam`))).toBe(true);
    const resources = readFileSync(join(infraFolder, 'resources.bicep'), 'utf8');
    for (const service of Object.keys(parsed.services)) {
      expect(resources).toContain(`serviceName: '${service}'`);
    }
  });

  it('hands every variable of the parameters to a pipeline, less those that azd or the pipeline sets itself', () => {
    const parameters = readFileSync(join(infraFolder, 'main.bicepparam'), 'utf8');
    const read = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name]) => name ?? '');
    const ownOfAzd = new Set(['AZURE_ENV_NAME', 'AZURE_LOCATION', 'AZURE_PRINCIPAL_ID']);
    const expected = [...new Set(read)].filter((name) => !ownOfAzd.has(name));
    expect(parsed.pipeline.variables).toEqual(expected);
  });
});
