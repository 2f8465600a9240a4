/** What this process asks of a server, told by Node itself: whatever SDK sends it, and however often. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

const STARTED = 'http.client.request.start';
/** A transaction over a table, which stands in its body. */
const BATCH = '$batch';

export interface RequestCount {
  /** How many of each kind since it was asked last, like `POST days`: tables and queues by their names without prefix. */
  take(): Record<string, number>;
  stop(): void;
}

/** Of the servers on these ports; `prefix`: of the tables, those of others do not count. */
export function countRequests(ports: readonly number[], prefix: string): RequestCount {
  let counts: Record<string, number> = {};
  const note = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest };
    const port = Number(String(request.getHeader('host')).split(':').at(-1));
    if (!ports.includes(port)) return;
    const name = /^\/devstoreaccount1\/([^/?(]+)/u.exec(request.path)?.[1] ?? request.path;
    if (!name.startsWith(prefix) && !name.startsWith('mail-') && name !== BATCH) return;
    const kind = `${request.method} ${name.replace(prefix, '')}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  subscribe(STARTED, note);
  return {
    take() {
      const taken = counts;
      counts = {};
      return taken;
    },
    stop: () => void unsubscribe(STARTED, note),
  };
}
