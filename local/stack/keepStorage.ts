import { startAzurite } from '../azurite.ts';
import type { Azurite, StoragePorts } from '../azurite.ts';
import { keepRunning } from './keepRunning.ts';
import type { Kept } from './keepRunning.ts';
import { startOnFreePorts } from './startOnFreePorts.ts';

export interface KeepStorageOptions {
  /** The folder with its state. */
  readonly location: string;
  /** For each that is taken the next free one; 0: any free one. */
  readonly ports: StoragePorts;
  readonly clockOffsetMs: number;
  readonly onChange: () => void;
  readonly say: (line: string) => void;
}

export interface KeptStorage {
  readonly connectionString: string;
  readonly kept: Kept<Azurite>;
}

/** Azurite, started again when it dies: on the same ports, by which everybody knows it. */
export async function keepStorage(options: KeepStorageOptions): Promise<KeptStorage> {
  const { location, clockOffsetMs, onChange, say } = options;
  const { blob, queue, table } = options.ports;
  const first = await startOnFreePorts(async (pick) => {
    const ports = { blob: await pick(blob), queue: await pick(queue), table: await pick(table) };
    return startAzurite({ location, clockOffsetMs, ports });
  });
  const { connectionString, ports } = first;
  let started: Azurite | null = first;
  const kept = await keepRunning({
    name: 'Azurite',
    start: async () => {
      const azurite = started ?? (await startAzurite({ location, clockOffsetMs, ports }));
      started = null;
      return azurite;
    },
    onChange,
    say,
  });
  return { connectionString, kept };
}
