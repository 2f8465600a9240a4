/**
 * The message contract, version 1, as functions: what a producer wrote becomes a `Message`, or everything that is wrong
 * with it; and the JSON Schema for producers (docs/message.schema.json, the OpenAPI document).
 */
import { z } from 'zod';
import { attachmentSchema, toAttachment } from './attachmentSchema.ts';
import type { Message, Problem } from './message.ts';
import { messageInput } from './messageInput.ts';
import { capProblems, describeType, makeProblem, problemsOfIssue } from './messageProblems.ts';
import {
  checkPresence,
  checkRelations,
  isRecord,
  MAX_REPLY_TO,
  takeOversized,
  tooManyEntries,
} from './messageRelations.ts';

/** A message that names no app belongs to this one. */
export const DEFAULT_APP = 'default';

export type MessageResult =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The message out of what a producer wrote, or everything that is wrong with it. `now` is in milliseconds since the
 * epoch. Whether the sender, the blobs and the size are right is not seen here.
 */
export function parseMessage(input: unknown, { now }: { readonly now: number }): MessageResult {
  if (!isRecord(input)) {
    const hint =
      typeof input === 'string' ? '; a message that was turned into JSON twice looks like this' : '';
    const detail = `expected a message, { "to": …, "subject": …, "text": … }; got ${describeType(input)}${hint}`;
    return { ok: false, problems: [makeProblem([], 'type', detail)] };
  }
  const { rest, problems: oversized } = takeOversized(input);
  const parsed = messageInput.safeParse(rest);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOfIssue(issue, rest, fieldsAt)),
    ...oversized,
    ...checkPresence(input),
    ...checkRelations(rest, now),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: capProblems(problems) };
  const message = toMessage(parsed.data);
  return message.replyTo.length > MAX_REPLY_TO
    ? { ok: false, problems: [tooManyEntries('replyTo', message.replyTo.length, MAX_REPLY_TO)] }
    : { ok: true, message };
}

/** JSON Schema 2020-12 of what a producer may write. */
export function messageJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(messageInput, {
    io: 'input',
    target: 'draft-2020-12',
    // The library leaves out the examples of what is transformed, taking them for examples of the result.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  const anyText = { type: 'string', minLength: 1 };
  return {
    $schema,
    title: 'Message (v1)',
    description: 'A message for hve-mailer. null means absent; an unknown field is an error.',
    ...schema,
    allOf: [
      { anyOf: ['to', 'cc', 'bcc'].map((name) => isGiven(name, { not: { type: 'null' } })) },
      { anyOf: ['text', 'html'].map((name) => isGiven(name, anyText)) },
    ],
  };
}

function isGiven(name: string, type: object): object {
  return { required: [name], properties: { [name]: type } };
}

/** The fields of the object at that place: for what an unknown one was meant to be. */
function fieldsAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(messageInput.shape);
  return path[0] === 'attachments' ? Object.keys(attachmentSchema.shape) : ['address', 'displayName'];
}

function toMessage(parsed: z.output<typeof messageInput>): Message {
  return {
    app: parsed.app ?? DEFAULT_APP,
    idempotencyKey: parsed.idempotencyKey ?? null,
    reference: parsed.reference ?? null,
    from: parsed.from ?? { sender: null, displayName: null },
    to: parsed.to ?? [],
    cc: parsed.cc ?? [],
    bcc: parsed.bcc ?? [],
    replyTo: parsed.replyTo ?? [],
    subject: parsed.subject,
    text: textOrNull(parsed.text),
    html: textOrNull(parsed.html),
    attachments: (parsed.attachments ?? []).map((attachment) => toAttachment(attachment)),
    headers: presentEntries(parsed.headers ?? {}).map(([name, value]) => ({ name, value })),
    importance: parsed.importance ?? 'normal',
    sensitivity: parsed.sensitivity ?? 'normal',
    priority: parsed.priority ?? 'normal',
    sendAt: parsed.sendAt ?? null,
    expiresAt: parsed.expiresAt ?? null,
    tags: [...new Set(parsed.tags ?? [])],
    metadata: Object.fromEntries(presentEntries(parsed.metadata ?? {})),
    split: parsed.split ?? 'auto',
    onQuota: parsed.onQuota ?? 'defer',
    onUnknown: parsed.onUnknown ?? 'resend',
    mode: parsed.mode ?? 'live',
  };
}

function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** In the order of their names: the order of a JSON object's fields says nothing, so a repeat in another is the same. */
function presentEntries(record: Readonly<Record<string, string | null>>): [string, string][] {
  return Object.entries(record)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
}
