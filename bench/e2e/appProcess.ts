/**
 * A process with an app, ours or the sample, whose queue function is invoked as the host would: by the local host's own
 * invoker, with the text of an item and what Storage says of it. Only the queue itself is not there.
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import {
  createFunctionsCore,
  supplyFunctionsCore,
  type FunctionsCore,
} from '../../local/host/functionsCore.ts';
import { createInvoker } from '../../local/host/invoke.ts';
import type { Log } from '../../local/host/log.ts';
import { queueTriggerMetadata } from '../../local/host/queueMessage.ts';
import { countRequests } from '../countRequests.ts';
import { serveCalls } from '../serveCalls.ts';

export interface LoadArgument {
  /** The path of what registers the functions: a CommonJS bundle, or a module of ours. */
  readonly entry: string;
  readonly storagePorts: readonly number[];
  readonly keyVaultPort: number;
  /** By how much Storage's clock is ahead of the machine's. */
  readonly clockOffsetMs: number;
}

export interface RunArgument {
  /** What an item says. */
  readonly text: string;
  /** Invocations. */
  readonly atOnce: number;
  /** Whole messages as the last of them ends, which is a little later. */
  readonly forMs: number;
}

export interface Ran {
  /** Items that the function completed. */
  readonly completed: number;
  /** Of them within the time. */
  readonly inTime: number;
  /** Invocations that threw; their items came again at once. */
  readonly thrown: number;
  /** What the first of them said. */
  readonly firstError: string | null;
  /** Of this process. */
  readonly cpuMs: number;
  readonly storageOperations: number;
  readonly keyVaultCalls: number;
}

const FUNCTION = 'sendMail';
/** What is thrown again and again is a defect. */
const DEQUEUED_AT_MOST = 20;
const HOUR_MS = 3_600_000;

serveCalls(makeApp());

function makeApp() {
  let firstError: string | null = null;
  const log: Log = ({ level, message }) => {
    if (level === 'error' || level === 'critical') firstError ??= message;
  };
  const core = createFunctionsCore(log);
  const invoker = createInvoker({ core, log, functionTimeoutMs: undefined, onTimeout: () => undefined });
  let loaded: {
    readonly storage: () => number;
    readonly vault: () => number;
    readonly clockOffsetMs: number;
  };

  /** One item, until the function completes it. How often it threw. */
  async function handle(text: string): Promise<number> {
    const insertedOn = new Date(Date.now() + loaded.clockOffsetMs);
    const message = {
      messageId: randomUUID(),
      popReceipt: 'bench',
      insertedOn,
      expiresOn: new Date(insertedOn.getTime() + HOUR_MS),
      nextVisibleOn: new Date(insertedOn.getTime() + HOUR_MS),
      messageText: text,
    };
    for (let dequeueCount = 1; ; dequeueCount++) {
      const metadata = queueTriggerMetadata({ ...message, dequeueCount }, text);
      const input = { data: { string: text }, metadata, reason: message.messageId };
      const result = await invoker.invoke(core.functions.get(FUNCTION)!, input);
      if (result.ok) return dequeueCount - 1;
      if (dequeueCount === DEQUEUED_AT_MOST) throw new Error(`an item is given up: ${firstError}`);
    }
  }

  return {
    async load({ entry, storagePorts, keyVaultPort, clockOffsetMs }: LoadArgument): Promise<void> {
      loaded = { storage: countRequests(storagePorts), vault: countRequests([keyVaultPort]), clockOffsetMs };
      await loadApp(core, entry);
      if (!core.functions.has(FUNCTION)) throw new Error(`${entry} registers no function ${FUNCTION}`);
    },

    async run({ text, atOnce, forMs }: RunArgument): Promise<Ran> {
      const before = { storage: loaded.storage(), vault: loaded.vault(), cpu: process.cpuUsage() };
      const endsAt = performance.now() + forMs;
      let completed = 0;
      let inTime = 0;
      let thrown = 0;
      const loop = async (): Promise<void> => {
        while (performance.now() < endsAt) {
          thrown += await handle(text);
          completed++;
          if (performance.now() < endsAt) inTime++;
        }
      };
      await Promise.all(Array.from({ length: atOnce }, loop));
      const { user, system } = process.cpuUsage(before.cpu);
      return {
        completed,
        inTime,
        thrown,
        firstError,
        cpuMs: (user + system) / 1000,
        storageOperations: loaded.storage() - before.storage,
        keyVaultCalls: loaded.vault() - before.vault,
      };
    },

    async close(): Promise<void> {
      await core.runHooks('appTerminate', { hookData: {}, appHookData: {} });
    },
  };
}

/** As the Node worker does. */
async function loadApp(core: FunctionsCore, entry: string): Promise<void> {
  supplyFunctionsCore(core.api);
  if (entry.endsWith('.cjs')) createRequire(entry)(entry);
  else await import(pathToFileURL(entry).href);
  await core.runHooks('appStart', { hookData: {}, appHookData: {} });
  core.endRegistration();
}
