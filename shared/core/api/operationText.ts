/** What is said of an operation: what it takes, what it answers, an example of each; and what several have in common. */
import type { z } from 'zod';
import * as examples from './examples.ts';
import type { ApiProblemCode } from './problemCodes.ts';

export const TAGS = {
  messages: 'Submitting messages, following them, and what is recorded of them.',
  'dead letters': 'What was given up, and sending it again.',
  usage: 'The limits, what is used of them, and what it costs.',
  accounts: 'The sender accounts, and stopping mail.',
  apps: 'What an app may do.',
  service: 'The service itself.',
} as const;

export interface Parameter {
  readonly description: string;
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: unknown;
}

export interface Answer {
  readonly description: string;
  /** Absent: what is not JSON says `mediaType`. */
  readonly schema?:
    | z.ZodType
    | { readonly component: string }
    | { readonly free: Readonly<Record<string, unknown>> };
  readonly mediaType?: string;
  readonly headers?: readonly (keyof typeof HEADERS)[];
  readonly example?: unknown;
}

export interface OperationText {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  readonly path?: Readonly<Record<string, Parameter>>;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly header?: Readonly<Record<string, Parameter>>;
  readonly body?: {
    readonly schema: z.ZodType | { readonly component: string };
    readonly isRequired: boolean;
    readonly examples: Readonly<Record<string, unknown>>;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that every operation can have: of who calls, and of the service itself. */
  readonly problems: readonly ApiProblemCode[];
}

export const HEADERS = {
  Location: {
    description: 'Where to ask how the message stands: `/api/operations/{id}`, absolute.',
    schema: { type: 'string', format: 'uri' },
  },
  'Operation-Location': {
    description: 'All that is recorded of it, for an operator: `/api/messages/{id}`, absolute.',
    schema: { type: 'string', format: 'uri' },
  },
  'Retry-After': { description: 'In so many seconds.', schema: { type: 'integer', minimum: 1 } },
  'Idempotent-Replayed': {
    description:
      '`true`: the message had been accepted before under its key; this is the first answer again.',
    schema: { type: 'string', enum: ['true'] },
  },
} as const;

export const messageIdParameter: Parameter = {
  description: 'The id of the message.',
  schema: { type: 'string' },
  example: examples.ID,
};
export const dayParameter = (description: string): Parameter => ({
  description,
  schema: { type: 'string', format: 'date' },
  example: '2026-11-24',
});
export const textParameter = (description: string, example: string): Parameter => ({
  description,
  schema: { type: 'string' },
  example,
});
export const cursorParameter = textParameter('The cursor of the page before.', examples.ID);
export const limitParameter: Parameter = {
  description: 'Items of a page; 50 where it is not given.',
  schema: { type: 'integer', minimum: 1, maximum: 500 },
  example: 50,
};
