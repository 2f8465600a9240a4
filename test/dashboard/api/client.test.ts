/** The page's way to the API, against a server that answers as the Functions host, the app, or App Service authentication does. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../../dashboard/api/client.ts';
import { makeApiClient } from '../../../dashboard/api/client.ts';

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

let stop: () => Promise<void> = async () => undefined;
afterEach(async () => stop());

async function serve(respond: Respond, key: string | null = null): Promise<ApiClient> {
  const server = createServer(respond).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return makeApiClient({
    fetch,
    pageUrl: `http://127.0.0.1:${port}/api/dashboard#/messages`,
    key: () => key,
  });
}

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('the page asks the API', () => {
  it('beside its own address, with the key in a header, and changes with JSON and the header that no other site can send', async () => {
    const seen: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];
    const client = await serve((request, response) => {
      let body = '';
      request.on('data', (part) => (body += String(part)));
      request.on('end', () => {
        seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
        json(response, 200, { done: true });
      });
    }, 'the key');
    expect(await client.get('messages?limit=5')).toEqual({ kind: 'ok', value: { done: true } });
    expect(await client.post('pause', { reason: 'x' })).toEqual({ kind: 'ok', value: { done: true } });
    const [get, post] = seen;
    expect(get).toMatchObject({
      line: 'GET /api/messages?limit=5',
      headers: { 'x-functions-key': 'the key' },
    });
    expect(post).toMatchObject({
      line: 'POST /api/pause',
      headers: { 'content-type': 'application/json', 'x-requested-with': 'hve-dashboard' },
      body: '{"reason":"x"}',
    });
  });

  it('sends no key where it has none', async () => {
    const client = await serve((request, response) => json(response, 200, request.headers));
    const answer = await client.get<Record<string, string>>('usage');
    expect(answer).toMatchObject({ kind: 'ok' });
    expect(Object.keys(answer.kind === 'ok' ? answer.value : {})).not.toContain('x-functions-key');
  });
});

describe('whoever may not ask is told', () => {
  it('to sign in, where App Service authentication says so', async () => {
    const client = await serve((_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="mail.contoso.com"' }).end(),
    );
    expect(await client.get('usage')).toEqual({ kind: 'denied', denial: 'signIn' });
  });

  it('to sign in, where it says nothing but has its own addresses', async () => {
    const client = await serve((request, response) => {
      if (request.url === '/.auth/me') json(response, 200, {});
      else response.writeHead(401).end();
    });
    expect(await client.post('pause')).toEqual({ kind: 'denied', denial: 'signIn' });
  });

  it('to give a key, where the Functions host asks for one', async () => {
    const client = await serve((request, response) => {
      response.writeHead(request.url === '/.auth/me' ? 404 : 401).end();
    });
    expect(await client.get('usage')).toEqual({ kind: 'denied', denial: 'key' });
  });

  it('what role is missing, where the sign-in lacks it', async () => {
    const detail = 'this needs the application role Mail.Operate';
    const client = await serve((_request, response) =>
      json(response, 403, { code: 'role_missing', title: 'The caller may not do this', detail }),
    );
    expect(await client.get('usage')).toMatchObject({
      kind: 'problem',
      problem: { status: 403, code: 'role_missing', detail },
    });
  });
});

describe('what goes wrong is told in the words of the API', () => {
  it('with each of its errors', async () => {
    const problem = {
      status: 400,
      code: 'invalid_query',
      title: 'The query is not valid',
      detail: 'each problem says which parameter it is about',
      errors: [{ pointer: '/day', code: 'invalid_parameter', detail: 'expected a UTC day' }],
    };
    const client = await serve((_request, response) => json(response, 400, problem));
    expect(await client.get('messages?day=x')).toEqual({ kind: 'problem', problem });
  });

  it('or what can be said where the answer has none', async () => {
    const client = await serve((_request, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
    expect(await client.get('usage')).toMatchObject({
      kind: 'problem',
      problem: { status: 502, title: 'The app answered 502', detail: expect.stringContaining('log') },
    });
  });

  it('but a health that is failing is an answer', async () => {
    const client = await serve((_request, response) =>
      json(response, 503, { status: 'failing', checks: [] }),
    );
    expect(await client.get('health')).toEqual({ kind: 'ok', value: { status: 'failing', checks: [] } });
  });

  it('and an app that cannot be reached is none', async () => {
    const client = await serve((_request, response) => response.destroy());
    expect(await client.get('usage')).toMatchObject({ kind: 'problem', problem: { code: 'not_reached' } });
  });
});
