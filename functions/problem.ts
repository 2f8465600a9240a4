/** Errors of the API: RFC 9457 problem+json with `code` and `errors[]`. */
import type { HttpResponseInit } from '@azure/functions';
import type { API_PROBLEMS, ApiProblemCode } from '../shared/core/api/problemCodes.ts';
import type { Problem } from '../shared/core/message.ts';

/** Callers such as Logic Apps try a 503 again by themselves. */
export const RETRY_AFTER_SECONDS = '30';

export interface ProblemDetails<Code extends ApiProblemCode = ApiProblemCode> {
  /** The code's own. */
  readonly status: (typeof API_PROBLEMS)[Code]['status'];
  readonly code: Code;
  readonly title: string;
  /** What happened, to which message, what to do. */
  readonly detail: string;
  readonly errors?: readonly Problem[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem<Code extends ApiProblemCode>({
  headers,
  ...details
}: ProblemDetails<Code>): HttpResponseInit {
  return {
    status: details.status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
    body: JSON.stringify({ type: 'about:blank', ...details, errors: details.errors ?? [] }),
  };
}

/** `1 problem`, `2 problems`, with where they are. */
export function countProblems({ length }: readonly Problem[]): string {
  return `${length} ${length === 1 ? 'problem' : 'problems'}, each with where it is`;
}

export function notFound(what: string): HttpResponseInit {
  return problem({ status: 404, code: 'not_found', title: 'Not found', detail: `there is no ${what}` });
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
