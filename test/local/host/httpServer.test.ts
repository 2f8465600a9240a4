import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { readKeyFile } from '../../../local/host/keys.ts';
import type { HostProcess } from '../../../local/host/spawnHost.ts';
import { gate, until } from './probe.ts';
import { createStack } from './stack.ts';
import type { Stack, StackOptions } from './stack.ts';

interface Running {
  readonly stack: Stack;
  readonly host: HostProcess;
  readonly port: number;
  readonly call: (path: string, init?: RequestInit) => Promise<Response>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

async function start(options: Partial<StackOptions> = {}, auth = false): Promise<Running> {
  const stack = await createStack({ functions: 'http', ...options });
  const host = await stack.host({}, auth ? { keysFile: join(stack.folder, 'keys.json') } : {});
  const { port } = host;
  return {
    stack,
    host,
    port,
    call: async (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    [Symbol.asyncDispose]: stack[Symbol.asyncDispose],
  };
}

describe.concurrent('the HTTP trigger', () => {
  it('hands over method, URL, route parameters, query, headers, body and trace', async () => {
    await using running = await start();
    const { call, stack, port } = running;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await call('/api/items/a%20b%2Fc?x=1&y=%C3%BC&x=2', {
      method: 'POST',
      body: '{"some":"json"}',
      headers: { 'content-type': 'application/json', 'Idempotency-Key': 'k1', traceparent },
    });
    const [seen] = stack.probe.calls;
    expect(seen).toMatchObject({
      fn: 'postItem',
      method: 'POST',
      url: `http://127.0.0.1:${port}/api/items/a%20b%2Fc?x=1&y=%C3%BC&x=2`,
      params: { id: 'a b/c' },
      query: { x: '1,2', y: 'ü' },
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
      trace: traceparent,
    });
    expect(Buffer.from(String(seen?.['body']), 'base64').toString()).toBe('{"some":"json"}');
  });

  it('passes bytes through unchanged in both directions', async () => {
    await using running = await start();
    const { call, stack } = running;
    const bytes = randomBytes(300_000);
    stack.probe.decide(({ body }) => ({ result: { bytes: body, headers: { 'content-type': 'image/png' } } }));
    const response = await call('/api/items/1', { method: 'PUT', body: bytes });
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(bytes));
  });

  it('answers with the status, headers and JSON that the function returns', async () => {
    await using running = await start();
    const { call, stack } = running;
    stack.probe.decide(() => ({
      result: {
        status: 202,
        jsonBody: { id: '1' },
        headers: { location: '/there', 'retry-after': '5' },
        cookies: [{ name: 'c', value: 'v', path: '/', httpOnly: true }],
      },
    }));
    const response = await call('/api/byName', { method: 'POST', body: '' });
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('location')).toBe('/there');
    expect(response.headers.get('set-cookie')).toBe('c=v; Path=/; HttpOnly');
    expect(await response.json()).toEqual({ id: '1' });
  });

  it('answers 204 when the function returns nothing, and 500 without details when it throws', async () => {
    await using running = await start();
    const { call, stack } = running;
    expect((await call('/api/byName')).status).toBe(204);
    stack.probe.decide(() => ({ throw: 'a secret reason' }));
    const response = await call('/api/byName');
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
    await until('the reason is in the log', () =>
      stack.lines.some((line) => line.includes('a secret reason')),
    );
  });

  it('answers HEAD without a body', async () => {
    await using running = await start();
    const { call, stack } = running;
    stack.probe.decide(() => ({ result: { status: 200, body: 'text' } }));
    const response = await call('/api/items/1', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('finds the function by route and method; what no function has is 404', async () => {
    await using running = await start();
    const { call, stack } = running;
    const cases: [string, string, string | number][] = [
      ['GET', '/api/byName', 'byName'],
      ['GET', '/API/BYNAME', 'byName'],
      ['POST', '/api/byName', 'byName'],
      ['GET', '/api/items/1', 'getItem'],
      ['GET', '/api/items/1/', 'getItem'],
      // As in Azure: getLatest has the route items/latest, but the name that sorts later.
      ['GET', '/api/items/latest', 'getItem'],
      ['POST', '/api/items', 'postItem'],
      ['PUT', '/api/items/1', 'postItem'],
      ['GET', '/api/files/a/b/c.txt', 'getFile'],
      ['GET', '/api/files', 'getFile'],
      ['DELETE', '/api/items/1', 404],
      ['GET', '/api/items', 404],
      ['GET', '/api/items/1/more', 404],
      ['GET', '/api/nothing', 404],
      ['GET', '/byName', 404],
      ['GET', '/api/items/%E0%A4%A', 404],
    ];
    for (const [method, path, expected] of cases) {
      const before = stack.probe.calls.length;
      const response = await call(path, { method });
      await response.arrayBuffer();
      const called = stack.probe.calls.slice(before).map(({ fn }) => fn);
      const found = called[0] ?? response.status;
      expect([method, path, found]).toEqual([method, path, expected]);
    }
    expect(stack.probe.calls.find(({ fn, params }) => fn === 'getFile' && params)?.['params']).toEqual({
      path: 'a/b/c.txt',
    });
  });

  it('serves under another routePrefix, or under none', async () => {
    await using running = await start({ hostJson: { extensions: { http: { routePrefix: '' } } } });
    expect((await running.call('/byName')).status).toBe(204);
    expect((await running.call('/api/byName')).status).toBe(404);
  });

  it('refuses a body of more than 100 MB with 413, with its length said or not; one of 12 MB passes', async () => {
    await using running = await start();
    const { port, stack } = running;
    const limitBytes = 100 * 1024 * 1024;
    expect(await post(port, limitBytes + 1, true)).toBe(413);
    expect(await post(port, limitBytes + 1, false)).toBe(413);
    expect(stack.probe.calls).toEqual([]);
    expect(await post(port, 12 * 1024 * 1024, true)).toBe(204);
  });

  it('answers what is running when it is stopped, the whole of it, and nothing more', async () => {
    await using running = await start();
    const { call, stack, host } = running;
    const end = gate();
    stack.probe.decide(async () => {
      await end.opened;
      return { result: { body: 'x'.repeat(3_000_000) } };
    });
    const answer = call('/api/byName');
    await until('it runs', () => stack.probe.calls.length === 1);
    const stopped = host.stop();
    await until('it stops', () => stack.lines.some((line) => line.includes('takes nothing new')));
    await expect(call('/api/byName')).rejects.toThrow('fetch failed');
    end.open();
    expect((await (await answer).text()).length).toBe(3_000_000);
    await stopped;
    expect((await host.ended).code).toBe(0);
  });

  it('asks for no keys by default, like Core Tools', async () => {
    await using running = await start();
    expect((await running.call('/api/items/1')).status).toBe(204);
    expect((await running.call('/api/secret')).status).toBe(204);
  });

  it('tells the function logs on one line each, with level, function and invocation', async () => {
    await using running = await start();
    await (await running.call('/api/byName')).arrayBuffer();
    const find = () => running.stack.lines.find((candidate) => candidate.includes('answers GET'));
    // It comes by another way than the answer.
    await until('the line is there', () => find() !== undefined);
    expect(find()).toMatch(/^\d{4}-\S+Z info  byName [0-9a-f-]{36} answers GET$/);
  });
});

describe.concurrent('the keys of the host', () => {
  it('opens a function to its own key, a host key and the master key, by header or by code', async () => {
    await using running = await start({}, true);
    const { call, stack } = running;
    const keys = readKeyFile(join(stack.folder, 'keys.json'));
    const functionKey = keys?.functions['getItem']?.['default'] ?? '';
    const otherKey = keys?.functions['postItem']?.['default'] ?? '';
    const hostKey = keys?.host['default'] ?? '';
    const master = keys?.master ?? '';
    const status = async (path: string, key?: string): Promise<number> =>
      (await call(path, key === undefined ? {} : { headers: { 'x-functions-key': key } })).status;
    expect(await status('/api/items/1')).toBe(401);
    expect(await status('/api/items/1', 'wrong')).toBe(401);
    expect(await status('/api/items/1', otherKey)).toBe(401);
    expect(await status('/api/items/1', functionKey)).toBe(204);
    expect(await status(`/api/items/1?code=${functionKey}`)).toBe(204);
    expect(await status('/api/items/1', hostKey)).toBe(204);
    expect(await status('/api/items/1', master)).toBe(204);
    expect(await status('/api/byName')).toBe(204);
    expect(await status('/api/secret', hostKey)).toBe(401);
    expect(await status('/api/secret', master)).toBe(204);
    expect(await status('/admin/host/status', hostKey)).toBe(401);
    expect(await status('/admin/host/status', master)).toBe(200);
  });

  it('keeps the keys over restarts and shares them with a second host', async () => {
    await using running = await start({}, true);
    const { stack } = running;
    const path = join(stack.folder, 'keys.json');
    const before = readFileSync(path, 'utf8');
    const second = await stack.host({}, { keysFile: path });
    expect(readFileSync(path, 'utf8')).toBe(before);
    const response = await fetch(`http://127.0.0.1:${second.port}/api/items/1`, {
      headers: { 'x-functions-key': readKeyFile(path)?.host['default'] ?? '' },
    });
    expect(response.status).toBe(204);
  });
});

/** Posts so many zero bytes and gives the status; an answer in the middle of the upload ends it. */
async function post(port: number, sizeBytes: number, sayLength: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const request = httpRequest(
      { port, host: '127.0.0.1', method: 'POST', path: '/api/byName' },
      (response) => {
        answered = true;
        response.resume();
        resolve(response.statusCode ?? 0);
        request.destroy();
      },
    );
    if (sayLength) request.setHeader('content-length', sizeBytes);
    const body = Readable.from(zeros(sizeBytes));
    // The host closes the connection after an early answer: what could not be sent any more is no failure.
    pipeline(body, request).catch((error: unknown) => {
      if (!answered) reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

function* zeros(sizeBytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(4 * 1024 * 1024);
  for (let sent = 0; sent < sizeBytes; sent += chunk.length) {
    yield chunk.subarray(0, Math.min(chunk.length, sizeBytes - sent));
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
