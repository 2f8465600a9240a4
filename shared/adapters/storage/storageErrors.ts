/** The facts of an error of the Storage SDKs. Never the error itself goes on: it holds the request, with content and token. */
import { Unavailable } from '../../ports.ts';

/** Null: no answer came. */
export function statusOf(error: unknown): number | null {
  const status = field(error, 'statusCode');
  return typeof status === 'number' ? status : null;
}

/** Storage's own name for it: `TableNotFound`, `EntityAlreadyExists`, `UpdateConditionNotSatisfied`, … */
function codeOf(error: unknown): string {
  const details = field(error, 'details');
  for (const code of [
    field(field(details, 'odataError'), 'code'),
    field(details, 'errorCode'),
    field(error, 'code'),
  ]) {
    if (typeof code === 'string') return code;
  }
  return '';
}

/** Nothing was found under that name or key. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** The table, queue or container itself is not there. */
export function isStoreMissing(error: unknown): boolean {
  return isMissing(error) && ['TableNotFound', 'QueueNotFound', 'ContainerNotFound'].includes(codeOf(error));
}

/** The row exists already (409), has changed (412) or has gone (404). */
export function isConflict(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 404 || (status === 409 && codeOf(error) === 'EntityAlreadyExists');
}

/** What stands there is not what was expected. */
export function isConditionNotMet(error: unknown): boolean {
  return statusOf(error) === 412;
}

/** No answer, or one that does not say whether the write was done. */
export function isLost(error: unknown): boolean {
  const status = statusOf(error);
  return status === null || status >= 500 || status === 408;
}

export function unavailable(what: string, error: unknown): Unavailable {
  if (error instanceof Unavailable) return error;
  const status = statusOf(error);
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  // A message of Storage may repeat what it was sent; its code says the same.
  return new Unavailable(what, new Error(status === null ? said : `${status} ${codeOf(error)}`.trim()));
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
