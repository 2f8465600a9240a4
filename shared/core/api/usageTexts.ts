/** The operations on the usage, in words. */
import * as answers from './usageAnswers.ts';
import * as examples from './examples.ts';
import { dayParameter } from './operationText.ts';
import type { OperationText } from './operationText.ts';
import type { OperationName } from './operations.ts';

export const usageTexts = {
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
} satisfies Partial<Record<OperationName, OperationText>>;
