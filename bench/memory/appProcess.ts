/**
 * The app as Azure's Node worker has it: the built bundle in a process of its own, its functions invoked as by the host.
 * Nothing else is in the process but what takes the calls over.
 */
import { createRequire } from 'node:module';
import { createFunctionsCore, supplyFunctionsCore } from '../../local/host/functionsCore.ts';
import { startHttpServer } from '../../local/host/httpServer.ts';
import { indexFunctions } from '../../local/host/indexFunctions.ts';
import { createInvoker } from '../../local/host/invoke.ts';
import type { TriggerInput } from '../../local/host/invoke.ts';
import { NO_KEYS } from '../../local/host/keys.ts';
import { errorText } from '../../local/host/log.ts';
import type { LogEntry } from '../../local/host/log.ts';
import { serveCalls } from '../serveCalls.ts';
import { watchMemory } from './watchMemory.ts';
import type { MemoryPeak } from './watchMemory.ts';

export interface LoadArgument {
  /** The built bundle's absolute path. */
  readonly bundle: string;
}

export interface InvokeArgument {
  readonly functionName: string;
  /** Of the queue; one invocation each, all at once. */
  readonly items: readonly TriggerInput[];
}

const ROUTE_PREFIX = 'api';
const told: string[] = [];
const log = ({ level, message }: LogEntry): void => {
  if (level === 'warning' || level === 'error' || level === 'critical') told.push(message);
};
const core = createFunctionsCore(log);
const invoker = createInvoker({ core, log, functionTimeoutMs: undefined, onTimeout: () => undefined });
const memory = watchMemory();

serveCalls({
  /** Resolves with the port of the HTTP functions. */
  async load({ bundle }: LoadArgument): Promise<number> {
    supplyFunctionsCore(core.api);
    createRequire(bundle)(bundle);
    await core.runHooks('appStart', { hookData: {}, appHookData: {} });
    core.endRegistration();
    const { indexed } = indexFunctions(core.functions.values(), ROUTE_PREFIX);
    const server = await startHttpServer({
      port: 0,
      routePrefix: ROUTE_PREFIX,
      functions: indexed.filter(({ kind }) => kind === 'httpTrigger').map(({ fn }) => fn),
      keys: NO_KEYS,
      admin: { answer: async (_request, response) => void response.writeHead(404).end() },
      invoker,
      log,
    });
    return server.port;
  },

  /** Rejects with the first failure. */
  async invoke({ functionName, items }: InvokeArgument): Promise<void> {
    const fn = core.functions.get(functionName);
    if (fn === undefined) throw new Error(`the bundle has no function ${functionName}`);
    const results = await Promise.all(items.map((item) => invoker.invoke(fn, item)));
    for (const result of results) if (!result.ok) throw new Error(errorText(result.error));
  },

  async takePeak(): Promise<MemoryPeak> {
    return memory.takePeak();
  },

  /** What the app has said since that somebody should look at. */
  async told(): Promise<string[]> {
    return told.splice(0);
  },
});
