import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QUEUES } from '../../shared/core/storageNames.ts';
import { examplesFolder } from './bicep.ts';

type Actions = Readonly<Record<string, { readonly type: string; readonly inputs: Record<string, unknown> }>>;

const read = (...path: string[]): string => readFileSync(join(examplesFolder, ...path), 'utf8');
const actionsOf = (file: string): Actions => JSON.parse(read('logicApps', file)) as Actions;

describe('the workflows of Logic Apps', () => {
  const followed = actionsOf('httpActions.json');
  const unfollowed = actionsOf('httpActionsWithoutFollowing.json');

  it('call the API by managed identity, with a key of each run that makes a repeat harmless', () => {
    for (const { Send_mail: action } of [followed, unfollowed]) {
      expect(action).toMatchObject({
        type: 'Http',
        inputs: {
          method: 'POST',
          uri: "@{parameters('apiUri')}/messages",
          headers: { 'Idempotency-Key': '@{workflow().run.name}' },
          authentication: { type: 'ManagedServiceIdentity', audience: "@parameters('audience')" },
        },
        // Neither the key nor an address stands in the history of runs.
        runtimeConfiguration: { secureData: { properties: ['inputs'] } },
      });
    }
  });

  it('differ in nothing but whether they follow 202 to the end', () => {
    const { limit, ...one } = followed['Send_mail'] as unknown as Record<string, unknown>;
    const { operationOptions, ...other } = unfollowed['Send_mail'] as unknown as Record<string, unknown>;
    expect([limit, operationOptions]).toEqual([{ timeout: 'PT2H' }, 'DisableAsyncPattern']);
    expect(one).toEqual(other);
    expect(followed['Was_it_sent']?.type).toBe('If');
  });

  it('put a message on the producers’ queue', () => {
    const { Mail, Put_it_on_the_queue: put } = actionsOf('queueActions.json');
    expect(put?.inputs['path']).toContain(`encodeURIComponent('${QUEUES.outbox}')`);
    expect(put?.inputs['body']).toBe("@{string(outputs('Mail'))}");
    expect(Object.keys(Mail?.inputs ?? {})).toEqual(['app', 'idempotencyKey', 'to', 'subject', 'text']);
  });

  it('take each action from its file: what the documentation shows is what is deployed', () => {
    for (const file of ['httpActions.json', 'httpActionsWithoutFollowing.json']) {
      expect(read('logicApps', 'sendByHttp.bicep')).toContain(`loadJsonContent('${file}')`);
    }
    expect(read('logicApps', 'sendByQueue.bicep')).toContain("loadJsonContent('queueActions.json')");
  });
});

describe('the pipelines', () => {
  const github = read('pipelines', 'github.yml');
  const azure = read('pipelines', 'azurePipelines.yml');

  it('hold no secret: they log in by OpenID Connect', () => {
    expect(github).toMatch(/id-token: write/);
    expect(github).toMatch(/--federated-credential-provider github/);
    expect(azure).toMatch(/azureSubscription: azconnection/);
    for (const text of [github, azure]) expect(text).not.toMatch(/\bsecrets\.[A-Z]|client-secret|password:/);
  });

  it('provision and publish without asking, and get no right on the passwords', () => {
    for (const text of [github, azure]) {
      expect(text).toContain('azd provision --no-prompt');
      expect(text).toContain('azd deploy --no-prompt');
      expect(text).toMatch(/AZURE_PRINCIPAL_ID: ''/);
    }
  });

  it('run only commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(examplesFolder, '../../package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const run = [...`${github}\n${azure}`.matchAll(/npm (?:run (\w+)|(test))/g)].map(
      ([, name, test]) => name ?? test,
    );
    expect(run.length).toBeGreaterThan(3);
    expect(run.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
  });
});
