import type { HttpHandler } from '@azure/functions';
import { isFinal } from '../shared/core/status.ts';
import type { MessageReader } from '../shared/flows/readMessages.ts';
import { answerHttp } from './answerHttp.ts';
import { apiAddress } from './apiAddress.ts';
import type { UseMailer } from './app.ts';
import { json, notFound } from './problem.ts';

/** While it is under way; and while it waits in a room, which may take hours. */
const RETRY_AFTER_SECONDS = { moving: '5', waiting: '60' };

/**
 * `GET /api/operations/{id}`: 202 while the message goes on by itself; 200 when it is final, held or scheduled.
 * No address stands in it: whoever knows the id may ask.
 */
export function makeGetOperation(
  useMailer: UseMailer<{ messages: MessageReader; apiUri: string | null }>,
): HttpHandler {
  return answerHttp(async (request) => {
    const id = request.params['id'] ?? '';
    const { messages, apiUri } = await useMailer();
    const operation = await messages.operation(id);
    if (!operation) return notFound(`message ${id}`);
    const { status } = operation;
    if (isFinal(status) || status === 'held' || status === 'scheduled') return json(200, operation);
    return json(202, operation, {
      // Absolute, since that is what Logic Apps follow.
      Location: `${apiAddress(apiUri, request)}/operations/${id}`,
      'Retry-After': status === 'deferred' ? RETRY_AFTER_SECONDS.waiting : RETRY_AFTER_SECONDS.moving,
    });
  });
}
