/**
 * One stack at a time for a state folder: two storage emulators on one state would destroy it.
 *
 *   instance.json { pid, port, token, children }     the holder answers its token on that port of 127.0.0.1
 *
 * The answer, not the file, says that the holder lives: a process that was killed leaves its file behind, and its pid
 * may belong to another one by now.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { waitForProcesses } from './leftProcesses.ts';

export interface InstanceLock {
  /** The processes that this instance has started: the next one waits for their end if this one is killed. */
  noteChildren(pids: readonly number[]): Promise<void>;
  /** From now on whoever wants to start waits for our end instead of giving up. */
  sayStopping(): void;
  release(): Promise<void>;
}

export class AlreadyRunning extends Error {
  readonly pid: number;
  constructor(stateDir: string, pid: number) {
    super(
      `Another npm start (process ${pid}) runs with the state in ${stateDir}. Stop it first (Ctrl-C there); its addresses are in ${join(stateDir, 'endpoints.json')}. For a second stack beside it give another folder: npm start -- --state FOLDER`,
    );
    this.name = 'AlreadyRunning';
    this.pid = pid;
  }
}

const fileSchema = z.object({
  pid: z.number(),
  port: z.number(),
  token: z.string(),
  children: z.array(z.number()),
});
type Content = z.infer<typeof fileSchema>;

const LOCK_FILE = 'instance.json';
const OWNER_ONLY = 0o600;
/** Whoever takes the connection and says nothing for so long is too busy to: it lives. */
const ANSWER_WITHIN_MS = 3000;
const RUNNING = 'running';
const STOPPING = 'stopping';
/** Somebody who has just killed `npm` and starts again: the old instance notices within a second. */
const RUNNING_PATIENCE_MS = 2000;
/** The hosts may finish what runs in them for ten seconds, then storage writes its state. */
const STOPPING_PATIENCE_MS = 30_000;
const RETRY_MS = 200;
/** Longer than moving a file away and back takes, on a machine under load too. */
const SETTLE_MS = 400;

/** Takes the state folder (made if missing) for this process; rejects with `AlreadyRunning` if another one has it. */
export async function lockInstance(stateDir: string): Promise<InstanceLock> {
  await mkdir(stateDir, { recursive: true });
  const path = join(stateDir, LOCK_FILE);
  const token = randomBytes(16).toString('hex');
  let state = RUNNING;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`${token} ${state}`);
  });
  const port = await listen(server);
  const content: Content = { pid: process.pid, port, token, children: [] };
  try {
    await take(stateDir, path, content);
  } catch (error) {
    server.close();
    throw error;
  }
  server.unref();
  return {
    noteChildren: async (children) => put(path, { ...content, children: [...children] }),
    sayStopping: () => {
      state = STOPPING;
    },
    release: async () => {
      if ((await read(path))?.token === token) await rm(path, { force: true });
      server.close();
    },
  };
}

async function take(stateDir: string, path: string, content: Content): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    // One that was taken while another moved a dead one's file away may be put back over by it: it is looked at again.
    if (await linked(path, content)) await pause(SETTLE_MS);
    const holder = await read(path);
    if (holder?.token === content.token) return;
    const state = holder === null ? null : await stateOf(holder);
    if (state === null) {
      if (holder !== null) await waitForProcesses(holder.children);
      // Moved away, not removed: of two that find it at once only one moves this file, the other one's move fails.
      const old = `${path}.${content.token}`;
      if (await renamed(path, old)) {
        const moved = await read(old);
        // Somebody else has taken it in between: it is theirs.
        if (moved !== null && moved.token !== holder?.token) await put(path, moved);
      }
      await rm(old, { force: true });
      continue;
    }
    const patienceMs = state === STOPPING ? STOPPING_PATIENCE_MS : RUNNING_PATIENCE_MS;
    if (performance.now() - startedAt > patienceMs) throw new AlreadyRunning(stateDir, holder?.pid ?? 0);
    await pause(RETRY_MS);
  }
}

async function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}

/** Whether the file could be put there: it fails where one is already. */
async function linked(path: string, content: Content): Promise<boolean> {
  const draft = await writeDraft(path, content);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function put(path: string, content: Content): Promise<void> {
  await rename(await writeDraft(path, content), path);
}

async function writeDraft(path: string, content: Content): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: OWNER_ONLY });
  return draft;
}

/** null for none, and for one that cannot be read: nobody writes half a file here. */
async function read(path: string): Promise<Content | null> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch {
    return false;
  }
}

/** What the holder says of itself; null if it does not live any more. */
async function stateOf(holder: Content): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ port: holder.port, host: '127.0.0.1' });
    let said = '';
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      resolve(RUNNING);
      socket.destroy();
    });
    socket.on('data', (chunk) => (said += chunk.toString()));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      const [token, state] = said.split(' ');
      resolve(token === holder.token && state !== undefined ? state : null);
    });
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The lock has no TCP port.');
  return address.port;
}
