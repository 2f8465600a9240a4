/** Who may call what: every operation of the table, by each kind of caller. */
import { HttpRequest, InvocationContext } from '@azure/functions';
import type { HttpFunctionOptions, HttpResponseInit } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { makeServe } from '../../functions/serve.ts';
import { readApiAuth } from '../../shared/config.ts';
import { ENTRA_ROLES, PRINCIPAL_HEADER } from '../../shared/core/api/callerRoles.ts';
import { OPERATIONS } from '../../shared/core/api/operations.ts';
import type { ApiOperation, OperationName } from '../../shared/core/api/operations.ts';

const ENTRA = { HVE_API_AUTH: 'entra', WEBSITE_AUTH_ENABLED: 'True' };
const ROLE_CLAIM = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';
const names = Object.keys(OPERATIONS) as OperationName[];
const isChange = (name: OperationName): boolean => OPERATIONS[name].method !== 'GET';
const accessOf = (name: OperationName): ApiOperation['access'] => OPERATIONS[name].access;

function register(env: Readonly<Record<string, string>>) {
  const registered = new Map<string, HttpFunctionOptions>();
  const reached: string[] = [];
  const serve = makeServe({
    http: (name, options) => registered.set(name, options),
    handlerOf: (name) => () => {
      reached.push(name);
      return { status: 299 };
    },
    auth: readApiAuth(env),
  });
  for (const name of names) serve(name);
  return { registered, reached };
}

function principal(claims: readonly { typ: string; val: string }[], roleTyp: string = ROLE_CLAIM): string {
  const json = JSON.stringify({ auth_typ: 'aad', name_typ: 'name', role_typ: roleTyp, claims });
  return Buffer.from(json).toString('base64');
}
const withRole = (role: string): string => principal([{ typ: 'roles', val: role }]);

interface Call {
  readonly env?: Readonly<Record<string, string>>;
  readonly header?: string;
  /** As a program has it; a browser's session has none. */
  readonly token?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(name: OperationName, { env = ENTRA, header, token = true, headers = {} }: Call) {
  const { registered, reached } = register(env);
  const logged: string[] = [];
  const context = new InvocationContext({ logHandler: (_level, ...args) => logged.push(args.join(' ')) });
  const request = new HttpRequest({
    method: OPERATIONS[name].method,
    url: `https://mailer.example/api/${OPERATIONS[name].route}`,
    headers: {
      ...headers,
      ...(header === undefined ? {} : { [PRINCIPAL_HEADER]: header }),
      ...(token ? { authorization: 'Bearer x' } : {}),
    },
  });
  const answer = (await registered.get(name)!.handler(request, context)) as HttpResponseInit;
  const body = typeof answer.body === 'string' ? (JSON.parse(answer.body) as { code: string }) : null;
  expect(reached).toEqual(answer.status === 299 ? [name] : []);
  return { status: answer.status, code: body?.code, logged };
}

describe('with keys', () => {
  it('every operation but the open ones asks the host for a key, and no header counts', async () => {
    const { registered } = register({});
    for (const name of names) {
      const level = accessOf(name) === 'anyone' ? 'anonymous' : 'function';
      expect([name, registered.get(name)?.authLevel]).toEqual([name, level]);
    }
  });

  it('a setting that is none leaves the keys in force', () => {
    const { registered } = register({ HVE_API_AUTH: 'Entra', WEBSITE_AUTH_ENABLED: 'True' });
    expect(registered.get('getMessage')?.authLevel).toBe('function');
  });

  it('the route of no operation hides another: the more specific one has the name that sorts first', () => {
    const sorted = names.toSorted();
    const pattern = (route: string) => new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    for (const [index, name] of sorted.entries()) {
      const { method, route } = OPERATIONS[name];
      const later = sorted.slice(index + 1).filter((other) => OPERATIONS[other].method === method);
      expect(later.filter((other) => pattern(route).test(OPERATIONS[other].route))).toEqual([]);
    }
  });
});

describe('with Entra ID', () => {
  const guarded = names.filter((name) => accessOf(name) !== 'anyone');

  it.each(guarded)('%s: nobody without a principal, nor with one that cannot be read', async (name) => {
    const unreadable = ['', 'null', '{}', Buffer.from('{"claims":"roles"}').toString('base64')];
    for (const header of [undefined, ...unreadable]) {
      const answer = await call(name, header === undefined ? {} : { header });
      expect(answer).toMatchObject({ status: 401, code: 'not_signed_in' });
    }
  });

  it.each(guarded)('%s: nobody without the role', async (name) => {
    for (const role of ['', 'Mail.Send', 'mail.operate', 'Mail.Operate Mail.Submit']) {
      expect(await call(name, { header: withRole(role) })).toMatchObject({
        status: 403,
        code: 'role_missing',
      });
    }
    const elsewhere = principal([{ typ: 'name', val: ENTRA_ROLES.operator }]);
    expect(await call(name, { header: elsewhere })).toMatchObject({ status: 403 });
  });

  it.each(names)('%s: a producer reads nothing and changes nothing, and submits', async (name) => {
    const { status } = await call(name, { header: withRole(ENTRA_ROLES.producer) });
    expect(status).toBe(accessOf(name) === 'operator' ? 403 : 299);
  });

  it.each(names)('%s: an operator may, whatever the claim of the roles is called', async (name) => {
    const val = ENTRA_ROLES.operator;
    for (const header of [
      withRole(val),
      principal([{ typ: ROLE_CLAIM, val }]),
      principal([{ typ: 'groups', val }], 'groups'),
      principal([
        { typ: 'roles', val: 'Other' },
        { typ: 'roles', val },
      ]),
    ]) {
      expect(await call(name, { header })).toMatchObject({ status: 299 });
    }
  });

  it.each(guarded)('%s: nobody at all while the sign-in is off, whatever a header says', async (name) => {
    for (const mark of ['False', '', '0']) {
      const env = { ...ENTRA, WEBSITE_AUTH_ENABLED: mark };
      const answer = await call(name, { env, header: withRole(ENTRA_ROLES.operator) });
      expect(answer).toMatchObject({ status: 503, code: 'sign_in_off' });
    }
    const unmarked = { env: { HVE_API_AUTH: 'entra' }, header: withRole(ENTRA_ROLES.operator) };
    expect(await call(name, unmarked)).toMatchObject({ status: 503 });
  });

  it.each(guarded.filter(isChange))('%s: not by a form of another site', async (name) => {
    const session = { header: withRole(ENTRA_ROLES.operator), token: false };
    const form = { ...session, headers: { origin: 'https://evil.example', 'content-type': 'text/plain' } };
    expect(await call(name, form)).toMatchObject({ status: 403, code: 'forgeable_request' });
    const page = { ...session, headers: { 'x-requested-with': 'hve-dashboard' } };
    expect(await call(name, page)).toMatchObject({ status: 299 });
  });

  it('the log has who changed something', async () => {
    const header = principal([
      { typ: 'roles', val: ENTRA_ROLES.operator },
      { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: 'an-object-id' },
    ]);
    expect((await call('pauseAll', { header })).logged).toEqual(['pauseAll by an-object-id']);
    expect((await call('listAccounts', { header })).logged).toEqual([]);
  });
});
