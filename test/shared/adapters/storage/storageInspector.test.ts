/** The round trip through Storage, against Azurite: what is well, what leaves a trace, and which role is missing. */
import { describe, expect, inject, it } from 'vitest';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { makeStorageInspector } from '../../../../shared/adapters/storage/storageInspector.ts';
import { judgeClock, judgeStorage } from '../../../../shared/core/judgeNeighbours.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';

const HOUR_MS = 3_600_000;

function inspectorOf({ storage, clock }: ReturnType<typeof openStorage>, machineNow = Date.now) {
  return makeStorageInspector({ storage, chance, clock, machineNow });
}

/** The emulator, by a signature that allows only this. */
function signedConnection(permissions: string): string {
  const own = inject('azurite');
  const part = (name: string): string => new RegExp(`${name}=([^;]+)`).exec(own)?.[1] ?? '';
  const sas = generateAccountSASQueryParameters(
    {
      permissions: AccountSASPermissions.parse(permissions),
      resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
      services: AccountSASServices.parse('btqf').toString(),
      expiresOn: new Date(Date.now() + HOUR_MS),
    },
    new StorageSharedKeyCredential(part('AccountName'), part('AccountKey')),
  );
  const endpoints = ['Blob', 'Queue', 'Table'].map((name) => `${name}Endpoint=${part(`${name}Endpoint`)}`);
  return [...endpoints, `SharedAccessSignature=${sas.toString()}`].join(';');
}

describe('the look at Storage', () => {
  it('writes to each service and reads, and leaves nothing there', async () => {
    const opened = openStorage();
    const { storage } = opened;
    const outbox = await storage.queue('outbox');
    await outbox.create({ metadata: { owner: 'somebody' } });
    await outbox.sendMessage('an item');
    const seen = await inspectorOf(opened).inspect();
    expect(seen.services.map(({ failure }) => failure)).toEqual([null, null, null]);
    expect(Math.abs(seen.machineAheadMs ?? Infinity)).toBeLessThan(HOUR_MS);

    const { metadata, approximateMessagesCount } = await outbox.getProperties();
    expect({ metadata, approximateMessagesCount }).toEqual({
      metadata: { owner: 'somebody' },
      approximateMessagesCount: 1,
    });
    const rows = [];
    for await (const row of storage.table('days').query({ filter: '', newer: 'skip' })) rows.push(row);
    expect(rows).toEqual([]);
    const blobs = [];
    const payloads = await storage.container('payloads');
    for await (const blob of payloads.listBlobsFlat()) blobs.push(blob.name);
    expect(blobs).toEqual([]);
  });

  it('names the role that is missing where only reading is allowed', async () => {
    const prefix = freshPrefix();
    // Made by who may: a queue that is not there could not be refused.
    await (await openStorage(prefix).storage.queue('outbox')).create();
    const seen = await inspectorOf(openStorage(prefix, signedConnection('rl'))).inspect();
    const checks = judgeStorage(seen);
    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'storage queues failing',
      'storage tables failing',
      'storage blobs failing',
    ]);
    for (const [at, role] of [
      'Storage Queue Data Contributor',
      'Storage Table Data Contributor',
      'Storage Blob Data Owner',
    ].entries()) {
      expect(checks[at]?.remedy).toContain(role);
      expect(checks[at]?.command).toContain(role);
      expect(checks[at]?.cause).toContain('403');
    }
    expect(JSON.stringify(checks)).not.toContain('sig=');
  });

  it('tells a Storage that is not there, without a role', async () => {
    const seen = await inspectorOf(openStorage(freshPrefix(), nowhere())).inspect();
    for (const { status, command } of judgeStorage(seen))
      expect({ status, command }).toEqual({ status: 'failing' });
    expect(judgeClock(seen)).toMatchObject({
      status: 'failing',
      cause: expect.stringContaining('not known'),
    });
  });

  it("compares the machine's clock with Storage's", async () => {
    const late = await inspectorOf(openStorage(), () => Date.now() - HOUR_MS).inspect();
    expect(judgeClock(late)).toMatchObject({
      status: 'degraded',
      cause: expect.stringMatching(/^the machine's clock is 3[56]\d\d s behind Storage's$/),
    });
    expect(judgeClock(await inspectorOf(openStorage()).inspect())).toMatchObject({ status: 'ok' });
  });
});

/** The emulator's addresses with a port on which nothing listens. */
function nowhere(): string {
  return inject('azurite').replaceAll(/(Endpoint=http:\/\/127\.0\.0\.1):\d+/g, '$1:1');
}
