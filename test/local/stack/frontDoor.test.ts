import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startFrontDoor } from '../../../local/stack/frontDoor.ts';
import { quietPort } from '../../quietPort.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function startHost(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  const port = await new Promise<number>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1' }, () => resolve((server.address() as { port: number }).port));
  });
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return port;
}

async function startDoor(hostPorts: () => readonly number[]): Promise<string> {
  const door = await startFrontDoor({ port: 0, hostPorts });
  ends.push(door.stop);
  return `http://127.0.0.1:${door.port}`;
}

/** Answers with what it got. */
const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.setHeader('date', 'Tue, 24 Nov 2026 08:00:00 GMT');
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        length: body.length,
      }),
    );
  });
};

test('requests reach the hosts in turn, with method, path, Host and body as they came', async () => {
  const ports = [await startHost(echo), await startHost(echo)];
  const url = await startDoor(() => ports);
  const body = Buffer.alloc(3_000_000, 'x');
  const response = await fetch(`${url}/api/messages?a=1&a=2`, { method: 'POST', body });
  expect(response.headers.get('date')).toBe('Tue, 24 Nov 2026 08:00:00 GMT');
  const got = (await response.json()) as { headers: Record<string, string> };
  expect(got).toMatchObject({ method: 'POST', url: '/api/messages?a=1&a=2', length: body.length });
  expect(got.headers['host']).toBe(new URL(url).host);

  const counts = [0, 0];
  const counted = [
    await startHost((_, response) => response.end(String(++counts[0]!))),
    await startHost((_, response) => response.end(String(++counts[1]!))),
  ];
  const other = await startDoor(() => counted);
  for (let n = 0; n < 6; n++) await (await fetch(other)).text();
  expect(counts).toEqual([3, 3]);
});

test('where a host refuses the connection the next one gets the request, its body whole', async () => {
  const dead = await quietPort();
  const ports = [dead, await startHost(echo)];
  const url = await startDoor(() => ports);
  for (let n = 0; n < 4; n++) {
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(await response.json()).toMatchObject({ length: 100_000 });
  }
});

test('without any host it answers 503 as a problem that says when to come again', async () => {
  const url = await startDoor(() => []);
  const response = await fetch(url, { method: 'POST', body: 'x' });
  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('retry-after')).toBe('2');
  expect(await response.json()).toMatchObject({ status: 503, code: 'no-host' });
});

test('a host that ends in the middle of a POST is a 502, and the POST is not sent again', async () => {
  let posts = 0;
  const breaking: RequestListener = (request) => {
    posts += 1;
    request.socket.destroy();
  };
  const ports = [await startHost(breaking), await startHost(breaking)];
  const url = await startDoor(() => ports);
  const response = await fetch(url, { method: 'POST', body: 'x' });
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ code: 'host-ended' });
  expect(posts).toBe(1);
});

test('a GET goes to the next host where the first one ends without an answer', async () => {
  const breaking: RequestListener = (request) => void request.socket.destroy();
  const ports = [await startHost(breaking), await startHost(echo)];
  const url = await startDoor(() => ports);
  for (let n = 0; n < 2; n++) expect((await fetch(`${url}/x`)).status).toBe(200);
});

test('an answer that comes before the end of a large body reaches the caller', async () => {
  const refusing: RequestListener = (request, response) => {
    response.writeHead(413).end('too large');
    request.resume();
  };
  const ports = [await startHost(refusing)];
  const url = await startDoor(() => ports);
  const response = await fetch(url, { method: 'POST', body: Buffer.alloc(20_000_000) });
  expect(response.status).toBe(413);
  expect(await response.text()).toBe('too large');
});

test('a body above what Azure takes is refused before a host sees it', async () => {
  let asked = false;
  const ports = [
    await startHost((_, response) => {
      asked = true;
      response.end();
    }),
  ];
  const url = await startDoor(() => ports);
  const response = await fetch(url, { method: 'POST', body: Buffer.alloc(110_000_000) });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ code: 'too-large' });
  expect(asked).toBe(false);
});

test('bodies stream: the host has the first part while the caller still sends, and a caller that leaves is let go', async () => {
  const first = Promise.withResolvers<string>();
  const gone = Promise.withResolvers<void>();
  const ports = [
    await startHost((request) => {
      request.once('data', (chunk: Buffer) => first.resolve(chunk.toString()));
      request.once('error', () => undefined);
      request.once('close', gone.resolve);
    }),
  ];
  const url = await startDoor(() => ports);
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfirst part');
  expect(await first.promise).toBe('first part');
  socket.destroy();
  await gone.promise;
});
