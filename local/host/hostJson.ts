import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseTimeSpanMs } from './timeSpan.ts';

/** The part of host.json that this host acts on, in units. */
export interface HostSettings {
  readonly queues: QueueSettings;
  readonly routePrefix: string;
  /** undefined: no limit. */
  readonly functionTimeoutMs: number | undefined;
}

export interface QueueSettings {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  /** The constant delay after a failed execution. */
  readonly visibilityTimeoutMs: number;
  readonly maxDequeueCount: number;
  readonly messageEncoding: 'base64' | 'none';
  readonly maxPollingIntervalMs: number;
}

/** In Azure an idle queue is looked at once a minute by default; at a desk nobody waits that long for a message. */
const LONGEST_POLLING_MS = 2000;
const SHORTEST_POLLING_MS = 100;
/** Azure's default outside of the Premium plan's exceptions. */
const DEFAULT_TIMEOUT = '00:30:00';
/** What host.json writes for "no limit". */
const NO_TIMEOUT = '-1';

const timeSpanMs = z.string().transform((text, context) => {
  try {
    return parseTimeSpanMs(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});

const queuesSchema = z
  .object({
    batchSize: z.int().min(1).max(32).default(16),
    newBatchThreshold: z.int().min(0).optional(),
    visibilityTimeout: timeSpanMs.default(0),
    maxDequeueCount: z.int().min(1).default(5),
    messageEncoding: z
      .string()
      .transform((text) => text.toLowerCase())
      .pipe(z.enum(['base64', 'none']))
      .default('base64'),
    maxPollingInterval: timeSpanMs.default(LONGEST_POLLING_MS),
  })
  .prefault({});

const hostJsonSchema = z.object({
  version: z.literal('2.0'),
  functionTimeout: z
    .union([z.literal(NO_TIMEOUT).transform(() => undefined), timeSpanMs])
    .prefault(DEFAULT_TIMEOUT),
  extensions: z
    .object({
      queues: queuesSchema,
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
    })
    .prefault({}),
});

/** Reads host.json with Azure's defaults for what it does not say; throws with every problem at once. */
export function readHostJson(path: string): HostSettings {
  return parseHostJson(readFileSync(path, 'utf8'), path);
}

export function parseHostJson(text: string, path = 'host.json'): HostSettings {
  const result = hostJsonSchema.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(`${path} is not valid:\n${z.prettifyError(result.error)}`);
  const { queues, http } = result.data.extensions;
  return {
    queues: {
      batchSize: queues.batchSize,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
      visibilityTimeoutMs: queues.visibilityTimeout,
      maxDequeueCount: queues.maxDequeueCount,
      messageEncoding: queues.messageEncoding,
      maxPollingIntervalMs: Math.min(
        Math.max(queues.maxPollingInterval, SHORTEST_POLLING_MS),
        LONGEST_POLLING_MS,
      ),
    },
    routePrefix: http.routePrefix.replace(/^\/+|\/+$/g, ''),
    functionTimeoutMs: result.data.functionTimeout,
  };
}
