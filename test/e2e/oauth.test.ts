import { expect, it } from 'vitest';
import { makeState, startTestStack } from './harness.ts';

const SETTINGS = {
  HVE_ACCOUNTS: JSON.stringify([
    { address: 'hve@contoso.com', auth: 'oauth' },
    { address: 'payroll@contoso.com', secret: 'payroll-contoso-com' },
  ]),
  HVE_OAUTH_TENANT_ID: '11111111-2222-3333-4444-555555555555',
  HVE_OAUTH_CLIENT_ID: '66666666-7777-8888-9999-000000000000',
};

it.each([
  ['managedIdentity', {}],
  ['certificate', { HVE_OAUTH_SECRET: 'mail-application' }],
])('the built app sends by OAuth, with a %s, beside an account with a password', async (credential, more) => {
  await using state = await makeState();
  await using running = await startTestStack(state, {
    ...SETTINGS,
    ...more,
    HVE_OAUTH_CREDENTIAL: credential,
  });
  const { client, stack } = running;
  await client.put({ to: 'ann@contoso.com', subject: 'by token', text: 'x', reference: 'token' });
  await client.put({
    to: 'ann@contoso.com',
    from: 'payroll@contoso.com',
    subject: 'by password',
    text: 'x',
    reference: 'password',
  });
  await client.untilStatus('token', 'sent');
  await client.untilStatus('password', 'sent');
  const mails = (await client.mails()).map(({ account, subject }) => `${account}: ${subject}`);
  expect(mails.toSorted()).toEqual(['hve@contoso.com: by token', 'payroll@contoso.com: by password']);
  expect(stack.tokenEndpoint?.tokenRequests()).toEqual([200]);
  expect(stack.endpoints().tokens).toEqual({ authorityHost: stack.tokenEndpoint?.authorityHost });
});
