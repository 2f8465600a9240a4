import { subscribe } from 'node:diagnostics_channel';

/**
 * Counts every HTTP request that this process sends from now on, whoever sends it and why: a retry of the SDK and work in the
 * background too. A table transaction is one request, and one storage operation.
 */
export function countRequests(): () => number {
  let requests = 0;
  subscribe('http.client.request.start', () => requests++);
  return () => requests;
}
