import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { NewerVersion, Unavailable } from '../shared/ports.ts';
import { BrokenConfiguration } from './app.ts';
import { problem, RETRY_AFTER_SECONDS } from './problem.ts';

/** The handler, with what it throws turned into an answer. */
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
        const isNewer = error instanceof NewerVersion;
        return problem({
          status: 503,
          code: isNewer ? 'newer_version' : 'unavailable',
          title: isNewer ? 'A newer version of the app wrote this' : 'Storage does not answer',
          detail:
            'nothing was lost; send the same request again, with the same Idempotency-Key if it submits a message',
          headers: { 'Retry-After': RETRY_AFTER_SECONDS },
        });
      }
      context.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return problem({
        status: 500,
        code: 'defect',
        title: 'A defect of hve-mailer',
        detail: `the log has it under the invocation ${context.invocationId}; please report it`,
      });
    }
  };
}
