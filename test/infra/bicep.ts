import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, projectRoot } from '../tools.ts';

export const infraFolder = join(projectRoot, 'infra');

/** What `bicep` ended with. Its diagnostics go to standard error, one a line. */
export type BicepRun = {
  readonly status: number | null;
  readonly diagnostics: string;
  readonly output: string;
};

/** A resource as a deployment would make it, with every parameter resolved that does not come from another resource. */
export type PredictedResource = {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
};

/** Every Bicep file below infra/, as paths relative to it. */
export function listBicepFiles(): readonly string[] {
  const names = readdirSync(infraFolder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.bicep(param)?$/.test(name)).toSorted();
}

export function runBicep(args: readonly string[], env: Readonly<Record<string, string>> = {}): BicepRun {
  const bicep = findTool('bicep');
  if (bicep === null) throw new Error('bicep is not on the PATH');
  // Only what the tool itself needs: a parameter file reads the environment, and the machine's must not decide a test.
  const { PATH, HOME, USERPROFILE } = process.env;
  const run = spawnSync(bicep, args, {
    encoding: 'utf8',
    env: { ...withoutUndefined({ PATH, HOME, USERPROFILE }), ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error !== undefined) throw new Error(`bicep ${args.join(' ')} did not start`, { cause: run.error });
  return { status: run.status, diagnostics: run.stderr, output: run.stdout };
}

/** What a deployment with this environment would make, evaluated offline. The subscription and tenant are made up. */
export function predictResources(env: Readonly<Record<string, string>>): readonly PredictedResource[] {
  const folder = mkdtempSync(join(tmpdir(), 'bicep-snapshot-'));
  try {
    // `snapshot` writes beside the parameter file, so it gets a copy.
    cpSync(infraFolder, folder, { recursive: true });
    const subscriptionId = '11111111-1111-1111-1111-111111111111';
    const tenantId = '22222222-2222-2222-2222-222222222222';
    const place = ['--subscription-id', subscriptionId, '--tenant-id', tenantId, '--location', 'westeurope'];
    const run = runBicep(['snapshot', join(folder, 'main.bicepparam'), '--mode', 'overwrite', ...place], env);
    if (run.status !== 0) throw new Error(`bicep snapshot failed: ${run.diagnostics}${run.output}`);
    const snapshot = JSON.parse(readFileSync(join(folder, 'main.snapshot.json'), 'utf8')) as {
      predictedResources: readonly PredictedResource[];
    };
    return snapshot.predictedResources;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withoutUndefined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
