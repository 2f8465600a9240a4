/** What an instance loads, and when: by the bundle's own source maps, which say what is in each of its files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNeighbours } from '../../bench/coldstart/neighbours.ts';
import type { Neighbours } from '../../bench/coldstart/neighbours.ts';
import { startInstance } from '../../bench/coldstart/startInstance.ts';
import type { Start } from '../../bench/coldstart/startInstance.ts';
import { projectRoot } from '../tools.ts';

const DIST = join(projectRoot, 'dist');
/** Two starts, of which each may take a minute on a machine under load. */
const PATIENCE_MS = 180_000;

let neighbours: Neighbours;
const starts = new Map<'plain' | 'fast', Start>();

beforeAll(async () => {
  neighbours = await startNeighbours();
  for (const transport of ['plain', 'fast'] as const) {
    const message = { to: 'ann@contoso.com', subject: transport, text: 'Hello.' };
    const item = { id: transport, text: JSON.stringify(message), insertedAt: new Date().toISOString() };
    const env = { ...neighbours.env, HVE_SMTP_TRANSPORT: transport };
    starts.set(transport, await startInstance(join(DIST, 'main.cjs'), item, env));
  }
}, PATIENCE_MS);
afterAll(async () => neighbours?.stop());

/** The source files in the files of the bundle: those of packages by the package's name. */
function sourcesIn(files: readonly string[]): ReadonlySet<string> {
  const sources = files
    // The bundler's own few lines have no map.
    .filter((file) => file.startsWith(DIST) && existsSync(`${file}.map`))
    .flatMap((file) => {
      const map = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: readonly string[] };
      return map.sources.map(nameOf);
    });
  return new Set(sources);
}

function nameOf(source: string): string {
  const inPackage = source.split('node_modules/').at(-1)!;
  if (inPackage !== source) return /^(?:@[^/]+\/)?[^/]+/.exec(inPackage)![0];
  return source.replace(/^(\.\.\/)+/, '');
}

function packagesIn(sources: ReadonlySet<string>): readonly string[] {
  return [...sources].filter((name) => !name.includes('.ts')).toSorted();
}

describe('a cold start', () => {
  it('sends its mail, so that what is said below is about all of it', async () => {
    expect((await neighbours.subjects()).toSorted()).toEqual(['fast', 'plain']);
  });

  it('registers the functions with nothing of an SDK, no handler and no flow', () => {
    const sources = sourcesIn(starts.get('plain')!.registered.files);
    expect(sources).toContain('functions/index.ts');
    expect(packagesIn(sources).filter((name) => !AT_REGISTRATION.has(name))).toEqual([]);
    const own = [...sources].filter((name) => name.endsWith('.ts'));
    expect(own.filter((name) => /^shared\/(flows|wiring)|^functions\/handlers/.test(name))).toEqual([]);
  });

  it('sends by the fast transport without what a plain message does not need', () => {
    const packages = packagesIn(sourcesIn(starts.get('fast')!.handled.files));
    // It is asked for, or the next line could not fail.
    expect(packages).toEqual(expect.arrayContaining(['@azure/data-tables', '@azure/identity']));
    expect(packages.filter((name) => FOR_OTHERS.test(name))).toEqual([]);
  });

  it('loads what speaks SMTP only by the transport that does', () => {
    const session = 'shared/adapters/smtp/smtpSession.ts';
    expect(sourcesIn(starts.get('plain')!.handled.files)).toContain(session);
    expect(sourcesIn(starts.get('fast')!.handled.files)).not.toContain(session);
  });

  it('reads the OpenAPI document only when it is asked for', () => {
    const own = [...sourcesIn(starts.get('plain')!.handled.files)];
    expect(own.filter((name) => name.startsWith('shared/core/api/openApi'))).toEqual([]);
  });
});

const AT_REGISTRATION: ReadonlySet<string> = new Set([
  '@azure/functions',
  '@azure/functions-extensions-base',
  'cookie',
  // The settings of telemetry and of the API's sign-in are read before the rest.
  'zod',
]);

/** Queues, blobs, telemetry’s export, SMTP by nodemailer: their packages are loaded with their first use. */
const FOR_OTHERS = /^(@azure\/(storage-|monitor-)|@opentelemetry\/|apache-arrow|nodemailer)/;
