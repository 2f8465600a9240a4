/** Who may call, where Entra ID stands before the API (`HVE_API_AUTH=entra`). */
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { ENTRA_ROLES, mayCall, PRINCIPAL_HEADER, readCaller } from '../shared/core/api/callerRoles.ts';
import type { Access, ApiOperation } from '../shared/core/api/operations.ts';
import type { ApiAuth } from '../shared/core/apiAuth.ts';
import { problem, RETRY_AFTER_SECONDS } from './problem.ts';

/**
 * A form or a picture of another site, shown in the browser of somebody who is signed in, is sent with their session. It
 * cannot carry either of these without our leave (CORS, which gives none).
 */
const UNFORGEABLE_HEADERS = ['authorization', 'x-requested-with'];

/** The handler, for callers with the operation's role only. What an operator changes is logged with who did it. */
export function authorize(
  operation: { readonly name: string; readonly method: ApiOperation['method']; readonly access: Access },
  auth: ApiAuth,
  handler: HttpHandler,
): HttpHandler {
  const { name, method, access } = operation;
  if (access === 'anyone') return handler;
  return async (request, context) => {
    // Without the platform's sign-in nobody takes a forged header off: it fails closed.
    if (!auth.isSignInOn) return signInIsOff();
    const caller = readCaller(request.headers.get(PRINCIPAL_HEADER));
    if (caller === null) return notSignedIn();
    if (!mayCall(access, caller)) return wrongRole(access);
    if (method !== 'GET') {
      if (!isOwnRequest(request)) return forgeable();
      if (access === 'operator') context.info(`${name} by ${caller.objectId ?? 'an unnamed caller'}`);
    }
    return handler(request, context);
  };
}

function isOwnRequest({ headers }: HttpRequest): boolean {
  return UNFORGEABLE_HEADERS.some((header) => headers.has(header));
}

function signInIsOff(): HttpResponseInit {
  return problem({
    status: 503,
    code: 'sign_in_off',
    title: 'The sign-in with Entra ID is off',
    detail:
      'HVE_API_AUTH is entra, but App Service Authentication does not stand before this app, so nobody can be told apart; ' +
      'the operator turns it on again (azd provision), or sets HVE_API_AUTH to keys',
    headers: { 'Retry-After': RETRY_AFTER_SECONDS },
  });
}

function notSignedIn(): HttpResponseInit {
  return problem({
    status: 401,
    code: 'not_signed_in',
    title: 'Nobody has signed in',
    detail:
      'send a token of Entra ID for this API (Authorization: Bearer …), or sign in at /.auth/login/aad; docs/security.md',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

function wrongRole(access: 'producer' | 'operator'): HttpResponseInit {
  const role = ENTRA_ROLES[access];
  return problem({
    status: 403,
    code: 'role_missing',
    title: 'The caller may not do this',
    detail:
      `this needs the application role ${role}, which the token does not have; ` +
      'an administrator assigns it (docs/deploy.md), and a new token has it',
  });
}

function forgeable(): HttpResponseInit {
  return problem({
    status: 403,
    code: 'forgeable_request',
    title: 'This could come from a page of another site',
    detail:
      'a call that changes something needs a token in Authorization, or with a browser session the header X-Requested-With',
  });
}
