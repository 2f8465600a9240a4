/** The operations on dead letters, in words. */
import { DEAD_LETTER_REASONS } from '../deadLetterView.ts';
import * as answers from './deadLetterAnswers.ts';
import * as examples from './examples.ts';
import { dayParameter, limitParameter, textParameter } from './operationText.ts';
import type { OperationText } from './operationText.ts';
import type { OperationName } from './operations.ts';
import * as requests from './requestSchemas.ts';

export const deadLetterTexts = {
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
      'By ids or by a filter; `dryRun` says first how many, and whether the quota has room for them. A call does a bounded piece of work: with a `cursor` in the answer there may be more, so send the same request with it.',
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
} satisfies Partial<Record<OperationName, OperationText>>;
