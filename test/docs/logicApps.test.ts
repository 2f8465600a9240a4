import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isMessageId } from '../../shared/core/messageId.ts';
import { eventually, PATIENCE_MS } from '../e2e/harness.ts';
import { fillIn, runHttpAction } from './httpAction.ts';
import type { HttpAction, Workflow } from './httpAction.ts';
import { readPage } from './snippets.ts';
import { AUDIENCE, startStage } from './stage.ts';
import type { Stage } from './stage.ts';

vi.setConfig({ testTimeout: 3 * PATIENCE_MS });

const page = readPage('logic-apps.md');
const read = (file: string): unknown => JSON.parse(page.code(file));
const readAction = (file: string): HttpAction => read(file) as HttpAction;

describe('the actions of the page', () => {
  test('are all JSON', () => {
    const files = page.snippets.map(({ file }) => file);
    expect(files.length).toBeGreaterThan(7);
    for (const { code } of page.snippets) expect(JSON.parse(code)).toBeTypeOf('object');
  });

  test('post by managed identity, with a key for the repeat, and the one that is not followed says so', () => {
    const followed = readAction('send-mail.json');
    const notFollowed = readAction('send-mail-not-followed.json');
    for (const action of [followed, notFollowed]) {
      expect(action).toMatchObject({
        type: 'Http',
        inputs: {
          method: 'POST',
          uri: 'https://APP.azurewebsites.net/api/messages',
          authentication: { type: 'ManagedServiceIdentity', audience: 'api://CLIENT-ID' },
          headers: { 'Idempotency-Key': '@{workflow().run.name}' },
        },
      });
    }
    expect(followed.operationOptions).toBeUndefined();
    expect(notFollowed.operationOptions).toBe('DisableAsyncPattern');
  });

  test('put on the outbox and on nothing else', () => {
    expect(read('queue-connector.json')).toMatchObject({
      type: 'ApiConnection',
      inputs: {
        method: 'post',
        path: expect.stringMatching(
          /^\/v2\/storageAccounts\/.*\/queues\/.*'mail-outbox'.*\/messages$/,
        ) as string,
      },
    });
    expect(read('queue-built-in.json')).toMatchObject({
      type: 'ServiceProvider',
      inputs: {
        parameters: { queueName: 'mail-outbox' },
        serviceProviderConfiguration: { operationId: 'putMessage' },
      },
    });
    expect(readAction('queue-without-end.json').inputs).toMatchObject({
      uri: 'https://ACCOUNT.queue.core.windows.net/mail-outbox/messages?messagettl=-1',
      authentication: { type: 'ManagedServiceIdentity', audience: 'https://storage.azure.com/' },
    });
  });
});

describe('in a workflow', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  }, 2 * PATIENCE_MS);
  afterAll(async () => stage?.[Symbol.asyncDispose]());

  /** A run of that name, with the identity that the local stack gives. */
  function workflowOf(run: string, expressions: Readonly<Record<string, string>> = {}): Workflow {
    return {
      expressions: {
        'workflow().run.name': run,
        "triggerBody()?['to']": 'ann@contoso.com; bob@contoso.com;',
        "triggerBody()?['subject']": `Mail of ${run}`,
        "triggerBody()?['html']": '<p>Hello</p>',
        ...expressions,
      },
      token: async (audience) => {
        const { identityEndpoint, identityHeader } = stage.running.stack.endpoints().keyVault;
        const query = new URLSearchParams({ 'api-version': '2019-08-01', resource: audience });
        const answer = await fetch(`${identityEndpoint}?${query.toString()}`, {
          headers: { 'x-identity-header': identityHeader },
        });
        return ((await answer.json()) as { access_token: string }).access_token;
      },
    };
  }

  const placed = (action: HttpAction, origin: string): HttpAction => {
    const uri = action.inputs.uri.replace(/^https:\/\/[^/]+(\/mail-outbox)?/, (_, queue?: string) => {
      return queue === undefined ? origin : origin + stage.outboxPath;
    });
    const authentication = { type: 'ManagedServiceIdentity', audience: AUDIENCE };
    const isApi = action.inputs.authentication?.audience === 'api://CLIENT-ID';
    return { ...action, inputs: { ...action.inputs, uri, ...(isApi ? { authentication } : {}) } };
  };

  const mailsOf = async (run: string) =>
    (await stage.running.client.mails()).filter(({ subject }) => subject === `Mail of ${run}`);

  test('the followed action ends when the mail is sent, once, whatever became of the first answers', async () => {
    await using entrance = await stage.enter('HTTP with a token', ['loseAnswer', 'busy'], 'http');
    const action = placed(readAction('send-mail.json'), entrance.gateway.origin);
    const outcome = await runHttpAction(action, workflowOf('run-1'));
    expect(outcome).toMatchObject({ status: 'Succeeded', statusCode: 200 });
    expect(outcome.polls).toBeGreaterThan(0);
    // As the page shows it, but for the numbers.
    const shown = read('result.json') as { counts: object };
    expect(Object.keys(outcome.body as object)).toEqual(Object.keys(shown));
    expect(Object.keys((outcome.body as typeof shown).counts)).toEqual(Object.keys(shown.counts));
    expect(outcome.body).toMatchObject({ status: 'sent', counts: { recipients: 2, accepted: 2 } });
    expect(JSON.stringify(outcome.body)).not.toContain('@contoso.com');
    expect(entrance.gateway.counts()).toEqual({ welcome: 3 + outcome.polls, refused: 0 });
    expect((await mailsOf('run-1')).map(({ to }) => to)).toEqual([['ann@contoso.com', 'bob@contoso.com']]);
  });

  test('the action that is not followed ends with the 202, and its Location can be asked later', async () => {
    await using entrance = await stage.enter('HTTP with a token', [], 'http');
    const action = placed(readAction('send-mail-not-followed.json'), entrance.gateway.origin);
    const outcome = await runHttpAction(action, workflowOf('run-2'));
    expect(outcome).toMatchObject({ status: 'Succeeded', statusCode: 202, polls: 0 });
    const { id } = outcome.body as { id: string };
    expect(isMessageId(id)).toBe(true);
    expect(outcome.location).toBe(`${entrance.gateway.origin}/api/operations/${id}`);
    await eventually(
      async () => mailsOf('run-2'),
      (mails) => mails.length === 1,
      'the mail of run-2',
    );
  });

  test('a message that is not valid fails the action at once, and the answer says why', async () => {
    await using entrance = await stage.enter('HTTP with a token', [], 'http');
    const action = placed(readAction('send-mail.json'), entrance.gateway.origin);
    const workflow = workflowOf('run-3', { "triggerBody()?['to']": 'nobody' });
    const outcome = await runHttpAction(action, workflow);
    expect(outcome).toMatchObject({
      status: 'Failed',
      statusCode: 400,
      body: { errors: [{ pointer: '/to', code: 'address_invalid' }] },
    });
    expect(entrance.gateway.counts().welcome).toBe(1);
  });

  test('an action without its identity is refused before the app', async () => {
    await using entrance = await stage.enter('HTTP with a token', [], 'http');
    const { inputs, ...rest } = placed(readAction('send-mail.json'), entrance.gateway.origin);
    const { authentication: _, ...anonymous } = inputs;
    const outcome = await runHttpAction({ ...rest, inputs: anonymous }, workflowOf('run-4'));
    expect(outcome).toMatchObject({ status: 'Failed', statusCode: 401 });
    expect(entrance.gateway.counts()).toEqual({ welcome: 0, refused: 1 });
  });

  test('the identity that may submit reads nothing, whatever it says of itself; an operation everybody may follow', async () => {
    await using entrance = await stage.enter('HTTP with a token', [], 'http');
    const { origin } = entrance.gateway;
    const claims = [{ typ: 'roles', val: 'Mail.Operate' }];
    const headers = {
      authorization: `Bearer ${await workflowOf('run-6').token(AUDIENCE)}`,
      'x-ms-client-principal': Buffer.from(JSON.stringify({ claims })).toString('base64'),
    };
    for (const path of ['messages', 'accounts', 'health', 'dead-letters', 'usage']) {
      const answer = await fetch(`${origin}/api/${path}`, { headers });
      expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'role_missing' }]);
    }
    const message = { to: 'ann@contoso.com', subject: 'Mail of run-6', text: 'x', mode: 'capture' };
    const posted = await fetch(`${origin}/api/messages`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(message),
    });
    expect(posted.status).toBe(202);
    expect((await fetch(posted.headers.get('location')!)).ok).toBe(true);
  });

  test('the action that calls Storage puts the message on the outbox, twice if it must, and one mail arrives', async () => {
    await using entrance = await stage.enter('queue', ['loseAnswer', 'busy'], 'http');
    const { inputs } = read('message.json') as { inputs: unknown };
    const message = JSON.stringify(fillIn(inputs, workflowOf('run-5')));
    const action = placed(readAction('queue-without-end.json'), entrance.gateway.origin);
    const workflow = workflowOf('run-5', {
      "base64(string(outputs('Message')))": Buffer.from(message).toString('base64'),
    });
    expect(await runHttpAction(action, workflow)).toMatchObject({ status: 'Succeeded', statusCode: 201 });
    const { outbox } = stage.running.client;
    await eventually(
      async () => (await outbox.getProperties()).approximateMessagesCount,
      (count) => count === 0,
      'the outbox is empty',
    );
    await eventually(
      async () => mailsOf('run-5'),
      (mails) => mails.length > 0,
      'the mail of run-5',
    );
    expect(await mailsOf('run-5')).toHaveLength(1);
  });
});
