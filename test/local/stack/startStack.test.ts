import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeMovedPorts } from '../../../local/stack/describeStack.ts';
import type { Endpoints } from '../../../local/stack/endpoints.ts';
import { ANY_PORTS } from '../../../local/stack/ports.ts';
import { startStack } from '../../../local/stack/startStack.ts';
import type { Stack } from '../../../local/stack/startStack.ts';
import { startProbe } from '../host/probe.ts';
import type { Probe } from '../host/probe.ts';
import { quietPort } from '../../quietPort.ts';

const BUNDLE = fileURLToPath(new URL('../host/fixtures/forwardingApp.cjs', import.meta.url));
/** Seconds for a storage that starts again, on a machine that does much else. */
const PATIENCE_MS = 60_000;
const PATIENCE = { timeout: PATIENCE_MS };

vi.setConfig({ testTimeout: 3 * PATIENCE_MS, hookTimeout: 2 * PATIENCE_MS });

let dir: string;
let stateDir: string;
let hostJson: string;
let probe: Probe;
let stack: Stack;
let takenPort: number;
const taken = createServer();
const said: string[] = [];

const readEndpoints = (): Endpoints =>
  JSON.parse(readFileSync(join(stateDir, 'endpoints.json'), 'utf8')) as Endpoints;

const start = async (options: { fresh?: boolean; functions?: number } = {}) =>
  startStack({
    stateDir,
    bundle: BUNDLE,
    hostJson,
    env: { PATH: process.env['PATH'], FUNCTIONS: 'http', PROBE_URL: probe.url },
    hosts: 3,
    auth: true,
    fresh: options.fresh ?? false,
    ports: { ...ANY_PORTS, functions: options.functions ?? 0 },
    say: (line) => said.push(line),
    onHostLine: () => undefined,
  });

/** The processes that answer so many calls. */
async function pidsOf(calls: number): Promise<Set<number>> {
  probe.calls.length = 0;
  for (let n = 0; n < calls; n++) {
    expect((await fetch(`${stack.endpoints().functions}/api/byName`)).status).toBe(200);
  }
  return new Set(probe.calls.map(({ pid }) => pid));
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hve-stack-'));
  stateDir = join(dir, 'state');
  hostJson = join(dir, 'host.json');
  writeFileSync(hostJson, JSON.stringify({ version: '2.0' }));
  probe = await startProbe();
  probe.decide(() => ({ result: { status: 200 } }));
  takenPort = await quietPort();
  await new Promise<void>((resolve) => {
    taken.listen({ port: takenPort, host: '127.0.0.1' }, resolve);
  });
  stack = await start({ functions: takenPort });
});

afterAll(async () => {
  await stack?.stop();
  taken.close();
  probe?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('where everything is stands in endpoints.json, readable by its owner only', async () => {
  expect(readEndpoints()).toEqual(stack.endpoints());
  expect(statSync(join(stateDir, 'endpoints.json')).mode & 0o777).toBe(0o600);
  const { functions, inbox, smtp, storage, hosts } = readEndpoints();
  expect((await fetch(`${inbox}/messages`)).status).toBe(200);
  expect(new URL(smtp)).toMatchObject({ hostname: '127.0.0.1', port: String(stack.simulator.smtp.port) });
  await QueueServiceClient.fromConnectionString(storage).getProperties();
  expect(functions).not.toMatch(/\/$/);
  expect(hosts).toHaveLength(3);
});

test('where a port is taken the next free one is used, and that can be said', () => {
  const port = Number(new URL(stack.endpoints().functions).port);
  expect(port).toBeGreaterThan(takenPort);
  expect(port).toBeLessThan(takenPort + 100);
  expect(describeMovedPorts(stack.endpoints()).join('\n')).toContain(
    `Port 7071 is taken: the functions host listens on ${port}.`,
  );
});

test('three hosts answer behind the one URL', async () => {
  const pids = await pidsOf(6);
  expect(pids).toEqual(new Set(readEndpoints().hosts.map(({ pid }) => pid)));
});

test('with keys asked for, one that opens every function can be told', async () => {
  const url = `${stack.endpoints().functions}/api/items/latest`;
  expect((await fetch(url)).status).toBe(401);
  expect((await fetch(url, { headers: { 'x-functions-key': stack.key()! } })).status).toBe(200);
});

test('a host that is killed is started again; meanwhile the others answer', async () => {
  const [victim] = readEndpoints().hosts;
  process.kill(victim!.pid, 'SIGKILL');
  await expect.poll(() => readEndpoints().hosts.some(({ pid }) => pid === victim!.pid)).toBe(false);
  const others = await pidsOf(4);
  expect(others.has(victim!.pid)).toBe(false);
  await expect.poll(() => readEndpoints().hosts.length, PATIENCE).toBe(3);
  expect(said.join('\n')).toContain(`Functions host 1 (process ${victim!.pid}) has ended`);
  expect((await pidsOf(6)).size).toBe(3);
});

test('a storage that is killed is started again at the same address, with all it had', async () => {
  const { storage } = readEndpoints();
  const queue = QueueServiceClient.fromConnectionString(storage).getQueueClient('kept');
  await queue.create();
  await queue.sendMessage('kept', { messageTimeToLive: -1 });
  const pid = stack.storagePid()!;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => stack.storagePid(), PATIENCE).not.toBe(pid);
  await expect.poll(() => stack.storagePid(), PATIENCE).not.toBeNull();
  expect(stack.endpoints().storage).toBe(storage);
  expect((await queue.peekMessages()).peekedMessageItems[0]?.messageText).toBe('kept');
});

test('a stop takes the addresses away and leaves the state, which the next start finds and --fresh removes', async () => {
  await stack.stop();
  expect(existsSync(join(stateDir, 'endpoints.json'))).toBe(false);
  expect(existsSync(join(stateDir, 'instance.json'))).toBe(false);
  const queueNames = async (): Promise<string[]> => {
    const names: string[] = [];
    const service = QueueServiceClient.fromConnectionString(stack.endpoints().storage);
    for await (const { name } of service.listQueues()) names.push(name);
    return names;
  };
  stack = await start();
  expect(await queueNames()).toContain('kept');
  await stack.stop();
  stack = await start({ fresh: true });
  expect(await queueNames()).not.toContain('kept');
});

test('what cannot start leaves nothing behind: no build, no lock', async () => {
  const other = join(dir, 'other');
  const options = {
    stateDir: other,
    bundle: join(dir, 'dist', 'main.cjs'),
    hostJson,
    env: {},
    say: () => undefined,
    onHostLine: () => undefined,
  };
  await expect(startStack(options)).rejects.toThrow(/not built.*npm run build/);
  const stopped = AbortSignal.abort(new Error('stopped by hand'));
  await expect(startStack({ ...options, bundle: BUNDLE, signal: stopped })).rejects.toThrow(
    'stopped by hand',
  );
  expect(existsSync(join(other, 'instance.json'))).toBe(false);
});
