import type { ServerResponse } from 'node:http';

export interface ProblemItem {
  /** JSON pointer into the body; '' is the body itself. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** Answers with problem+json (RFC 9457) in the shape that the app's own API has. */
export function sendProblem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  errors: readonly ProblemItem[] = [],
): void {
  response.writeHead(status, { 'content-type': 'application/problem+json; charset=utf-8' });
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, errors }));
}
