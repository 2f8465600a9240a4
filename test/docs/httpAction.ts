/**
 * An HTTP action of Logic Apps, as far as it is documented: expressions are filled in once, the identity's token goes with
 * every request, what passes is tried again, and a 202 with a Location is followed until there is another answer.
 * https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface HttpAction {
  readonly type: 'Http';
  readonly inputs: {
    readonly method: string;
    readonly uri: string;
    readonly authentication?: { readonly type: string; readonly audience: string };
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
    readonly retryPolicy?: { readonly type: string; readonly count: number };
  };
  readonly operationOptions?: string;
}

export interface ActionOutcome {
  readonly status: 'Succeeded' | 'Failed';
  readonly statusCode: number;
  readonly location: string | null;
  readonly body: unknown;
  /** How often it asked at a Location. */
  readonly polls: number;
}

export interface Workflow {
  /** The value of each expression, without its @. */
  readonly expressions: Readonly<Record<string, string>>;
  /** A token of the workflow's managed identity. */
  token(audience: string): Promise<string>;
}

/** Of the default policy. */
const RETRIES = 4;
/** In place of the policy's interval, which no test has time for; a Retry-After is kept. */
const RETRY_MS = 200;
const PASSES = new Set([408, 429, 500, 502, 503, 504]);

export async function runHttpAction(action: HttpAction, workflow: Workflow): Promise<ActionOutcome> {
  const { method, uri, authentication, body, retryPolicy, ...inputs } = action.inputs;
  const headers = fillIn(inputs.headers, workflow) as Record<string, string>;
  if (authentication !== undefined) {
    if (authentication.type !== 'ManagedServiceIdentity') throw new Error(`no ${authentication.type} here`);
    headers['authorization'] = `Bearer ${await workflow.token(authentication.audience)}`;
  }
  const filled = fillIn(body, workflow);
  const text = typeof filled === 'string' ? filled : JSON.stringify(filled);
  const retries = retryPolicy?.count ?? RETRIES;
  let answer = await tryAgain(async () => fetch(uri, { method, headers, body: text }), retries);
  let polls = 0;
  let location = answer.headers.get('location');
  while (answer.status === 202 && location !== null && action.operationOptions !== 'DisableAsyncPattern') {
    await answer.body?.cancel();
    await sleep(retryAfterMs(answer) ?? RETRY_MS);
    const { href } = new URL(location);
    answer = await tryAgain(async () => fetch(href, { headers }), retries);
    polls += 1;
    location = answer.headers.get('location') ?? location;
  }
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return {
    status: answer.ok ? 'Succeeded' : 'Failed',
    statusCode: answer.status,
    location: answer.headers.get('location'),
    body: isJson ? await answer.json() : await answer.text(),
    polls,
  };
}

async function tryAgain(ask: () => Promise<Response>, retries: number): Promise<Response> {
  for (let left = retries; ; left--) {
    const answer = await ask().catch((error: unknown) => {
      if (left === 0) throw error;
      return null;
    });
    if (answer !== null && (left === 0 || !PASSES.has(answer.status))) return answer;
    await answer?.body?.cancel();
    await sleep((answer && retryAfterMs(answer)) ?? RETRY_MS);
  }
}

function retryAfterMs(answer: Response): number | null {
  const seconds = answer.headers.get('retry-after');
  return seconds === null ? null : Number(seconds) * 1000;
}

/** Every `@{…}` in every text of a value replaced; one that the workflow does not know is an error. */
export function fillIn(value: unknown, workflow: Pick<Workflow, 'expressions'>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/@\{(.*?)\}/g, (_, expression: string) => {
      const found = workflow.expressions[expression];
      if (found === undefined) throw new Error(`the workflow has no value for @{${expression}}`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((entry) => fillIn(entry, workflow));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, fillIn(entry, workflow)]));
}
