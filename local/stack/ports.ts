import type { StoragePorts } from '../azurite.ts';

/** Ports of 127.0.0.1; 0: any free one. */
export interface StackPorts {
  readonly functions: number;
  readonly storage: StoragePorts;
  readonly smtp: number;
  readonly inbox: number;
  readonly keyVault: number;
  readonly identity: number;
  readonly tokens: number;
}

/** Like the originals: Core Tools' port, Azurite's, and for the rest the original's port with a digit before it. */
export const USUAL_PORTS: StackPorts = {
  functions: 7071,
  storage: { blob: 10_000, queue: 10_001, table: 10_002 },
  smtp: 2587,
  inbox: 8025,
  keyVault: 8443,
  identity: 8444,
  tokens: 8445,
};

export const ANY_PORTS: StackPorts = {
  functions: 0,
  storage: { blob: 0, queue: 0, table: 0 },
  smtp: 0,
  inbox: 0,
  keyVault: 0,
  identity: 0,
  tokens: 0,
};
