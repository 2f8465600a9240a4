/**
 * Counts the requests to Storage by the port whose call they belong to, like `store.insert`: whatever adapter or SDK sends them,
 * and however often. A table transaction is one. What is sent outside of a port is the host's: the benchmark plays it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { Ports } from '../../shared/ports.ts';

/** How many of each. */
export type Operations = Readonly<Record<string, number>>;

export interface OperationCount {
  /** The same ports, whose requests count. */
  counted(ports: Ports): Ports;
  /** Since it was asked last. */
  take(): Operations;
  stop(): void;
}

const STARTED = 'http.client.request.start';

export function countOperations(storagePorts: readonly number[]): OperationCount {
  const caller = new AsyncLocalStorage<string>();
  let counts: Record<string, number> = {};
  const note = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest };
    const port = Number(String(request.getHeader('host')).split(':').at(-1));
    const name = caller.getStore();
    if (name !== undefined && storagePorts.includes(port)) counts[name] = (counts[name] ?? 0) + 1;
  };
  subscribe(STARTED, note);
  return {
    counted: (ports) =>
      Object.fromEntries(
        Object.entries(ports).map(([name, port]) => [name, named(name, port, caller)]),
      ) as Ports,
    take() {
      const taken = counts;
      counts = {};
      return taken;
    },
    stop: () => void unsubscribe(STARTED, note),
  };
}

/** Calls of its methods run under their name. */
function named<T>(portName: string, port: T, caller: AsyncLocalStorage<string>): T {
  if (typeof port !== 'object' || port === null) return port;
  return new Proxy(port, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      const name = `${portName}.${String(key)}`;
      return (...args: unknown[]): unknown => {
        const result: unknown = caller.run(name, () => Reflect.apply(method, target, args));
        return isAsyncIterable(result) ? walked(result, name, caller) : result;
      };
    },
  });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** A generator's body runs for whoever asks for the next one. */
async function* walked(
  all: AsyncIterable<unknown>,
  name: string,
  caller: AsyncLocalStorage<string>,
): AsyncIterable<unknown> {
  const iterator = all[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await caller.run(name, () => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
