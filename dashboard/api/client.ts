/** The API as the page asks it: with the operator's key, or with the sign-in that the browser has. */

/** What went wrong, in words for the operator; `code` is the API's, or one of ours where it gave none. */
export interface ApiProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
}

/** `key`: a function key is missing or wrong; `signIn`: App Service authentication wants a sign-in. */
export type Denial = 'key' | 'signIn';

export type Answer<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'denied'; readonly denial: Denial }
  | { readonly kind: 'problem'; readonly problem: ApiProblem };

export interface ApiClient {
  /** `path`: relative to the API, such as `messages?limit=50`. Never rejects. */
  get<Value>(path: string): Promise<Answer<Value>>;
  post<Value>(path: string, body?: object): Promise<Answer<Value>>;
}

/**
 * A form or a link of another site cannot send a header of its own, and a script of another site may not: the API takes it as
 * the sign that a change which comes with a browser's sign-in was asked for here (functions/authorize.ts).
 */
const OWN_REQUEST = { 'x-requested-with': 'hve-dashboard' };

/** Longer than the API takes for anything but a large redrive, which Azure cuts at 230 s. */
const PATIENCE_MS = { get: 30_000, post: 230_000 };

interface AskInit extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

export function makeApiClient(deps: {
  fetch: typeof fetch;
  /** The address of the page, which lies beside the API's. */
  pageUrl: string;
  key: () => string | null;
}): ApiClient {
  async function ask<Value>(path: string, init: AskInit, patienceMs: number): Promise<Answer<Value>> {
    const key = deps.key();
    const headers = { accept: 'application/json', ...init.headers, ...(key && { 'x-functions-key': key }) };
    const signal = AbortSignal.timeout(patienceMs);
    let response: Response;
    try {
      response = await deps.fetch(new URL(path, deps.pageUrl), {
        ...init,
        headers,
        signal,
        redirect: 'error',
        credentials: 'same-origin',
      });
    } catch (error) {
      return { kind: 'problem', problem: notReached(error) };
    }
    if (response.status === 401) return { kind: 'denied', denial: await denialOf(response) };
    return readAnswer(response);
  }

  /** App Service authentication says how to sign in, or at least has its own addresses; the Functions host has neither. */
  async function denialOf(response: Response): Promise<Denial> {
    if (/bearer/i.test(response.headers.get('www-authenticate') ?? '')) return 'signIn';
    try {
      const me = await deps.fetch(new URL('/.auth/me', deps.pageUrl), { credentials: 'same-origin' });
      const type = me.headers.get('content-type') ?? '';
      return me.status === 401 || (me.ok && type.includes('json')) ? 'signIn' : 'key';
    } catch {
      return 'key';
    }
  }

  return {
    get: async (path) => ask(path, { method: 'GET', cache: 'no-store' }, PATIENCE_MS.get),
    post: async (path, body = {}) =>
      ask(
        path,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...OWN_REQUEST },
          body: JSON.stringify(body),
        },
        PATIENCE_MS.post,
      ),
  };
}

async function readAnswer<Value>(response: Response): Promise<Answer<Value>> {
  const { status } = response;
  const text = await response.text().catch(() => '');
  const body = parse(text);
  // A health that is failing comes with 503, and is what was asked for.
  const isAnswer = response.ok || 'checks' in body;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the app's own types; a test holds its answers to them
  if (isAnswer && text !== '') return { kind: 'ok', value: body as Value };
  return { kind: 'problem', problem: problemOf(status, body) };
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function problemOf(status: number, body: object): ApiProblem {
  const fields: Partial<ApiProblem> = body;
  if (status === 403) {
    return {
      status,
      code: fields.code ?? 'forbidden',
      title: fields.title ?? 'You may not do this',
      detail:
        fields.detail ?? 'your sign-in lacks the role of an operator; ask whoever assigns the app roles',
      errors: [],
    };
  }
  return {
    status,
    code: fields.code ?? 'no_answer',
    title: fields.title ?? `The app answered ${status}`,
    detail:
      fields.detail ?? 'it is asked again by itself; if that lasts, look at the log of the function app',
    errors: fields.errors ?? [],
  };
}

function notReached(error: unknown): ApiProblem {
  const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
  return {
    status: 0,
    code: isTimeout ? 'timeout' : 'not_reached',
    title: isTimeout ? 'The app did not answer in time' : 'The app cannot be reached',
    detail: 'it is asked again by itself; look at your connection, and whether the function app runs',
    errors: [],
  };
}
