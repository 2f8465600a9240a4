import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ENDPOINTS_FILE } from './endpoints.ts';

/** By name, so that a folder given by mistake loses nothing that is not ours. The lock is not among them: it is held. */
const STATE = ['azurite', 'inbox', 'tls', 'keys.json', ENDPOINTS_FILE];

/** Removes what earlier starts have left: storage, inbox, certificates, keys. */
export async function clearState(stateDir: string): Promise<void> {
  await Promise.all(STATE.map(async (name) => rm(join(stateDir, name), { recursive: true, force: true })));
}
