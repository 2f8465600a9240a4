/** What is laid down for an app: changed without a deployment, in force within a minute. */
import type { HttpHandler } from '@azure/functions';
import type { AppRules } from '../shared/core/appRules.ts';
import type { Priority, Problem } from '../shared/core/message.ts';
import { APP_NAME } from '../shared/core/messageFields.ts';
import type { AppBook } from '../shared/flows/appBook.ts';
import type { Senders } from '../shared/flows/senders.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { readJsonBody, wrongParameter } from './jsonBody.ts';
import { countProblems, json, problem } from './problem.ts';

const PRIORITIES: readonly Priority[] = ['critical', 'normal', 'bulk'];

/** `GET /api/apps/{name}`: its rules; an app for which nothing was laid down may do everything. */
export function makeGetApp(useMailer: UseMailer<{ appBook: AppBook }>): HttpHandler {
  return answerHttp(async (request) => {
    const name = (request.params['name'] ?? '').toLowerCase();
    if (!APP_NAME.test(name)) return noApp(name);
    const rules = await (await useMailer()).appBook.read(name);
    return json(200, rules ?? { name, accounts: null, quotaPerDay: null, highestPriority: null });
  });
}

/** `PUT /api/apps/{name}` `{ accounts?, quotaPerDay?, highestPriority? }`: replaces its rules; 200 with them. */
export function makePutApp(useMailer: UseMailer<{ appBook: AppBook; senders: Senders }>): HttpHandler {
  return answerHttp(async (request) => {
    const name = (request.params['name'] ?? '').toLowerCase();
    if (!APP_NAME.test(name)) return noApp(name);
    const { appBook, senders } = await useMailer();
    const body = await readJsonBody(request, ['name', 'accounts', 'quotaPerDay', 'highestPriority']);
    if (!body.ok) return invalid(body.problems);
    const problems: Problem[] = [];
    const { accounts = null, quotaPerDay = null, highestPriority = null } = body.fields;
    if ((body.fields['name'] ?? name) !== name)
      problems.push(wrongParameter(['name'], 'expected the name of the path, or none'));
    const names = readSenders(accounts, senders, problems);
    const quota = typeof quotaPerDay === 'number' && Number.isSafeInteger(quotaPerDay) ? quotaPerDay : null;
    if (quotaPerDay !== null && (quota === null || quota < 0)) {
      problems.push(
        wrongParameter(['quotaPerDay'], 'expected a whole number of recipients from 0, or null for no limit'),
      );
    }
    const highest = PRIORITIES.find((priority) => priority === highestPriority) ?? null;
    if (highestPriority !== null && highest === null) {
      problems.push(wrongParameter(['highestPriority'], `expected one of ${PRIORITIES.join(', ')}, or null`));
    }
    if (problems.length > 0) return invalid(problems);
    const rules: AppRules = { name, accounts: names, quotaPerDay: quota, highestPriority: highest };
    await appBook.write(rules);
    return json(200, rules);
  });
}

function readSenders(accounts: unknown, senders: Senders, problems: Problem[]): string[] | null {
  if (accounts === null) return null;
  if (!Array.isArray(accounts) || accounts.length === 0) {
    problems.push(
      wrongParameter(['accounts'], 'expected a list of sender accounts and pools, or null for all'),
    );
    return null;
  }
  return accounts.flatMap((account: unknown, index) => {
    const name = typeof account === 'string' ? senders.nameOf(account) : null;
    if (name !== null) return [name];
    problems.push(
      wrongParameter(
        ['accounts', String(index)],
        'expected a sender account or pool of this deployment (HVE_ACCOUNTS)',
      ),
    );
    return [];
  });
}

function noApp(name: string) {
  return invalid([wrongParameter(['name'], `${name.slice(0, 64)} cannot be the name of an app`)]);
}

function invalid(errors: readonly Problem[]) {
  return problem({
    status: 400,
    code: 'invalid_app',
    title: 'The rules of the app are not valid',
    detail: `${countProblems(errors)}; nothing was changed`,
    errors,
  });
}
