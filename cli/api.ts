/** The HTTP API, with what can go wrong turned into words and an exit code. */
import { z } from 'zod';
import { CliError } from './cliError.ts';
import type { Connection } from './connection.ts';
import { describeFetchError } from './fetchError.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import { safeText } from './safeText.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; null where there was none. */
  readonly body: unknown;
}

export type Query = Readonly<Record<string, string | number | null>>;

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Behind `/api/`. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  /** Whatever it answers. Throws only where nothing answers. */
  ask(request: Request): Promise<Answer>;
  /** Throws for every answer that is not 2xx. */
  call(request: Request): Promise<Answer>;
  get(path: string, query?: Query): Promise<unknown>;
  /** Items of a list, page after page, at most `limit`. */
  list(path: string, query: Query, limit: number): AsyncGenerator;
}

/** The longest call, a redrive of many, works for a minute; Azure cuts at 230 s. */
const CALL_TIMEOUT_MS = 120_000;
const PAGE = 100;

export function makeApi(connection: Connection): Api {
  async function ask({ method, path, query = {}, body, headers = {} }: Request): Promise<Answer> {
    const url = new URL(`${connection.url}/api/${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== null) url.searchParams.set(name, String(value));
    }
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        // A key must not follow to wherever a redirect leads.
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          ...connection.headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      return { status: response.status, headers: response.headers, body: parseJson(await response.text()) };
    } catch (error) {
      throw unreachable(connection, error);
    }
  }

  async function call(request: Request): Promise<Answer> {
    const answer = await ask(request);
    if (answer.status < 200 || answer.status > 299) throw refusal(connection, answer);
    return answer;
  }

  const get = async (path: string, query: Query = {}): Promise<unknown> =>
    (await call({ method: 'GET', path, query })).body;

  return {
    ask,
    call,
    get,
    async *list(path, query, limit) {
      let cursor: string | null = null;
      let left = limit;
      while (left > 0) {
        const page = pageSchema.parse(await get(path, { ...query, limit: Math.min(left, PAGE), cursor }));
        for (const item of page.items.slice(0, left)) yield item;
        left -= page.items.length;
        if (page.cursor === undefined) return;
        ({ cursor } = page);
      }
    },
  };
}

const pageSchema = z.object({ items: z.array(z.unknown()), cursor: z.string().optional() });

const problemSchema = z.object({
  code: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).default([]),
});

function unreachable({ url, from }: Pick<Connection, 'url' | 'from'>, error: unknown): CliError {
  return new CliError(EXIT.unreachable, [
    `${url} does not answer: ${describeFetchError(error)}`,
    `The address is from ${from}. hve doctor looks further.`,
  ]);
}

/** What an answer that is not 2xx means. */
export function refusal(
  { url, proof }: Pick<Connection, 'url' | 'proof'>,
  { status, body, headers }: Answer,
): CliError {
  const parsed = problemSchema.safeParse(body);
  const problem = parsed.success ? parsed.data : null;
  if (status === 401 || status === 403) return notAllowed(url, proof, status, problem?.detail);
  if (status >= 300 && status < 400) {
    return new CliError(EXIT.unreachable, [
      `${url} answers with a redirect to ${safeText(headers.get('location') ?? 'nowhere')}.`,
      proof === 'none'
        ? 'Behind Entra ID it wants a token: --entra APPLICATION-ID-URI, or HVE_TOKEN.'
        : 'Is that the address of the app? A key or token is never sent on.',
    ]);
  }
  if (problem?.title === undefined) {
    const hint =
      status === 404
        ? 'Is that the address of the app, and is its version as new as this hve?'
        : 'hve health says more.';
    return new CliError(exitCodeOf(status), [`${url} answered ${status} without a reason.`, hint], body);
  }
  const errors = problem.errors.map(({ pointer, code, detail }) =>
    safeText(`  ${pointer === '' ? '(whole)' : pointer}  ${code}: ${detail}`),
  );
  const retry = headers.get('retry-after');
  return new CliError(
    exitCodeOf(status),
    [
      safeText(`${problem.title}: ${problem.detail ?? ''}`),
      ...errors,
      ...(retry === null ? [] : [`Try again in ${safeText(retry)} s.`]),
    ],
    body,
  );
}

function notAllowed(
  url: string,
  proof: Connection['proof'],
  status: number,
  detail: string | undefined,
): CliError {
  const what = { key: 'the key', token: 'the token', none: 'a call without a key' }[proof];
  const remedy = {
    key: 'It needs the host key (App keys of the function app), not a key of postMessage; after a rotation the new one.',
    token:
      'It needs the app role Mail.Operate, and the audience of the application; a token lives for about an hour.',
    none: 'Set HVE_KEY to a host key of the function app, or have az fetch a token: --entra APPLICATION-ID-URI.',
  }[proof];
  return new CliError(EXIT.unreachable, [
    `${url} does not take ${what} (${status})${detail === undefined ? '' : `: ${safeText(detail)}`}.`,
    remedy,
  ]);
}

function exitCodeOf(status: number): ExitCode {
  if (status === 404 || status === 409 || status === 410) return EXIT.wrongState;
  if (status === 429 || status >= 500) return EXIT.notNow;
  return EXIT.usage;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
