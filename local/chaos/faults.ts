import { z } from 'zod';
import type { FaultRequest } from '../simulator/faults.ts';

/** The simulator's faults, over HTTP as anybody sets them, and what became of them. */
export interface Faults {
  /** Resolves with its id. */
  set(fault: FaultRequest): Promise<string>;
  /** The ids of those that have not struck as often as they are to. */
  standing(): Promise<ReadonlySet<string>>;
  /** One that has gone by itself is no failure. */
  remove(id: string): Promise<void>;
  /** Ends all of them. */
  clear(): Promise<void>;
  /** How many were set so far. */
  count(): number;
  /** Those that have struck at least once; complete once they were cleared. */
  struck(): readonly FaultRequest[];
}

const faultSchema = z.object({ id: z.string(), hits: z.number() });
const CALL_TIMEOUT_MS = 10_000;

export function makeFaults(inboxUrl: string): Faults {
  const url = `${inboxUrl}/faults`;
  const all = new Map<string, FaultRequest>();
  /** Taken away before they could strike. */
  const idle = new Set<string>();
  const call = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, { ...init, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  const list = async () => z.array(faultSchema).parse(await (await call('')).json());
  return {
    set: async (fault) => {
      const response = await call('', { method: 'POST', body: JSON.stringify(fault) });
      if (!response.ok) throw new Error(`The simulator refused a fault: ${await response.text()}`);
      const { id } = faultSchema.parse(await response.json());
      all.set(id, fault);
      return id;
    },
    standing: async () => new Set((await list()).map(({ id }) => id)),
    remove: async (id) => {
      if ((await list()).some((fault) => fault.id === id && fault.hits === 0)) idle.add(id);
      await call(`/${id}`, { method: 'DELETE' });
    },
    clear: async () => {
      for (const { id, hits } of await list()) if (hits === 0) idle.add(id);
      await call('', { method: 'DELETE' });
    },
    count: () => all.size,
    struck: () => [...all].flatMap(([id, fault]) => (idle.has(id) ? [] : [fault])),
  };
}
