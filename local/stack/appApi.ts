import { z } from 'zod';

const summarySchema = z.object({ id: z.string(), status: z.string() });

const messageSchema = summarySchema.extend({
  from: z.string(),
  waitsFor: z.string().nullable(),
  nextAttemptAt: z.string().nullable(),
  problems: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  recipients: z.array(
    z.object({
      address: z.string(),
      reply: z.string().nullable(),
      cause: z.string().nullable(),
      remedy: z.string().nullable(),
    }),
  ),
});

const listSchema = z.object({ items: z.array(summarySchema) });

const healthSchema = z.object({
  status: z.string(),
  checks: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      cause: z.string().nullish(),
      remedy: z.string().nullish(),
    }),
  ),
});

export type MessageState = z.infer<typeof messageSchema>;
export type Health = z.infer<typeof healthSchema>;

/** The part of the app's HTTP API that `npm start` itself needs. */
export interface AppApi {
  /** The message with that reference; null for none (yet). Rejects where the app cannot answer. */
  findMessage(reference: string): Promise<MessageState | null>;
  /** Rejects where the app cannot answer in its own words. */
  health(): Promise<Health>;
}

/** The app answers in milliseconds; one that needs longer is in trouble. */
const CALL_TIMEOUT_MS = 10_000;

/** `functionsUrl` without `/api`; `key`: null where the functions ask for none. */
export function makeAppApi(functionsUrl: string, key: string | null): AppApi {
  const get = async (path: string): Promise<Response> =>
    fetch(`${functionsUrl}/api/${path}`, {
      headers: key === null ? {} : { 'x-functions-key': key },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
  const read = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const response = await get(path);
    if (!response.ok)
      throw new Error(`GET /api/${path} answered ${response.status}: ${await response.text()}`);
    return schema.parse(await response.json());
  };
  return {
    findMessage: async (reference) => {
      const query = new URLSearchParams({ reference });
      const [found] = (await read(`messages?${query.toString()}`, listSchema)).items;
      return found === undefined ? null : read(`messages/${found.id}`, messageSchema);
    },
    health: async () => {
      const response = await get('health');
      return healthSchema.parse(await response.json());
    },
  };
}
