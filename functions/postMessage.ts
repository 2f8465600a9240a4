import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { decodeBody } from '../shared/core/decodeItem.ts';
import { makeProblem } from '../shared/core/messageProblems.ts';
import type { Problem } from '../shared/core/message.ts';
import { makeMessageId } from '../shared/core/messageId.ts';
import { isRecord } from '../shared/core/messageRelations.ts';
import type { AcceptMessage } from '../shared/flows/acceptMessage.ts';
import type { Chance, Clock } from '../shared/ports.ts';
import { answerHttp } from './answerHttp.ts';
import { apiAddress } from './apiAddress.ts';
import type { UseMailer } from './app.ts';
import { quotaProblem } from '../shared/flows/quotaProblem.ts';
import { NO_TURN_BYTES, type Turns } from '../shared/flows/turns.ts';
import type { Refused } from '../shared/core/quotaLedger.ts';
import { countProblems, json, problem } from './problem.ts';

/** A mail of the largest size in base64, with all that JSON adds. */
const BODY_BYTES = 64_000_000;
/** How soon the operation may be asked for. */
const RETRY_AFTER_SECONDS = '5';

/** `POST /api/messages`: a message as JSON; 202 when it is recorded. */
export function makePostMessage(
  useMailer: UseMailer<{
    clock: Clock;
    chance: Chance;
    turns: Turns;
    accept: AcceptMessage;
    apiUri: string | null;
  }>,
): HttpHandler {
  return answerHttp(async (request) => {
    const mailer = await useMailer();
    const read = async (): Promise<Uint8Array> => new Uint8Array(await request.arrayBuffer());
    const take = (bytes: Uint8Array): Promise<HttpResponseInit> => acceptBody(bytes, request, mailer);
    // What is known to be large is not even read before its turn.
    if (Number(request.headers.get('content-length')) > NO_TURN_BYTES) {
      return mailer.turns.take(async () => take(await read()));
    }
    const bytes = await read();
    return bytes.length > NO_TURN_BYTES ? mailer.turns.take(() => take(bytes)) : take(bytes);
  });
}

async function acceptBody(
  bytes: Uint8Array,
  request: HttpRequest,
  mailer: { clock: Clock; chance: Chance; accept: AcceptMessage; apiUri: string | null },
): Promise<HttpResponseInit> {
  const { clock, chance, accept, apiUri } = mailer;
  if (bytes.length > BODY_BYTES) {
    return tooLarge([makeProblem([], 'too_large', `the body has ${bytes.length} bytes`)]);
  }
  const body = decodeBody(bytes);
  if (!body.ok) return invalid(body.problems);
  const keyed = withKey(body.value, request.headers.get('Idempotency-Key'));
  if (!keyed.ok) return invalid([keyed.problem]);
  const id = makeMessageId(clock.now(), chance.bytes(10));
  const traceparent = request.headers.get('traceparent') ?? undefined;
  const acceptance = await accept({ id, value: keyed.value, source: 'http', traceparent });
  switch (acceptance.kind) {
    case 'accepted':
      return accepted(apiAddress(apiUri, request), acceptance);
    case 'invalid':
      return acceptance.tooLarge ? tooLarge(acceptance.problems) : invalid(acceptance.problems);
    case 'quotaFull':
      // What could never fit does not get better by being sent again.
      return acceptance.refused.tooLarge
        ? invalid([quotaProblem(acceptance.refused)])
        : quotaFull(acceptance.refused, clock.now());
    case 'keyReused':
      return problem({
        status: 422,
        code: 'key_reused',
        title: 'The idempotency key was used with another body',
        detail: `${acceptance.id} was sent under this key, with another body; use a new key for a new message`,
      });
  }
}

/** The header is the same as the field in the body; where both stand they must agree. */
function withKey(
  value: unknown,
  header: string | null,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: Problem } {
  if (header === null || !isRecord(value)) return { ok: true, value };
  const inBody = value['idempotencyKey'] ?? null;
  if (inBody !== null && inBody !== header) {
    const detail = 'the header Idempotency-Key and the field idempotencyKey differ; send one of them';
    return { ok: false, problem: makeProblem(['idempotencyKey'], 'keys_differ', detail) };
  }
  return { ok: true, value: { ...value, idempotencyKey: header } };
}

function accepted(
  address: string,
  { id, status, replayed }: { readonly id: string; readonly status: string; readonly replayed: boolean },
): HttpResponseInit {
  return json(
    202,
    { id, status },
    {
      // Absolute, since that is what Logic Apps follow.
      Location: `${address}/operations/${id}`,
      'Operation-Location': `${address}/messages/${id}`,
      'Retry-After': RETRY_AFTER_SECONDS,
      ...(replayed ? { 'Idempotent-Replayed': 'true' } : {}),
    },
  );
}

function quotaFull(refused: Refused, now: number): HttpResponseInit {
  const seconds = Math.max(1, Math.ceil((refused.turnsAt - now) / 1000));
  return problem({
    status: 429,
    code: 'quota',
    title: 'The quota is used up, and the message says onQuota: reject',
    detail: `${refused.scope} has no room for it; nothing was sent or recorded`,
    errors: [quotaProblem(refused)],
    headers: { 'Retry-After': String(seconds) },
  });
}

function invalid(errors: readonly Problem[]): HttpResponseInit {
  return problem({
    status: 400,
    code: 'invalid_message',
    title: 'The message is not valid',
    detail: `${countProblems(errors)}; nothing was sent`,
    errors,
  });
}

function tooLarge(errors: readonly Problem[]): HttpResponseInit {
  return problem({
    status: 413,
    code: 'too_large',
    title: 'The message is too large',
    detail: 'send less, or a link; nothing was sent',
    errors,
  });
}
