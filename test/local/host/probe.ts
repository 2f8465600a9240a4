import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a function of the fixture app got; the fields depend on its trigger. */
export interface Call {
  readonly fn: string;
  readonly pid: number;
  /** The wall clock of the app. */
  readonly now: number;
  readonly [field: string]: unknown;
}

/** What the function does then. */
export type Answer = { readonly result?: unknown } | { readonly throw: string };

export interface Probe {
  readonly url: string;
  /** Every call so far, in order. */
  readonly calls: Call[];
  /** Decides what functions do from now on; an answer that is not settled holds its invocation. */
  decide(decision: (call: Call) => Answer | Promise<Answer>): void;
  stop(): void;
}

/** The other side of the fixture app: sees every invocation and decides its end. */
export async function startProbe(): Promise<Probe> {
  const calls: Call[] = [];
  let decision: Parameters<Probe['decide']>[0] = returnNothing;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.once('end', () => {
      const call: Call = JSON.parse(body);
      calls.push(call);
      void Promise.resolve(decision(call)).then((answer) => response.end(JSON.stringify(answer)));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    decide: (next) => {
      decision = next;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function returnNothing(): Answer {
  return {};
}

/** Waits until the condition holds; rejects with what was awaited after the deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await sleep(20);
  }
}

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
