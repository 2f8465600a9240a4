import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where everything of a running stack is: the content of `endpoints.json`, for scripts and tests. */
export interface Endpoints {
  /** Base URL of the functions, without `/api` and without a slash at its end. */
  readonly functions: string;
  /** Connection string of the queues, tables and blobs. */
  readonly storage: string;
  /** `smtp://host:port` of the HVE simulator. */
  readonly smtp: string;
  /** Base URL of the simulator's inbox. */
  readonly inbox: string;
  readonly keyVault: {
    readonly uri: string;
    /** What a functions host that was started by hand needs as IDENTITY_ENDPOINT and IDENTITY_HEADER. */
    readonly identityEndpoint: string;
    readonly identityHeader: string;
  };
  /** Of the stand-in for Entra ID, as HVE_OAUTH_AUTHORITY_HOST; only where OAuth is set up. */
  readonly tokens?: { readonly authorityHost: string };
  /** The functions hosts that are up now, each a process of its own. */
  readonly hosts: readonly { readonly pid: number }[];
}

export interface EndpointsFile {
  /** Puts it in place as a whole: who reads it gets the old or the new one. */
  write(endpoints: Endpoints): Promise<void>;
  /** Nothing is at those addresses any more. */
  remove(): Promise<void>;
}

export const ENDPOINTS_FILE = 'endpoints.json';
/** It holds an account key and the identity's header. */
const OWNER_ONLY = 0o600;

export function makeEndpointsFile(stateDir: string): EndpointsFile {
  const path = join(stateDir, ENDPOINTS_FILE);
  // One after the other, or an older state could be put in place last.
  let last: Promise<void> = Promise.resolve();
  const inTurn = async (act: () => Promise<void>): Promise<void> => {
    const turn = last.then(act, act);
    last = turn;
    return turn;
  };
  return {
    write: async (endpoints) =>
      inTurn(async () => {
        const draft = `${path}.${randomBytes(6).toString('hex')}`;
        await writeFile(draft, `${JSON.stringify(endpoints, null, 2)}\n`, { mode: OWNER_ONLY });
        await rename(draft, path);
      }),
    remove: async () => inTurn(async () => rm(path, { force: true })),
  };
}
