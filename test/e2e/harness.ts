import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RestError, TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';
import { expect } from 'vitest';
import { formatIsoDuration } from '../../local/isoDuration.ts';
import { startStack } from '../../local/stack/startStack.ts';
import type { Stack, StackOptions } from '../../local/stack/startStack.ts';
import type { StoredMail } from '../../local/simulator/mailStore.ts';
import type { MessageSummaryView, MessageView } from '../../shared/core/messageView.ts';
import { projectRoot } from '../tools.ts';

/** Generous: the machine may run several stacks at once. A test that passes waits for none of it. */
export const PATIENCE_MS = 60_000;
const POLL_MS = 100;

const DAY_MS = 86_400_000;
/** By so much the clock of a stack `atNoon` differs from the machine's. */
const NOON_OFFSET_MS = DAY_MS / 2 - (Date.now() % DAY_MS);

/**
 * A setting for tests that go by days: on the stack's clock it was noon in UTC when this file began, so many days later. So
 * no midnight comes in the middle of one, at whatever time it runs.
 */
export function atNoon(daysLater = 0): { readonly HVE_LOCAL_CLOCK_OFFSET: string } {
  return { HVE_LOCAL_CLOCK_OFFSET: formatIsoDuration(NOON_OFFSET_MS + daysLater * DAY_MS) };
}

/** What time it is on the clock of a stack with `atNoon()`. */
export function nowAtNoon(): number {
  return Date.now() + NOON_OFFSET_MS;
}

export interface TestState extends AsyncDisposable {
  /** The folder in which a stack keeps what outlives it. */
  readonly dir: string;
}

/** A state folder of its own, gone at the end of the test. */
export async function makeState(): Promise<TestState> {
  const dir = await mkdtemp(join(tmpdir(), 'hve-e2e-'));
  return {
    dir,
    [Symbol.asyncDispose]: async () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export interface TestStack extends AsyncDisposable {
  readonly stack: Stack;
  /** Everything that hosts and stack have said. */
  readonly lines: readonly string[];
  readonly client: StackClient;
  /** Stops it in order; the state stays. */
  stop(): Promise<void>;
}

/** The whole of `npm start` in this process (its hosts and its storage in their own), on free ports, without the sample. */
export async function startTestStack(
  state: TestState,
  env: Readonly<Record<string, string>> = {},
  options: Partial<StackOptions> = {},
): Promise<TestStack> {
  const lines: string[] = [];
  const stack = await startStack({
    stateDir: state.dir,
    bundle: join(projectRoot, 'dist', 'main.cjs'),
    hostJson: join(projectRoot, 'host.json'),
    env: { ...withoutSettings(process.env), ...env },
    say: (line) => lines.push(line),
    onHostLine: (host, line) => lines.push(`${host} ${line}`),
    ...options,
  });
  const { storage, functions, inbox } = stack.endpoints();
  return {
    stack,
    lines,
    client: makeStackClient({ storage, functions, inbox }),
    stop: async () => stack.stop(),
    [Symbol.asyncDispose]: async () => stack.stop(),
  };
}

/** What whoever runs the tests has set for their own app must not change them. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HVE_')));
}

export interface DeadLetterRow {
  readonly messageId: string;
  readonly reason: string;
}

/** What an application and its operator do, with nothing of ours: the Storage SDKs and HTTP. */
export interface StackClient {
  readonly outbox: QueueClient;
  /** One item on mail-outbox: text as it is, anything else as JSON. */
  put(item: unknown): Promise<void>;
  /** A blob in the container mail-content. */
  upload(name: string, content: string | Uint8Array): Promise<void>;
  post(path: string, body: string | Uint8Array | object, headers?: Record<string, string>): Promise<Response>;
  get<Body>(path: string): Promise<Body>;
  /** Newest first. */
  mails(): Promise<StoredMail[]>;
  /** The header's part of a mail and its body. */
  eml(id: string): Promise<string>;
  fault(fault: object): Promise<void>;
  clearFaults(): Promise<void>;
  list(query: string): Promise<MessageSummaryView[]>;
  /** All messages of one app, whatever their number. */
  messagesOf(app: string): Promise<MessageSummaryView[]>;
  message(id: string): Promise<MessageView>;
  /** Waits until the message with that reference has one of the statuses. */
  untilStatus(reference: string, ...statuses: readonly string[]): Promise<MessageView>;
  deadLetters(): Promise<DeadLetterRow[]>;
}

export function makeStackClient(at: {
  readonly storage: string;
  readonly functions: string;
  readonly inbox: string;
}): StackClient {
  const outbox = QueueServiceClient.fromConnectionString(at.storage).getQueueClient('mail-outbox');
  const content = BlobServiceClient.fromConnectionString(at.storage).getContainerClient('mail-content');
  const read = async <Body>(url: string): Promise<Body> => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  };
  const get = async <Body>(path: string): Promise<Body> => read<Body>(at.functions + path);
  const list = async (query: string): Promise<MessageSummaryView[]> =>
    (await get<{ items: MessageSummaryView[] }>(`/api/messages?${query}`)).items;
  const message = async (id: string): Promise<MessageView> => get<MessageView>(`/api/messages/${id}`);
  return {
    outbox,
    put: async (item) => {
      await outbox.createIfNotExists();
      const text = typeof item === 'string' ? item : JSON.stringify(item);
      await outbox.sendMessage(text, { messageTimeToLive: -1 });
    },
    upload: async (name, data) => {
      await content.createIfNotExists();
      await content.getBlockBlobClient(name).uploadData(Buffer.from(data));
    },
    post: async (path, body, headers = {}) => {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array;
      return fetch(at.functions + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: isRaw ? Buffer.from(body as Uint8Array) : JSON.stringify(body),
      });
    },
    get,
    mails: async () => read<StoredMail[]>(`${at.inbox}/messages`),
    eml: async (id) => (await fetch(`${at.inbox}/messages/${id}.eml`)).text(),
    fault: async (fault) => {
      const response = await fetch(`${at.inbox}/faults`, { method: 'POST', body: JSON.stringify(fault) });
      if (response.status !== 201) throw new Error(`The fault was refused: ${await response.text()}`);
    },
    clearFaults: async () => void (await fetch(`${at.inbox}/faults`, { method: 'DELETE' })),
    list,
    messagesOf: async (app) => {
      const items: MessageSummaryView[] = [];
      let cursor: string | undefined;
      do {
        const query = new URLSearchParams({
          app,
          limit: '500',
          ...(cursor === undefined ? {} : { cursor }),
        });
        const page = await get<{ items: MessageSummaryView[]; cursor?: string }>(
          `/api/messages?${query.toString()}`,
        );
        items.push(...page.items);
        ({ cursor } = page);
      } while (cursor !== undefined);
      return items;
    },
    message,
    untilStatus: async (reference, ...statuses) => {
      const found = await eventually(
        async () => {
          const [summary] = await list(`reference=${encodeURIComponent(reference)}`);
          // By the answer that is given back: what waits may have been sent since the list was read.
          return summary !== undefined && statuses.includes(summary.status) ? message(summary.id) : summary;
        },
        (seen) => seen !== undefined && 'recipients' in seen && statuses.includes(seen.status),
        `${reference} is ${statuses.join(' or ')}`,
      );
      return found as MessageView;
    },
    deadLetters: async () => {
      const table = TableClient.fromConnectionString(at.storage, 'deadletters', {
        allowInsecureConnection: true,
      });
      const rows: DeadLetterRow[] = [];
      try {
        for await (const row of table.listEntities<DeadLetterRow>()) rows.push(row);
      } catch (error) {
        // It is made with the first dead letter.
        if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
      }
      return rows;
    },
  };
}

/** Reads until the condition holds; fails with what was read last. An error while reading counts as "not yet". */
export async function eventually<Value>(
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
  what: string,
  patienceMs = PATIENCE_MS,
): Promise<Value> {
  let last: { readonly value: Value } | { readonly error: unknown } | null = null;
  const attempt = async (): Promise<boolean> => {
    try {
      last = { value: await read() };
      return holds(last.value);
    } catch (error) {
      last = { error };
      return false;
    }
  };
  try {
    await expect.poll(attempt, { interval: POLL_MS, timeout: patienceMs }).toBe(true);
  } catch (cause) {
    const seen = last as unknown;
    const shown = seen instanceof Object && 'error' in seen ? String(seen.error) : JSON.stringify(seen);
    throw new Error(
      `Not within ${patienceMs / 1000} s: ${what}. Last seen: ${shown?.slice(0, 4000) ?? 'nothing'}`,
      {
        cause,
      },
    );
  }
  return (last as unknown as { value: Value }).value;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
