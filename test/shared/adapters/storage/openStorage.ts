import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { StorageAccess } from '../../../../shared/adapters/storage/connectStorage.ts';
import { connectStorage } from '../../../../shared/adapters/storage/connectStorage.ts';
import type { StorageClock } from '../../../../shared/adapters/storage/storageClock.ts';
import { makeStorageClock } from '../../../../shared/adapters/storage/storageClock.ts';
import type { Chance } from '../../../../shared/ports.ts';

export const chance: Chance = { random: () => Math.random(), bytes: (count) => randomBytes(count) };

const HOUR_MS = 3_600_000;

/** A name of its own in the run's one storage emulator. */
export function freshPrefix(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

export interface OpenedStorage {
  readonly storage: StorageAccess;
  readonly clock: StorageClock;
}

/** The adapters' storage in the run's emulator; through another connection string, if one is given. */
export function openStorage(prefix = freshPrefix(), connectionString = inject('azurite')): OpenedStorage {
  const clock = makeStorageClock({ monotonic: () => performance.now(), lifeMs: HOUR_MS });
  return { storage: connectStorage({ connectionString }, { prefix, clock, chance }), clock };
}
