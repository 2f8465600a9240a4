import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeBlobs } from '../../../../shared/adapters/storage/blobs.ts';
import { connectStorage } from '../../../../shared/adapters/storage/connectStorage.ts';
import { makeDeliveryQueues } from '../../../../shared/adapters/storage/deliveryQueues.ts';
import { makeMessageStore } from '../../../../shared/adapters/storage/messageStore.ts';
import { makeStorageClock } from '../../../../shared/adapters/storage/storageClock.ts';
import { Unavailable } from '../../../../shared/ports.ts';
import { sampleDelivery, sampleHead, sampleId } from '../../../contracts/sampleMessages.ts';
import { trustCertificates } from '../../../local/keyVault/trustCertificates.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';

/** A port that was free a moment ago may be that of another test's server. */
const NOBODYS_PORT = 1;
const NOTHING_IS_SAID = /AccountKey|SharedKey|Bearer|payslip/i;

it('makes a missing table once, however many operations meet it at once', async () => {
  const store = makeMessageStore(openStorage());
  const reads = Array.from({ length: 10 }, async (_, n) => store.readHead(sampleId(n)));
  expect(await Promise.all(reads)).toEqual(Array(10).fill(null));
});

describe('a Storage that is down', () => {
  function openDown() {
    const direct = inject('azurite');
    return openStorage(freshPrefix(), direct.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${NOBODYS_PORT}`));
  }

  it('is Unavailable for every kind of operation, soon, with what and why and no secret', async () => {
    const { storage, clock } = openDown();
    const store = makeMessageStore({ storage });
    // Their SDKs load with the first use: on a busy machine that alone takes an operation's whole time.
    await Promise.all([storage.queue('bulk'), storage.container('payloads')]);
    const item = { v: 1, messageId: sampleId(), delivery: 0, attempt: 1, visibleAt: 0 };
    const failures = await Promise.all(
      [
        store.insert({ head: sampleHead(), payload: null }, [sampleDelivery()]),
        makeDeliveryQueues({ storage }).put('bulk', item, 0),
        makeBlobs({ storage }).readPayload('x'),
        storage.primeClock(),
      ].map(async (operation): Promise<unknown> =>
        operation.then(() => null).catch((error: unknown) => error),
      ),
    );
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Unavailable);
      expect(String(failure)).toMatch(/ECONNREFUSED/);
      expect(JSON.stringify([failure, String(failure)])).not.toMatch(NOTHING_IS_SAID);
    }
    expect(() => clock.now()).toThrow(Unavailable);
  });
});

describe('by the app’s identity', () => {
  let trusted: Awaited<ReturnType<typeof trustCertificates>>;
  beforeAll(async () => {
    trusted = await trustCertificates();
  });
  afterAll(async () => trusted.forget());

  it('asks each service at its own address with a token, and says who is refused', async () => {
    const seen: string[] = [];
    const server = createServer({ cert: trusted.cert, key: trusted.key }, (request, response) => {
      const [, service] = request.url!.split('/');
      seen.push(`${service} ${request.headers.authorization}`);
      response.writeHead(403, {
        'content-type': 'application/json',
        'x-ms-error-code': 'AuthorizationFailure',
      });
      response.end('{"odata.error":{"code":"AuthorizationFailure","message":{"value":"no"}}}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const clock = makeStorageClock({ monotonic: () => performance.now(), lifeMs: 60_000 });
    const uri = (service: string): string => `https://127.0.0.1:${port}/${service}`;
    const storage = connectStorage(
      {
        tableServiceUri: uri('table'),
        queueServiceUri: uri('queue'),
        blobServiceUri: uri('blob'),
        credential: {
          getToken: async () => ({ token: 't0k3n', expiresOnTimestamp: Date.now() + 3_600_000 }),
        },
      },
      { prefix: '', clock, chance },
    );
    try {
      const refused = [
        makeMessageStore({ storage }).readHead(sampleId()),
        makeDeliveryQueues({ storage }).frontVisibleSince('bulk'),
        makeBlobs({ storage }).contentSize('x'),
      ];
      await Promise.all(
        refused.map(async (operation) => expect(operation).rejects.toThrow('403 AuthorizationFailure')),
      );
      expect(seen.toSorted()).toEqual(['blob Bearer t0k3n', 'queue Bearer t0k3n', 'table Bearer t0k3n']);
    } finally {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });
});
