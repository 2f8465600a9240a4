import { z } from 'zod';

/** What the process of a functions host is told by its parent, as JSON in its first argument. */
export const hostConfigSchema = z.object({
  /** The app's built CommonJS bundle, an absolute path. */
  bundle: z.string(),
  /** The path of host.json. */
  hostJson: z.string(),
  /** Of 127.0.0.1; 0 for any free one. */
  port: z.int().min(0).max(65_535).default(0),
  /** Where the keys are kept (made at the first start). Not given: the host asks for no keys. */
  keysFile: z.string().optional(),
  /** Hosts with the same id share their timers. */
  hostId: z.string().default('local'),
  logLevel: z.enum(['trace', 'debug', 'information', 'warning', 'error', 'critical']).default('information'),
});

export type HostConfig = z.input<typeof hostConfigSchema>;

/** What the process tells its parent when it is up. */
export const hostReadySchema = z.object({
  type: z.literal('ready'),
  port: z.number(),
  functions: z.array(z.object({ name: z.string(), trigger: z.string(), detail: z.string() })),
  errors: z.array(z.string()),
});

export type HostReady = z.infer<typeof hostReadySchema>;

/** What a parent sends to have it stop gracefully; SIGTERM does the same where there are signals. */
export const STOP_MESSAGE = 'stop';
