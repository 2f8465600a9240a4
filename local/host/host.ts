import { createRequire } from 'node:module';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { createAdminApi } from './adminApi.ts';
import type { HostStatus } from './adminApi.ts';
import { connectionString, resolveSettings } from './appSettings.ts';
import type { AppSettings } from './appSettings.ts';
import { createFunctionsCore, supplyFunctionsCore } from './functionsCore.ts';
import type { FunctionsCore } from './functionsCore.ts';
import type { HostSettings } from './hostJson.ts';
import { startHttpServer } from './httpServer.ts';
import { indexFunctions, textOption } from './indexFunctions.ts';
import type { IndexedFunction } from './indexFunctions.ts';
import { createInvoker } from './invoke.ts';
import type { Invoker } from './invoke.ts';
import { NO_KEYS, openKeys } from './keys.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import { parseSchedule } from './ncrontab.ts';
import { listenToQueue } from './queueListener.ts';
import { listenToTimer, timerInput } from './timerListener.ts';

export interface HostOptions {
  /** The app's built CommonJS bundle, an absolute path. */
  readonly bundle: string;
  readonly hostSettings: HostSettings;
  readonly appSettings: AppSettings;
  /** Of 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Where the keys are kept; undefined: asks for no keys. */
  readonly keysFile: string | undefined;
  /** Hosts with the same id share their timers. */
  readonly hostId: string;
  /** By what the durations of the host are divided. */
  readonly timeScale: number;
  readonly log: Log;
  readonly onTimeout: (functionName: string, invocationId: string) => void;
}

export interface Host {
  readonly port: number;
  readonly status: HostStatus;
  /** Takes nothing new, lets what runs go on for so long at most, then runs the appTerminate hooks. */
  stop(graceMs: number): Promise<void>;
}

interface Listener {
  stop(): Promise<void>;
}

/** The container in which Azure's host keeps its locks and the state of its timers. */
const HOST_CONTAINER = 'azure-webjobs-hosts';
/** Azure keeps the last run of timers only where it is a minute or more to the next. */
const MONITORED_INTERVAL_MS = 60_000;

/** Loads the app into this process, as the Node worker would, and drives its functions as the Functions host would. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { hostSettings, timeScale, log } = options;
  const core = createFunctionsCore(log);
  const loadErrors = await loadApp(core, options.bundle, log);
  const { indexed, errors } = indexFunctions(core.functions.values(), hostSettings.routePrefix);
  const problems = [...loadErrors, ...errors];
  if (core.functions.size === 0) {
    problems.push(
      `The app registered no function. In Azure it would now do nothing, without any error. Look at ${options.bundle} and at what it said above.`,
    );
  }
  const limitMs = hostSettings.functionTimeoutMs;
  const invoker = createInvoker({
    core,
    log,
    functionTimeoutMs: limitMs === undefined ? undefined : limitMs / timeScale,
    onTimeout: options.onTimeout,
  });
  const names = indexed.map(({ name }) => name);
  const status = (): HostStatus => ({
    state: indexed.length === 0 ? 'Error' : 'Running',
    functions: indexed.map(({ name, kind, detail }) => ({ name, trigger: kind, detail })),
    errors: problems,
  });
  const server = await startHttpServer({
    port: options.port,
    routePrefix: hostSettings.routePrefix,
    functions: indexed.filter(({ kind }) => kind === 'httpTrigger').map(({ fn }) => fn),
    keys: options.keysFile === undefined ? NO_KEYS : openKeys(options.keysFile, names),
    admin: createAdminApi({ status, trigger: (name, input) => startByHand(indexed, invoker, name, input) }),
    invoker,
    log,
  });
  const listeners: Listener[] = [];
  for (const found of indexed) {
    try {
      if (found.kind === 'queueTrigger') listeners.push(startQueue(found, options, invoker));
      if (found.kind === 'timerTrigger') listeners.push(startTimer(found, options, invoker));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(`The function "${found.name}" is not run: ${reason}`);
    }
  }
  for (const problem of problems) log({ level: 'critical', message: problem });

  return {
    port: server.port,
    status: status(),
    stop: async (graceMs) => {
      const stopped = Promise.all([server.stop(), ...listeners.map(async (listener) => listener.stop())]);
      // What was started by hand belongs to no listener.
      const idle = stopped.then(async () => invoker.idle());
      await Promise.race([idle, graceOver(graceMs)]);
      if (invoker.running() > 0) {
        log({ level: 'warning', message: `stops with ${invoker.running()} functions still running` });
      }
      await core.runHooks('appTerminate', { hookData: {}, appHookData: {} });
    },
  };
}

async function loadApp(core: FunctionsCore, bundle: string, log: Log): Promise<string[]> {
  const problems: string[] = [];
  supplyFunctionsCore(core.api);
  try {
    createRequire(bundle)(bundle);
  } catch (error) {
    log({ level: 'error', message: errorText(error) });
    problems.push(`The app could not be loaded from ${bundle}: ${String(error)}`);
  }
  try {
    await core.runHooks('appStart', { hookData: {}, appHookData: {} });
  } catch (error) {
    log({ level: 'error', message: errorText(error) });
    problems.push(`An appStart hook of the app failed: ${String(error)}`);
  }
  core.endRegistration();
  const capabilities = (await core.programmingModel()?.getCapabilities?.({})) ?? {};
  if (capabilities['HttpUri'] !== undefined) {
    problems.push('The app asks for HTTP streams (app.setup), which the local host does not have.');
  }
  return problems;
}

function startQueue(found: IndexedFunction, options: HostOptions, invoker: Invoker): Listener {
  const { binding, fn } = found;
  const service = QueueServiceClient.fromConnectionString(
    connectionString(textOption(binding, 'connection'), options.appSettings),
  );
  const queueName = resolveSettings(textOption(binding, 'queueName') ?? '', options.appSettings);
  return listenToQueue({
    fn,
    queue: service.getQueueClient(queueName),
    poisonQueue: service.getQueueClient(`${queueName}-poison`),
    settings: options.hostSettings.queues,
    timeScale: options.timeScale,
    invoker,
    log: options.log,
  });
}

function startTimer(found: IndexedFunction, options: HostOptions, invoker: Invoker): Listener {
  const { binding, fn } = found;
  const schedule = parseSchedule(resolveSettings(textOption(binding, 'schedule') ?? '', options.appSettings));
  const service = BlobServiceClient.fromConnectionString(connectionString(undefined, options.appSettings));
  const first = schedule.next(Date.now());
  return listenToTimer({
    fn,
    schedule,
    runOnStartup: binding['runOnStartup'] === true,
    useMonitor: binding['useMonitor'] !== false && schedule.next(first) - first >= MONITORED_INTERVAL_MS,
    timeScale: options.timeScale,
    hostId: options.hostId,
    container: service.getContainerClient(HOST_CONTAINER),
    invoker,
    log: options.log,
    now: () => Date.now(),
  });
}

function startByHand(
  indexed: readonly IndexedFunction[],
  invoker: Invoker,
  name: string,
  input: string,
): boolean {
  const found = indexed.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (found === undefined || found.kind === 'httpTrigger') return false;
  const reason = 'started by hand';
  const trigger =
    found.kind === 'timerTrigger'
      ? timerInput(false, undefined, reason)
      : { data: { string: input }, metadata: {}, reason };
  // Its failure is in the log; the caller of the admin API is told only that it started, as in Azure.
  void invoker.invoke(found.fn, trigger);
  return true;
}

async function graceOver(graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, graceMs).unref();
  });
}
