/** The operations of the service itself, in words. */
import * as answers from './healthAnswers.ts';
import * as examples from './examples.ts';
import type { OperationText } from './operationText.ts';
import type { OperationName } from './operations.ts';

export const serviceTexts = {
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
} satisfies Partial<Record<OperationName, OperationText>>;
