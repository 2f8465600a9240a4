import { HttpRequest } from '@azure/functions';
import { expect, it } from 'vitest';
import { makeGetOpenApi } from '../../functions/getOpenApi.ts';
import { call, makeContext, ORIGIN } from './invocation.ts';

const PATH = '/api/openapi.json';
const of = (address: string) => makeGetOpenApi(async () => ({ apiUri: address }), { mode: 'keys' });

it('each version names the address that was called, though both are kept', async () => {
  const handler = makeGetOpenApi(async () => ({ apiUri: null }), { mode: 'keys' });
  for (let n = 0; n < 2; n++) {
    const { body } = await call(handler, { path: PATH });
    expect(body).toMatchObject({ openapi: '3.1.1', servers: [{ url: `${ORIGIN}/api` }] });
    const connector = await call(handler, { path: `${PATH}?version=2.0` });
    expect(connector.body).toMatchObject({ swagger: '2.0', host: new URL(ORIGIN).host });
  }
  const said = await call(of('https://mail.contoso.com/api'), { path: PATH });
  expect(said.body).toMatchObject({ servers: [{ url: 'https://mail.contoso.com/api' }] });
});

it('asking for it without end, as anybody may, costs next to nothing', async () => {
  const handler = of('https://mail.contoso.com/api');
  const request = new HttpRequest({ method: 'GET', url: `${ORIGIN}${PATH}` });
  const { context } = makeContext();
  // Each made anew, they take minutes: longer than a test may.
  for (let n = 0; n < 10_000; n++) expect(await handler(request, context)).toMatchObject({ status: 200 });
});

it('however many names it is called by, few documents are kept', async () => {
  let address = '';
  const handler = makeGetOpenApi(async () => ({ apiUri: address }), { mode: 'keys' });
  for (let n = 0; n < 25; n++) {
    address = `https://mail${n}.contoso.com/api`;
    const { body } = await call(handler, { path: PATH });
    expect(body).toMatchObject({ servers: [{ url: address }] });
  }
});
