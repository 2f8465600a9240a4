/** Errors of the API: RFC 9457 problem+json with `code` and `errors[]`. */
import type { HttpResponseInit } from '@azure/functions';
import type { Problem } from '../shared/core/message.ts';

export interface ProblemDetails {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** What happened, to which message, what to do. */
  readonly detail: string;
  readonly errors?: readonly Problem[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem({ headers, ...details }: ProblemDetails): HttpResponseInit {
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
