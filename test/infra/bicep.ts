import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, projectRoot } from '../tools.ts';

export const infraFolder = join(projectRoot, 'infra');
export const examplesFolder = join(projectRoot, 'docs', 'examples');

/** The compiler may have to be fetched the first time; a run of it takes one to two seconds. */
export const FIRST_USE_TIMEOUT_MS = 400_000;

/** What `bicep` ended with. Its diagnostics go to standard error, one a line. */
export interface BicepRun {
  readonly status: number;
  readonly diagnostics: string;
  readonly output: string;
}

/** A resource as a deployment would make it, with every parameter resolved that does not come from another resource. */
export interface PredictedResource {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Prediction {
  readonly resources: readonly PredictedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The Bicep files below a folder, modules and parameters too, as paths relative to it. */
export function listBicepFiles(folder: string = infraFolder): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.bicep(param)?$/.test(name)).toSorted();
}

export async function runBicep(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BicepRun> {
  const bicep = findTool('bicep');
  if (bicep === null) throw new Error('bicep is not on the PATH');
  // Only what the tool itself needs: a parameter file reads the environment, and the machine's must not decide a test.
  const { PATH, HOME, USERPROFILE } = process.env;
  const options = {
    encoding: 'utf8' as const,
    env: { ...withoutUndefined({ PATH, HOME, USERPROFILE }), ...env },
    maxBuffer: 64 * 1024 * 1024,
  };
  return new Promise((resolve, reject) => {
    execFile(bicep, args, options, (error, output, diagnostics) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({ status, diagnostics, output });
      else reject(new Error(`bicep ${args.join(' ')} did not end by itself`, { cause: error }));
    });
  });
}

/**
 * What a deployment with this parameter file (relative to infra/) would make, evaluated offline. The subscription and the tenant
 * are made up.
 */
export async function predict(
  parameterFile: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Prediction> {
  const folder = mkdtempSync(join(tmpdir(), 'bicep-snapshot-'));
  try {
    // `snapshot` writes beside the parameter file, so it gets a copy.
    cpSync(infraFolder, folder, { recursive: true });
    const file = join(folder, parameterFile);
    const place = ['--subscription-id', subscriptionId, '--tenant-id', tenantId, '--location', 'westeurope'];
    const run = await runBicep(['snapshot', file, '--mode', 'overwrite', ...place], env);
    if (run.status !== 0) throw new Error(`bicep snapshot failed: ${run.diagnostics}${run.output}`);
    const written = readFileSync(file.replace(/\.bicepparam$/, '.snapshot.json'), 'utf8');
    const { predictedResources, outputs } = JSON.parse(written) as {
      predictedResources: readonly PredictedResource[];
      outputs: Readonly<Record<string, unknown>>;
    };
    return { resources: predictedResources, outputs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const subscriptionId = '11111111-1111-1111-1111-111111111111';
const tenantId = '22222222-2222-2222-2222-222222222222';

function withoutUndefined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
