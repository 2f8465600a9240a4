import type { HttpHandler } from '@azure/functions';
import { checkAddress } from '../shared/core/emailAddress.ts';
import type { Problem } from '../shared/core/message.ts';
import type { Eraser } from '../shared/flows/eraseRecipient.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { readJsonBody, wrongParameter } from './jsonBody.ts';
import { json, problem } from './problem.ts';

/**
 * `POST /api/recipients/erase` `{ address }`: 202 with from how many records it was erased so far, and how many follow when they
 * are final. The same call again goes on, and tells how far it is.
 */
export function makeEraseRecipient(useMailer: UseMailer<Pick<Eraser, 'eraseRecipient'>>): HttpHandler {
  return answerHttp(async (request) => {
    const body = await readJsonBody(request, ['address']);
    const parsed = body.ok ? parseAddress(body.fields['address']) : body;
    if (!parsed.ok) {
      return problem({
        status: 400,
        code: 'invalid_request',
        title: 'The request is not valid',
        detail: 'each problem says where it is; nothing was erased',
        errors: parsed.problems,
      });
    }
    return json(202, await (await useMailer()).eraseRecipient(parsed.address));
  });
}

function parseAddress(
  value: unknown,
):
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  if (typeof value !== 'string') {
    return { ok: false, problems: [wrongParameter(['address'], 'expected one e-mail address')] };
  }
  const checked = checkAddress(value.trim());
  if (checked.ok) return checked;
  const detail = `expected one e-mail address without a name: ${checked.detail}`;
  return { ok: false, problems: [wrongParameter(['address'], detail)] };
}
