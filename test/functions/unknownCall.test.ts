import { expect, it } from 'vitest';
import { makeUnknownCall } from '../../functions/unknownCall.ts';
import { call } from './invocation.ts';

const handler = makeUnknownCall();

it('a path that is none is 404 with where the operations stand, as problem+json', async () => {
  const answer = await call(handler, { path: '/api/mesages', params: { path: 'mesages' } });
  expect(answer.status).toBe(404);
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  expect(answer.body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('openapi.json') });
});

it.each([
  ['DELETE', 'messages', 'POST, GET'],
  ['POST', 'Messages/01K9ZZZZZZZZZZZZZZZZZZZZZZ/', 'GET'],
  ['GET', 'accounts/hve@contoso.com/pause', 'POST'],
])('%s %s is 405 with what may be done there', async (method, path, allowed) => {
  const answer = await call(handler, { method, path: `/api/${path}`, params: { path } });
  expect([answer.status, answer.headers.get('Allow')]).toEqual([405, allowed]);
  expect(answer.body).toMatchObject({ code: 'method_not_allowed' });
});
