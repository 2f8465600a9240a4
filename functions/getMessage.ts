import type { HttpHandler } from '@azure/functions';
import type { MessageReader } from '../shared/flows/readMessages.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { json, notFound } from './problem.ts';

/** `GET /api/messages/{id}`: all that is recorded of a message. */
export function makeGetMessage(useMailer: UseMailer<{ messages: MessageReader }>): HttpHandler {
  return answerHttp(async (request) => {
    const id = request.params['id'] ?? '';
    const message = await (await useMailer()).messages.message(id);
    return message ? json(200, message) : notFound(`message ${id}`);
  });
}
