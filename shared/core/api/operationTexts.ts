/**
 * Every operation in words: what it takes and answers, with an example of each. By the names of operations.ts: an operation
 * without its words does not compile.
 */
import type { z } from 'zod';
import { DEAD_LETTER_REASONS } from '../deadLetterView.ts';
import { SEARCH_CHARACTERS } from '../messageSearch.ts';
import { STATUSES } from '../status.ts';
import * as answers from './answerSchemas.ts';
import * as examples from './examples.ts';
import type { OperationName } from './operations.ts';
import type { ApiProblemCode } from './problemCodes.ts';
import * as requests from './requestSchemas.ts';

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

const messageIdParameter: Parameter = {
  description: 'The id of the message.',
  schema: { type: 'string' },
  example: examples.ID,
};
const addressParameter: Parameter = {
  description: 'The address of the sender account.',
  schema: { type: 'string' },
  example: 'payroll@contoso.com',
};
const appParameter: Parameter = {
  description: 'The name of the app; upper and lower case are the same.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
  example: 'payroll',
};
const dayParameter = (description: string): Parameter => ({
  description,
  schema: { type: 'string', format: 'date' },
  example: '2026-11-24',
});
const textParameter = (description: string, example: string): Parameter => ({
  description,
  schema: { type: 'string' },
  example,
});
const cursorParameter = textParameter('The cursor of the page before.', examples.ID);
const limitParameter: Parameter = {
  description: 'Items of a page; 50 where it is not given.',
  schema: { type: 'integer', minimum: 1, maximum: 500 },
  example: 50,
};

const accountsAnswer: Answer = {
  description: 'The sender accounts as they stand then.',
  schema: answers.accountList,
  example: { items: [examples.account] },
};
const accountAnswer: Answer = {
  description: 'The account as it stands then.',
  schema: answers.account,
  example: examples.account,
};
const goingAnswer: Answer = {
  description: 'It goes on.',
  schema: answers.going,
  example: { id: examples.ID, deliveries: 1 },
};

export const OPERATION_TEXTS: Readonly<Record<OperationName, OperationText>> = {
  postMessage: {
    tag: 'messages',
    summary: 'Submit a message',
    description:
      'The message is recorded when the answer is 202; it is sent afterwards. Without an answer, and at 408, 429 and 5xx, send the same again with the same Idempotency-Key: it is one mail.',
    header: {
      'Idempotency-Key': {
        description: 'Names what happened in your application; the same as the field `idempotencyKey`.',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
        example: 'payslip-2026-11-4711',
      },
    },
    body: {
      schema: { component: requests.MESSAGE_COMPONENT },
      isRequired: true,
      examples: examples.messages,
    },
    answers: {
      202: {
        description: 'Recorded.',
        schema: answers.accepted,
        headers: ['Location', 'Operation-Location', 'Retry-After', 'Idempotent-Replayed'],
        example: { id: examples.ID, status: 'queued' },
      },
    },
    problems: ['invalid_message', 'too_large', 'key_reused', 'quota'],
  },
  getOperation: {
    tag: 'messages',
    summary: 'Follow a message',
    description:
      'How a message stands, by its id alone: counts, no address. 202 while it goes on by itself, 200 when it is final, held or scheduled. Logic Apps follow `Location` here by themselves.',
    path: { id: messageIdParameter },
    answers: {
      200: {
        description: 'Final, held or scheduled.',
        schema: answers.operation,
        example: examples.operation,
      },
      202: {
        description: 'It moves, or waits and goes on by itself.',
        schema: answers.operation,
        headers: ['Location', 'Retry-After'],
        example: examples.movingOperation,
      },
    },
    problems: ['not_found'],
  },
  getMessage: {
    tag: 'messages',
    summary: 'Read a message',
    description: 'All that is recorded: each recipient’s outcome with reply, cause and remedy, each attempt.',
    path: { id: messageIdParameter },
    answers: { 200: { description: 'The record.', schema: answers.message, example: examples.message } },
    problems: ['not_found'],
  },
  getPayload: {
    tag: 'messages',
    summary: 'Read the content of a message',
    description:
      'The message as it was accepted, every field resolved, fit to be submitted again. 404 too where it was rejected: its original lies in its dead letter.',
    path: { id: messageIdParameter },
    answers: {
      200: {
        description: 'The content.',
        schema: { component: requests.MESSAGE_COMPONENT },
        example: examples.payload,
      },
    },
    problems: ['not_found', 'payload_removed'],
  },
  listMessages: {
    tag: 'messages',
    summary: 'List and find messages',
    description:
      'The newest first, filtered by all that is given. A page looks at a thousand messages at the most: it may have fewer items than asked for, even none, and a cursor all the same.',
    query: {
      search: {
        description:
          'A part of the id, reference, idempotency key, subject, or a recipient’s address; in any case.',
        schema: { type: 'string', minLength: 1, maxLength: SEARCH_CHARACTERS },
        example: 'payslip',
      },
      status: {
        description: 'Only those with this status.',
        schema: { type: 'string', enum: STATUSES },
        example: 'failed',
      },
      app: textParameter('Only those of this app.', 'payroll'),
      tag: textParameter('Only those with this tag.', 'payslip'),
      reference: textParameter('Only those with exactly this reference.', 'order 4711'),
      idempotencyKey: textParameter('Only those with exactly this key.', 'payslip-2026-11-4711'),
      day: dayParameter('Only those of this UTC day; without it all that is kept.'),
      cursor: cursorParameter,
      limit: limitParameter,
    },
    answers: {
      200: {
        description: 'A page.',
        schema: answers.messagePage,
        example: { items: [examples.messageSummary] },
      },
    },
    problems: ['invalid_query'],
  },
  cancelMessage: {
    tag: 'messages',
    summary: 'Cancel a message',
    description:
      'What is not being sent never goes; what is being sent ends as it ends, and is not tried again.',
    path: { id: messageIdParameter },
    answers: {
      202: {
        description: 'Stopped.',
        schema: answers.cancellation,
        example: { id: examples.ID, stopped: 1, onTheirWay: 0 },
      },
    },
    problems: ['not_found', 'final'],
  },
  redriveMessage: {
    tag: 'messages',
    summary: 'Send a message again',
    description:
      'What failed, partially_sent, expired or rejected goes again, to those recipients who have not got it. What was rejected is validated anew.',
    path: { id: messageIdParameter },
    answers: { 202: goingAnswer },
    problems: ['not_found', 'wrong_state', 'still_rejected', 'original_gone', 'content_removed', 'repeats'],
  },
  releaseMessage: {
    tag: 'messages',
    summary: 'Release a held message',
    description: 'What was held goes on; what had an unknown outcome is sent again under the same identity.',
    path: { id: messageIdParameter },
    answers: { 202: goingAnswer },
    problems: ['not_found', 'wrong_state'],
  },
  listDeadLetters: {
    tag: 'dead letters',
    summary: 'List dead letters',
    description: 'Those that count: their delivery has not gone on since. The newest message first.',
    query: {
      day: dayParameter('The UTC day of the messages; without it all that are kept.'),
      reason: {
        description: 'Why they were given up.',
        schema: { type: 'string', enum: DEAD_LETTER_REASONS },
        example: 'failed',
      },
      app: textParameter('The app.', 'payroll'),
      cursor: textParameter('The cursor of the page before.', examples.DEAD_LETTER_ID),
      limit: limitParameter,
    },
    answers: {
      200: {
        description: 'A page.',
        schema: answers.deadLetterPage,
        example: { items: [examples.deadLetterSummary] },
      },
    },
    problems: ['invalid_query'],
  },
  getDeadLetter: {
    tag: 'dead letters',
    summary: 'Read a dead letter',
    description: 'With its original where no record has it: what was rejected, or is no message.',
    path: {
      id: {
        description: 'The id of the dead letter.',
        schema: { type: 'string' },
        example: examples.DEAD_LETTER_ID,
      },
    },
    answers: {
      200: { description: 'The dead letter.', schema: answers.deadLetter, example: examples.deadLetter },
    },
    problems: ['not_found'],
  },
  redriveDeadLetters: {
    tag: 'dead letters',
    summary: 'Redrive dead letters',
    description:
      'By ids or by a filter; `dryRun` says first how many. A call does a bounded piece of work: with a `cursor` in the answer there may be more, so send the same request with it.',
    body: { schema: requests.redriveRequest, isRequired: true, examples: examples.redrives },
    answers: {
      202: {
        description: 'What goes on, and what does not and why.',
        schema: answers.redriveReport,
        example: { count: 3, dryRun: false, skipped: [] },
      },
    },
    problems: ['invalid_request'],
  },
  eraseRecipient: {
    tag: 'messages',
    summary: 'Erase an address',
    description:
      'From all that was recorded before: recipients become `erased-1` and so on, what quotes the address says `[erased]`, and the content and subject of what names it are removed. What is not final yet follows by itself. A call goes on for up to a minute; the same call again goes on there, and tells how far it is.',
    body: {
      schema: requests.eraseRequest,
      isRequired: true,
      examples: { address: { address: 'ann@contoso.com' } },
    },
    answers: {
      202: {
        description: 'How far it is.',
        schema: answers.erasure,
        example: { erased: 12, pending: 1, complete: false },
      },
    },
    problems: ['invalid_request'],
  },
  getUsage: {
    tag: 'usage',
    summary: 'Read the usage',
    description:
      'Without `day` the window that is open, at most 15 seconds old; with a day in the zone of the window the report of that day, once it is closed.',
    query: { day: dayParameter('A day in the zone of the window.') },
    answers: {
      200: {
        description: 'The open window, or the report of the day.',
        schema: { free: { anyOf: [{ component: 'Usage' }, { component: 'ClosedDay' }] } },
        example: examples.usage,
      },
    },
    problems: ['invalid_query', 'day_not_ended', 'claims_open', 'leases_open', 'day_not_closed', 'no_record'],
  },
  getUsageHistory: {
    tag: 'usage',
    summary: 'Read the usage of the last days',
    description: 'Those of the last days that were closed, the newest first.',
    query: {
      days: {
        description: 'How many days back; 30 where it is not given.',
        schema: { type: 'integer', minimum: 1, maximum: 400 },
        example: 30,
      },
      cursor: dayParameter('The cursor of the page before.'),
    },
    answers: {
      200: {
        description: 'A page.',
        schema: answers.usageHistory,
        example: { items: [examples.pastDay] },
      },
    },
    problems: ['invalid_query'],
  },
  listAccounts: {
    tag: 'accounts',
    summary: 'List the sender accounts',
    description: 'Whether mail goes through each, and if not: why, until when, and who must act.',
    answers: { 200: accountsAnswer },
    problems: [],
  },
  pauseAccount: {
    tag: 'accounts',
    summary: 'Pause a sender account',
    description: 'Its mail waits until a person resumes it.',
    path: { address: addressParameter },
    body: { schema: requests.pauseRequest, isRequired: false, examples: examples.pauses },
    answers: { 200: { ...accountAnswer, example: examples.pausedAccount } },
    problems: ['invalid_request', 'not_found'],
  },
  resumeAccount: {
    tag: 'accounts',
    summary: 'Resume a sender account',
    description: 'Lifts a person’s pause; what a reply stopped is tried at the next sweep.',
    path: { address: addressParameter },
    answers: { 200: accountAnswer },
    problems: ['not_found'],
  },
  pauseAll: {
    tag: 'accounts',
    summary: 'Pause all mail',
    description: 'Nothing is sent until a person resumes it; mail is accepted and waits.',
    body: { schema: requests.pauseRequest, isRequired: false, examples: examples.pauses },
    answers: { 200: { ...accountsAnswer, example: { items: [examples.pausedAccount] } } },
    problems: ['invalid_request'],
  },
  resumeAll: {
    tag: 'accounts',
    summary: 'Resume all mail',
    description: 'An account that was paused by itself stays so.',
    answers: { 200: accountsAnswer },
    problems: [],
  },
  getApp: {
    tag: 'apps',
    summary: 'Read the rules of an app',
    description: 'An app for which nothing was laid down may do everything.',
    path: { name: appParameter },
    answers: { 200: { description: 'Its rules.', schema: answers.app, example: examples.app } },
    problems: ['invalid_app'],
  },
  putApp: {
    tag: 'apps',
    summary: 'Lay down the rules of an app',
    description: 'Replaces all of them; in force within a minute.',
    path: { name: appParameter },
    body: { schema: requests.appRequest, isRequired: true, examples: examples.appRules },
    answers: { 200: { description: 'Its rules now.', schema: answers.app, example: examples.app } },
    problems: ['invalid_app'],
  },
  getHealth: {
    tag: 'service',
    summary: 'Read the health',
    description:
      'Whether mail goes, and if not: why, and who must act. `deep=1` asks every neighbour, from cause to effect: the first check that is failing is the one to mend. It takes some seconds, a minute at most, and an instance asks once a minute.',
    query: {
      deep: {
        description: '1: ask storage, Key Vault, DNS and SMTP too, and log in to every account.',
        schema: { type: 'string', enum: ['1'] },
        example: '1',
      },
    },
    answers: {
      200: {
        description: 'Mail goes; `degraded`: some of it waits.',
        schema: answers.health,
        example: examples.health,
      },
      503: {
        description: 'No mail goes.',
        schema: answers.health,
        example: examples.failingHealth,
      },
    },
    problems: [],
  },
  getOpenApi: {
    tag: 'service',
    summary: 'Read this document',
    description:
      'The API in OpenAPI 3.1; `version=2.0` for the custom connectors of Logic Apps and Power Automate, which take no newer one.',
    query: {
      version: {
        description: 'Of OpenAPI.',
        schema: { type: 'string', enum: ['3.1', '2.0'] },
        example: '2.0',
      },
    },
    answers: {
      200: {
        description: 'The document.',
        schema: { free: { type: 'object', additionalProperties: true } },
        example: { openapi: '3.1.1' },
      },
    },
    problems: ['invalid_query'],
  },
  getDashboard: {
    tag: 'service',
    summary: 'Open the dashboard',
    description:
      'The operator’s page, for a browser. It holds no data: what it shows it asks of this API, with the key or the sign-in of whoever looks.',
    answers: {
      200: { description: 'The page.', schema: { free: { type: 'string' } }, mediaType: 'text/html' },
    },
    problems: ['not_found'],
  },
};
