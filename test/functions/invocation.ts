/** Requests and contexts of `@azure/functions` as the host hands them to a handler, and the answers as a client sees them. */
import { HttpRequest, HttpResponse, InvocationContext } from '@azure/functions';
import type { HttpHandler } from '@azure/functions';

export const ORIGIN = 'https://mailer.example.net';

export interface Call {
  readonly method?: string;
  /** With the query: `/api/messages?day=2026-11-24`. */
  readonly path: string;
  readonly params?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** A string goes as it is, everything else as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function call(
  handler: HttpHandler,
  { method = 'GET', path, params, headers, body }: Call,
): Promise<Answer> {
  const url = `${ORIGIN}${path}`;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const request = new HttpRequest({
    method,
    url,
    query: Object.fromEntries(new URL(url).searchParams),
    ...(params && { params }),
    ...(headers && { headers }),
    ...(text !== undefined && { body: { string: text } }),
  });
  const { context } = makeContext();
  const answer = await handler(request, context);
  if (answer === undefined || answer === null) throw new Error('the handler gave no answer');
  const response = answer instanceof HttpResponse ? answer : new HttpResponse(answer);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** `lines`: what the handler logged. */
export function makeContext(triggerMetadata: Record<string, unknown> = {}): {
  readonly context: InvocationContext;
  readonly lines: string[];
} {
  const lines: string[] = [];
  const context = new InvocationContext({
    functionName: 'test',
    triggerMetadata,
    logHandler: (level, ...words) => lines.push(`${level} ${words.join(' ')}`),
  });
  return { context, lines };
}
