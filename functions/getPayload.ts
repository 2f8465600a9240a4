import type { HttpHandler } from '@azure/functions';
import { tellRemoval } from '../shared/core/retention.ts';
import type { ReadPayload } from '../shared/flows/readPayload.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { json, notFound, problem } from './problem.ts';

/** `GET /api/messages/{id}/payload`: the message as it was accepted, in the form in which it can be sent again. */
export function makeGetPayload(useMailer: UseMailer<{ readPayload: ReadPayload }>): HttpHandler {
  return answerHttp(async (request) => {
    const id = request.params['id'] ?? '';
    const read = await (await useMailer()).readPayload(id);
    switch (read.kind) {
      case 'found':
        return json(200, read.payload);
      case 'missing':
        return notFound(`message ${id}`);
      case 'removed':
        return problem({
          status: 410,
          code: 'payload_removed',
          title: 'The content is no longer kept',
          detail: `${id}: ${tellRemoval(read.removal)}`,
        });
      case 'gone':
        return notFound(`payload of ${id}: it was rejected, and its original lies in its dead letter`);
    }
  });
}
