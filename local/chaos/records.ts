import { setTimeout as sleep } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import { z } from 'zod';
import { STATUSES } from '../../shared/core/status.ts';
import { QUEUES } from '../../shared/core/storageNames.ts';
import type { Endpoints } from '../stack/endpoints.ts';
import { CHAOS_APP } from './planMessages.ts';
import type { QuotaFacts } from './quotaBounds.ts';

const summarySchema = z.object({
  id: z.string(),
  status: z.enum(STATUSES),
  reference: z.string().nullable(),
  waitsFor: z.string().nullable(),
  counts: z.object({ recipients: z.number(), accepted: z.number(), unknownSpends: z.number() }),
});

const detailSchema = summarySchema.extend({
  recipients: z.array(
    z.object({
      address: z.string(),
      delivery: z.number(),
      status: z.string(),
      reply: z.string().nullable(),
    }),
  ),
  deliveries: z.array(
    z.object({
      delivery: z.number(),
      attempts: z.array(z.object({ attempt: z.number(), unknown: z.number() })),
    }),
  ),
});

const listSchema = z.object({ items: z.array(summarySchema), cursor: z.string().optional() });

const usageSchema = z.object({
  scopes: z.array(z.object({ scope: z.string(), used: z.number(), leased: z.number() })),
});

const healthSchema = z.object({ status: z.string() });

/** A message as the app's API lists it. */
export type MessageRecord = z.infer<typeof summarySchema>;
/** The same with what became of each recipient. */
export type MessageDetail = z.infer<typeof detailSchema>;

/** What the app says of itself, over HTTP; each call is tried again while hosts are being started. */
export interface Records {
  /** All messages of the run. */
  all(): Promise<MessageRecord[]>;
  one(id: string): Promise<MessageDetail>;
  /** As an operator lets go what waits for a person. Where it waits no more, nothing. */
  release(id: string): Promise<void>;
  /** The tenant's recipients by the ledger. */
  quota(): Promise<QuotaFacts>;
  /** No account, and nothing else, is in trouble. Rejects where no host can say. */
  isHealthy(): Promise<boolean>;
  /** Items that wait in the outbox or are being taken from it. */
  inOutbox(): Promise<number>;
}

const PAGE = 500;
/** A page of messages is hundreds of reads; on a machine under load these take their time. */
const CALL_TIMEOUT_MS = 60_000;
const CONFLICT = 409;
const SERVER_ERRORS = 500;
const HEALTH_TIMEOUT_MS = 5000;
const TRIES = 6;
const AGAIN_MS = 1000;

export function makeRecords(endpoints: Endpoints): Records {
  const outbox = QueueServiceClient.fromConnectionString(endpoints.storage).getQueueClient(QUEUES.outbox);
  const read = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        const response = await fetch(endpoints.functions + path, {
          signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        });
        if (response.ok) return schema.parse(await response.json());
        throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
      } catch (error) {
        if (tries === TRIES) throw error;
        await sleep(AGAIN_MS * tries);
      }
    }
  };
  return {
    all: async () => {
      const found: MessageRecord[] = [];
      let cursor: string | undefined;
      do {
        const query = new URLSearchParams({
          app: CHAOS_APP,
          limit: String(PAGE),
          ...(cursor === undefined ? {} : { cursor }),
        });
        const page = await read(`/api/messages?${query.toString()}`, listSchema);
        found.push(...page.items);
        ({ cursor } = page);
      } while (cursor !== undefined);
      return found;
    },
    one: async (id) => read(`/api/messages/${id}`, detailSchema),
    release: async (id) => {
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
      const response = await fetch(`${endpoints.functions}/api/messages/${id}/release`, {
        method: 'POST',
        signal,
      });
      // It went on by itself meanwhile, or no host is up: it is looked at again in any case.
      if (response.ok || response.status === CONFLICT || response.status >= SERVER_ERRORS) return;
      throw new Error(
        `POST /api/messages/${id}/release answered ${response.status}: ${await response.text()}`,
      );
    },
    quota: async () => {
      const { scopes } = await read('/api/usage', usageSchema);
      const { used = 0, leased = 0 } = scopes.find(({ scope }) => scope === 'tenant') ?? {};
      return { used, leased };
    },
    isHealthy: async () => {
      const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
      const response = await fetch(`${endpoints.functions}/api/health`, { signal });
      return healthSchema.parse(await response.json()).status === 'ok';
    },
    inOutbox: async () => (await outbox.getProperties()).approximateMessagesCount ?? 0,
  };
}
