/** The operations on messages and their recipients, in words. */
import { SEARCH_CHARACTERS } from '../messageSearch.ts';
import { STATUSES } from '../status.ts';
import * as answers from './messageAnswers.ts';
import * as examples from './examples.ts';
import {
  cursorParameter,
  dayParameter,
  limitParameter,
  messageIdParameter,
  textParameter,
} from './operationText.ts';
import type { Answer, OperationText } from './operationText.ts';
import type { OperationName } from './operations.ts';
import * as requests from './requestSchemas.ts';

const goingAnswer: Answer = {
  description: 'It goes on.',
  schema: answers.going,
  example: { id: examples.ID, deliveries: 1 },
};

export const messageTexts = {
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
      'The newest first, filtered by all that is given. A page looks at a thousand messages at the most, for five seconds: it may have fewer items than asked for, even none, and a cursor all the same.',
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
} satisfies Partial<Record<OperationName, OperationText>>;
