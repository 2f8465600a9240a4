import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody } from './httpCall.ts';

/** What `GET /admin/host/status` says. */
export interface HostStatus {
  readonly state: 'Running' | 'Error';
  readonly functions: readonly { readonly name: string; readonly trigger: string; readonly detail: string }[];
  /** Why a function does not run, or why there is none. */
  readonly errors: readonly string[];
}

export interface AdminApi {
  /** `path` comes without `/admin/`. */
  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
}

export interface AdminApiOptions {
  readonly status: () => HostStatus;
  /** Starts the function in the background; false where none of that name can be started by hand. */
  readonly trigger: (name: string, input: string) => boolean;
}

const triggerBody = z.object({ input: z.string().default('') });
/** A queue message is the longest input that is of use here. */
const TRIGGER_LIMIT_BYTES = 256 * 1024;

/** The part of the real host's admin API that is of use at a desk. */
export function createAdminApi({ status, trigger }: AdminApiOptions): AdminApi {
  return {
    answer: async (request, response, path) => {
      const call = `${request.method ?? 'GET'} ${path.replace(/\/+$/, '')}`;
      if (call === 'GET host/ping' || call === 'POST host/ping') return send(response, 200, {});
      if (call === 'GET host/status') return send(response, 200, status());
      if (call === 'GET functions') return send(response, 200, status().functions);
      const name = /^POST functions\/([^/]+)$/.exec(call)?.[1];
      if (name === undefined) return send(response, 404, { error: 'The local host has no such admin call.' });
      const body = await readBody(request, TRIGGER_LIMIT_BYTES);
      const input = triggerBody.safeParse(parseJson(body?.toString('utf8') ?? ''));
      if (!input.success) return send(response, 400, { error: 'Send JSON such as { "input": "" }.' });
      if (trigger(decodeURIComponent(name), input.data.input)) {
        response.writeHead(202).end();
        return undefined;
      }
      return send(response, 404, { error: `No timer or queue function is named "${name}".` });
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, statusCode: number, value: unknown): void {
  response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
