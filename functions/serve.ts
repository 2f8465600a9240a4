/** Registers an operation of the API by the table of them, with the check of who calls. */
import type { HttpFunctionOptions, HttpHandler } from '@azure/functions';
import { OPERATIONS } from '../shared/core/api/operations.ts';
import type { OperationName } from '../shared/core/api/operations.ts';
import type { ApiAuth } from '../shared/core/apiAuth.ts';
import type { authorize as Authorize } from './authorize.ts';

export type Serve = (name: OperationName) => void;

/**
 * `keys`: the Functions host asks for a key of the function (a producer's) or of the host (an operator's). `entra`: the host lets
 * everybody through, and the caller's role is looked at here.
 */
export function makeServe(deps: {
  http: (name: string, options: HttpFunctionOptions) => void;
  handlerOf: (name: OperationName) => HttpHandler;
  auth: ApiAuth;
}): Serve {
  const { http, handlerOf, auth } = deps;
  return (name) => {
    const { method, route, access } = OPERATIONS[name];
    const handler = handlerOf(name);
    const isOpen = access === 'anyone' || auth.mode === 'entra';
    http(name, {
      methods: [method],
      route,
      authLevel: isOpen ? 'anonymous' : 'function',
      handler: auth.mode === 'entra' ? authorized({ name, method, access }, auth, handler) : handler,
    });
  };
}

/** Loaded with the first call, as the handler is; nobody gets past it while it is not there. */
function authorized(...operation: Parameters<typeof Authorize>): HttpHandler {
  return async (request, context) => {
    const { authorize } = await import('./authorize.ts');
    return authorize(...operation)(request, context);
  };
}
