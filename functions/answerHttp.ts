import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { NewerVersion, Unavailable } from '../shared/ports.ts';
import { BrokenConfiguration } from './app.ts';
import { problem } from './problem.ts';

/** Callers such as Logic Apps try a 503 again by themselves. */
const RETRY_AFTER_SECONDS = '30';

/** The handler, with what it throws turned into an answer. What is not expected goes through, as a 500 of the host. */
export function answerHttp(handle: (request: HttpRequest) => Promise<HttpResponseInit>): HttpHandler {
  return async (request, context) => {
    try {
      return await handle(request);
    } catch (error) {
      if (error instanceof BrokenConfiguration) {
        context.error(error.message);
        return problem({
          status: 503,
          code: 'configuration',
          title: 'The configuration is broken',
          detail:
            'the operator finds what is wrong at /api/health and in the log; try again when it is mended',
          headers: { 'Retry-After': RETRY_AFTER_SECONDS },
        });
      }
      if (error instanceof Unavailable || error instanceof NewerVersion) {
        context.error(error.message);
        return problem({
          status: 503,
          code: 'unavailable',
          title: 'Storage does not answer',
          detail:
            'nothing was lost; send the same request again, with the same Idempotency-Key if it submits a message',
          headers: { 'Retry-After': RETRY_AFTER_SECONDS },
        });
      }
      throw error;
    }
  };
}
