/**
 * Every operation of the HTTP API with who may call it: the one table that registers the functions, checks their callers
 * and names them in the OpenAPI document. In the order of the data path. Pure.
 *
 * Azure tries the routes of one method in the order of the functions' names, not by how specific they are: where two
 * match the same path, the more specific one must have the name that sorts first (a test looks).
 */

/** `producer`: whoever may submit; `operator`: all else; `anyone`: without key or token, since no data of a mail is told. */
export type Access = 'anyone' | 'producer' | 'operator';

export interface ApiOperation {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below `/api/`. */
  readonly route: string;
  readonly access: Access;
}

export const OPERATIONS = {
  postMessage: { method: 'POST', route: 'messages', access: 'producer' },
  getOperation: { method: 'GET', route: 'operations/{id}', access: 'anyone' },
  getMessage: { method: 'GET', route: 'messages/{id}', access: 'operator' },
  getPayload: { method: 'GET', route: 'messages/{id}/payload', access: 'operator' },
  listMessages: { method: 'GET', route: 'messages', access: 'operator' },
  cancelMessage: { method: 'POST', route: 'messages/{id}/cancel', access: 'operator' },
  redriveMessage: { method: 'POST', route: 'messages/{id}/redrive', access: 'operator' },
  releaseMessage: { method: 'POST', route: 'messages/{id}/release', access: 'operator' },
  listDeadLetters: { method: 'GET', route: 'dead-letters', access: 'operator' },
  getDeadLetter: { method: 'GET', route: 'dead-letters/{id}', access: 'operator' },
  redriveDeadLetters: { method: 'POST', route: 'dead-letters/redrive', access: 'operator' },
  eraseRecipient: { method: 'POST', route: 'recipients/erase', access: 'operator' },
  getUsage: { method: 'GET', route: 'usage', access: 'operator' },
  getUsageHistory: { method: 'GET', route: 'usage/history', access: 'operator' },
  listAccounts: { method: 'GET', route: 'accounts', access: 'operator' },
  pauseAccount: { method: 'POST', route: 'accounts/{address}/pause', access: 'operator' },
  resumeAccount: { method: 'POST', route: 'accounts/{address}/resume', access: 'operator' },
  pauseAll: { method: 'POST', route: 'pause', access: 'operator' },
  resumeAll: { method: 'POST', route: 'resume', access: 'operator' },
  getApp: { method: 'GET', route: 'apps/{name}', access: 'operator' },
  putApp: { method: 'PUT', route: 'apps/{name}', access: 'operator' },
  getHealth: { method: 'GET', route: 'health', access: 'operator' },
  getOpenApi: { method: 'GET', route: 'openapi.json', access: 'anyone' },
  getDashboard: { method: 'GET', route: 'dashboard', access: 'anyone' },
} as const satisfies Readonly<Record<string, ApiOperation>>;

export type OperationName = keyof typeof OPERATIONS;

/** In the order of the table. */
export function operationNames(): readonly OperationName[] {
  return Object.keys(OPERATIONS).filter(isOperationName);
}

function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

/** The methods with which a path below `/api/` can be called; none: there is no such path. */
export function methodsOf(path: string): readonly string[] {
  const asked = segmentsOf(path);
  return Object.values(OPERATIONS)
    .filter(({ route }) => matches(segmentsOf(route), asked))
    .map(({ method }) => method);
}

/** Literals in any case, as the host takes them. */
function matches(template: readonly string[], path: readonly string[]): boolean {
  return (
    template.length === path.length &&
    template.every((part, index) => part.startsWith('{') || part.toLowerCase() === path[index]?.toLowerCase())
  );
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
