/** What is read of the API's answers: only what is shown, so that a newer app may say more. */
import { z } from 'zod';

const text = z.string();
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

const countsSchema = z.object({
  recipients: z.number(),
  accepted: z.number(),
  failed: z.number(),
  unknown: z.number(),
  waiting: z.number(),
});

export const acceptedSchema = z.object({ id: text, status: text });

export const operationSchema = z.object({ id: text, status: text, counts: countsSchema });
export type Operation = z.infer<typeof operationSchema>;

export const summarySchema = z.object({
  id: text,
  status: text,
  app: text,
  reference: optionalText,
  idempotencyKey: optionalText,
  from: text,
  subject: text,
  priority: text,
  tags: z.array(text).default([]),
  createdAt: text,
  updatedAt: text,
  nextAttemptAt: optionalText,
  waitsFor: optionalText,
  problems: z.array(z.object({ pointer: text, code: text, detail: text })),
  counts: countsSchema,
});
export type Summary = z.infer<typeof summarySchema>;

export const messageSchema = summarySchema.extend({
  recipients: z.array(
    z.object({
      address: text,
      kind: text,
      delivery: z.number(),
      status: text,
      reply: optionalText,
      cause: optionalText,
      remedy: optionalText,
      at: optionalText,
    }),
  ),
  deliveries: z.array(
    z.object({
      delivery: z.number(),
      status: text,
      account: text,
      messageId: optionalText,
      attempts: z.array(
        z.object({
          attempt: z.number(),
          at: text,
          account: text,
          accepted: z.number(),
          refused: z.number(),
          unknown: z.number().default(0),
        }),
      ),
    }),
  ),
});
export type MessageDetail = z.infer<typeof messageSchema>;

export const deadLetterSchema = z.object({
  id: text,
  messageId: optionalText,
  delivery: z.number(),
  attempt: z.number(),
  app: optionalText,
  subject: optionalText,
  day: text,
  at: text,
  reason: text,
  detail: text,
  lastReply: optionalText,
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

export const deadLetterDetailSchema = deadLetterSchema.extend({
  stale: z.boolean(),
  original: optionalText,
  originalEncoding: optionalText,
});

export const redriveSchema = z.object({
  count: z.number(),
  skipped: z.array(z.object({ id: text, code: text, detail: text })),
  quota: z.array(z.object({ scope: text, recipients: z.number(), remaining: z.number() })).default([]),
  cursor: z.string().optional(),
});
export type RedriveAnswer = z.infer<typeof redriveSchema>;

export const erasureSchema = z.object({ erased: z.number(), pending: z.number(), complete: z.boolean() });
export type Erasure = z.infer<typeof erasureSchema>;

export const accountSchema = z.object({
  address: text,
  status: text,
  by: optionalText,
  until: optionalText,
  cause: optionalText,
  remedy: optionalText,
  pool: optionalText,
  waiting: z.number(),
});
export type Account = z.infer<typeof accountSchema>;
export const accountsSchema = z.object({ items: z.array(accountSchema) });

export const appRulesSchema = z.object({
  name: text,
  accounts: z.array(text).nullable(),
  quotaPerDay: z.number().nullable(),
  highestPriority: optionalText,
});
export type AppRules = z.infer<typeof appRulesSchema>;

const costSchema = z.object({ currency: text, amount: z.number() });

/** Of the open window, or of a day that was closed. */
export const usageSchema = z.object({
  window: z
    .object({ kind: text, day: text, timeZone: text, startsAt: text, endsAt: text })
    .nullish()
    .transform((value) => value ?? null),
  day: text.optional(),
  timeZone: text.optional(),
  messages: z.number().optional(),
  accepted: z.number().optional(),
  scopes: z.array(
    z.object({
      scope: text,
      limit: z.number().nullable(),
      used: z.number(),
      leased: z.number().optional(),
      remaining: z.number().nullish(),
      waiting: z.number().optional(),
      byHour: z.array(z.number()).nullish(),
      forecast: z.object({ reachedAt: text.nullable() }).optional(),
    }),
  ),
  cost: costSchema,
});
export type Usage = z.infer<typeof usageSchema>;
export type ScopeUsage = Usage['scopes'][number];

export const pastDaySchema = z.object({
  day: text,
  timeZone: text,
  messages: z.number(),
  accepted: z.number(),
  scopes: z.array(z.object({ scope: text, limit: z.number().nullable(), used: z.number() })),
  cost: costSchema,
});
export type PastDay = z.infer<typeof pastDaySchema>;

export const historyPageSchema = z.object({ items: z.array(z.unknown()), cursor: text.optional() });

export const checkSchema = z.object({
  name: text,
  status: z.enum(['ok', 'degraded', 'failing']),
  cause: optionalText,
  remedy: optionalText,
  command: optionalText,
  detail: optionalText,
});
export type Check = z.infer<typeof checkSchema>;

export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded', 'failing']),
  checks: z.array(checkSchema),
  askedAt: optionalText,
});
