/** The sender accounts, and a person's pause of one of them or of everything. */
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { headerTextFlaw } from '../shared/core/headerText.ts';
import type { Problem } from '../shared/core/message.ts';
import type { Pause } from '../shared/flows/pause.ts';
import { EVERYTHING } from '../shared/flows/pause.ts';
import type { ReadAccounts } from '../shared/flows/readAccounts.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { readJsonBody, wrongParameter } from './jsonBody.ts';
import { json, notFound, problem } from './problem.ts';

interface AccountsMailer {
  readonly pause: Pause;
  readonly readAccounts: ReadAccounts;
}

const REASON_CHARACTERS = 255;

/** `GET /api/accounts`: whether mail goes through each, and if not, why, until when and what to do. */
export function makeListAccounts(useMailer: UseMailer<{ readAccounts: ReadAccounts }>): HttpHandler {
  return answerHttp(async () => json(200, { items: await (await useMailer()).readAccounts() }));
}

/** `POST /api/accounts/{address}/pause` `{ reason? }`: 200 with the account as it stands then. */
export function makePauseAccount(useMailer: UseMailer<AccountsMailer>): HttpHandler {
  return answerHttp(async (request) => {
    const mailer = await useMailer();
    const address = addressOf(request);
    const reason = await readReason(request);
    if (!reason.ok) return invalid(reason.problems);
    const isPaused = await mailer.pause.pause(address, reason.reason);
    return isPaused ? showAccount(mailer, address) : noAccount(address);
  });
}

/** `POST /api/accounts/{address}/resume`: 200 with the account. What a reply stopped is probed at the next sweep. */
export function makeResumeAccount(useMailer: UseMailer<AccountsMailer>): HttpHandler {
  return answerHttp(async (request) => {
    const mailer = await useMailer();
    const address = addressOf(request);
    return (await mailer.pause.resume(address)) ? showAccount(mailer, address) : noAccount(address);
  });
}

/** `POST /api/pause` `{ reason? }`: nothing is sent until `resume`; 200 with the accounts. */
export function makePauseAll(useMailer: UseMailer<AccountsMailer>): HttpHandler {
  return answerHttp(async (request) => {
    const mailer = await useMailer();
    const reason = await readReason(request);
    if (!reason.ok) return invalid(reason.problems);
    await mailer.pause.pause(EVERYTHING, reason.reason);
    return json(200, { items: await mailer.readAccounts() });
  });
}

/** `POST /api/resume`: 200 with the accounts; one that was paused by itself stays so. */
export function makeResumeAll(useMailer: UseMailer<AccountsMailer>): HttpHandler {
  return answerHttp(async () => {
    const mailer = await useMailer();
    await mailer.pause.resume(EVERYTHING);
    return json(200, { items: await mailer.readAccounts() });
  });
}

async function showAccount({ readAccounts }: AccountsMailer, address: string): Promise<HttpResponseInit> {
  const account = (await readAccounts()).find((one) => one.address === address);
  return account ? json(200, account) : noAccount(address);
}

async function readReason(
  request: HttpRequest,
): Promise<
  | { readonly ok: true; readonly reason: string }
  | { readonly ok: false; readonly problems: readonly Problem[] }
> {
  const body = await readJsonBody(request, ['reason']);
  if (!body.ok) return body;
  const { reason = null } = body.fields;
  if (reason === null) return { ok: true, reason: 'no reason was given' };
  if (typeof reason === 'string' && reason.length <= REASON_CHARACTERS && headerTextFlaw(reason) === null) {
    return { ok: true, reason };
  }
  const detail = `expected a text on one line, of at most ${REASON_CHARACTERS} characters`;
  return { ok: false, problems: [wrongParameter(['reason'], detail)] };
}

function addressOf(request: HttpRequest): string {
  return (request.params['address'] ?? '').toLowerCase();
}

function noAccount(address: string): HttpResponseInit {
  return notFound(`sender account ${address} among HVE_ACCOUNTS`);
}

function invalid(errors: readonly Problem[]): HttpResponseInit {
  const detail = 'each problem says where it is; nothing was changed';
  return problem({ status: 400, code: 'invalid_request', title: 'The request is not valid', detail, errors });
}
