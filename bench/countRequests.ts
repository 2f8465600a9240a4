import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/**
 * Counts every HTTP request that this process sends from now on, whoever sends it and why: a retry of the SDK and work in the
 * background too. A table transaction is one request, and one storage operation. `ports`: of the servers whose requests
 * count; default: of all.
 */
export function countRequests(ports?: readonly number[]): () => number {
  let requests = 0;
  subscribe('http.client.request.start', (message) => {
    if (ports === undefined || ports.includes(portOf(message))) requests++;
  });
  return () => requests;
}

/** As Node tells it of a request that begins. */
function portOf(message: unknown): number {
  const { request } = message as { readonly request: ClientRequest };
  return Number(String(request.getHeader('host')).split(':').at(-1));
}
