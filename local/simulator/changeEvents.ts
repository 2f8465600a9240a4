import type { IncomingMessage, ServerResponse } from 'node:http';

/** A burst of mails is told as one change: a page needs no more often than it can draw. */
const QUIET_MS = 200;
/** Proxies and browsers drop a connection on which nothing comes for long. */
const KEEP_ALIVE_MS = 15_000;

export interface ChangeEvents {
  /** Answers with a stream (text/event-stream) that says `change` whenever there is something new to ask for. */
  subscribe(request: IncomingMessage, response: ServerResponse): void;
  announce(): void;
  stop(): void;
}

export function makeChangeEvents(): ChangeEvents {
  const listeners = new Set<ServerResponse>();
  let pending: NodeJS.Timeout | undefined;
  const tell = (text: string): void => {
    for (const response of listeners) response.write(text);
  };
  const keepAlive = setInterval(() => tell(': still here\n\n'), KEEP_ALIVE_MS);
  keepAlive.unref();
  return {
    subscribe: (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 1000\n\n');
      listeners.add(response);
      request.once('close', () => listeners.delete(response));
    },
    announce: () => {
      pending ??= setTimeout(() => {
        pending = undefined;
        tell('event: change\ndata: {}\n\n');
      }, QUIET_MS);
    },
    stop: () => {
      clearInterval(keepAlive);
      clearTimeout(pending);
      for (const response of listeners) response.end();
    },
  };
}
