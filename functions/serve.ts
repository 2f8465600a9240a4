/** Registers an operation of the API by the table of them, with the check of who calls. */
import type { HttpFunctionOptions, HttpHandler } from '@azure/functions';
import { OPERATIONS } from '../shared/core/api/operations.ts';
import type { OperationName } from '../shared/core/api/operations.ts';
import type { ApiAuth } from '../shared/core/apiAuth.ts';
import { authorize } from './authorize.ts';

export type Serve = (name: OperationName, handler: HttpHandler) => void;

/**
 * `keys`: the Functions host asks for a key of the function (a producer's) or of the host (an operator's). `entra`: the host lets
 * everybody through, and the caller's role is looked at here.
 */
export function makeServe(deps: {
  http: (name: string, options: HttpFunctionOptions) => void;
  auth: ApiAuth;
}): Serve {
  const { http, auth } = deps;
  return (name, handler) => {
    const { method, route, access } = OPERATIONS[name];
    const isOpen = access === 'anyone' || auth.mode === 'entra';
    http(name, {
      methods: [method],
      route,
      authLevel: isOpen ? 'anonymous' : 'function',
      handler: auth.mode === 'entra' ? authorize({ name, method, access }, auth, handler) : handler,
    });
  };
}
