import type { HttpHandler } from '@azure/functions';
import { methodsOf } from '../shared/core/api/operations.ts';
import { notFound, problem } from './problem.ts';

/** Whatever no operation takes: 405 with what may be done there, or 404, where Azure would answer without a word. */
export function makeUnknownCall(): HttpHandler {
  return ({ method, params }) => {
    const path = params['path'] ?? '';
    const methods = methodsOf(path);
    if (methods.length === 0) {
      return notFound(`/api/${path}; GET /api/openapi.json lists every operation`);
    }
    return problem({
      status: 405,
      code: 'method_not_allowed',
      title: 'Not with this method',
      detail: `/api/${path} takes ${methods.join(' and ')}; got ${method}`,
      headers: { Allow: methods.join(', ') },
    });
  };
}
