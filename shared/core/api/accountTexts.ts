/** The operations on sender accounts and apps, in words. */
import * as answers from './accountAnswers.ts';
import * as examples from './examples.ts';
import type { Answer, OperationText, Parameter } from './operationText.ts';
import type { OperationName } from './operations.ts';
import * as requests from './requestSchemas.ts';

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

export const accountTexts = {
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
} satisfies Partial<Record<OperationName, OperationText>>;
