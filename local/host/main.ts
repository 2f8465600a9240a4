/**
 * One functions host, a process of its own: spawnHost.ts starts it with the two preloads
 * that shift its clock and end it with its parent, and with a HostConfig as JSON in its first argument.
 * Its environment is the app's settings. It tells its parent over IPC when it is up.
 */
import { startHost } from './host.ts';
import { hostConfigSchema, STOP_MESSAGE } from './hostConfig.ts';
import type { HostReady } from './hostConfig.ts';
import { readHostJson } from './hostJson.ts';
import { createLog, errorText } from './log.ts';
import { parseTimeScale } from './timeScale.ts';

/** How long functions may run on after a stop; Azure promises less (1 to 3 seconds were seen). */
const GRACE_MS = 10_000;
/** However fast the time goes: what has to be recorded and told at the end takes a busy machine as long as ever. */
const LEAST_GRACE_MS = 3000;

const config = hostConfigSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const log = createLog({
  write: (line) => process.stdout.write(line),
  now: () => new Date(),
  lowest: config.logLevel,
});

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  // As in Azure: the worker is gone with all that runs in it.
  process.on(event, (error: unknown) => {
    log({ level: 'critical', message: `ends because of an ${event}: ${errorText(error)}` });
    process.exit(1);
  });
}

const timeScale = parseTimeScale(process.env['HVE_LOCAL_TIME_SCALE']);
const host = await startHost({
  bundle: config.bundle,
  hostSettings: readHostJson(config.hostJson),
  appSettings: process.env,
  port: config.port,
  keysFile: config.keysFile,
  hostId: config.hostId,
  timeScale,
  log,
  onTimeout: (functionName, invocationId) => {
    log({
      level: 'critical',
      functionName,
      invocationId,
      message:
        'ran longer than functionTimeout (host.json): this host ends with all that runs in it, as in Azure',
    });
    process.exit(1);
  },
});

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  log({ level: 'information', message: 'stops: takes nothing new and waits for what runs' });
  host
    .stop(Math.max(GRACE_MS / timeScale, LEAST_GRACE_MS))
    .catch((error: unknown) => log({ level: 'error', message: `stopping: ${errorText(error)}` }))
    .finally(() => process.exit(0));
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.on('message', (message) => {
  if (message === STOP_MESSAGE) stop();
});

const ready: HostReady = {
  type: 'ready',
  port: host.port,
  functions: [...host.status.functions],
  errors: [...host.status.errors],
};
process.send?.(ready);
