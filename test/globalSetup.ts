import type { TestProject } from 'vitest/node';
import { startAzurite } from '../local/azurite.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The connection string of the run's one storage emulator. Tests keep apart by the names of their tables, queues and containers. */
    azurite: string;
  }
}

/** One in-memory Azurite for the whole run: starting one per file would take longer than the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const azurite = await startAzurite({ location: 'memory' });
  project.provide('azurite', azurite.connectionString);
  return async () => azurite.stop();
}
