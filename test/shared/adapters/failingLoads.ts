/** A program: the adapters that load an SDK with their first use, while its files cannot be read, and after that. Prints JSON. */
import { registerHooks } from 'node:module';
import { makeKeyVaultSecrets } from '../../../shared/adapters/keyVaultSecrets.ts';
import { makeNodemailerTransport } from '../../../shared/adapters/smtp/nodemailerTransport.ts';
import { connectStorage } from '../../../shared/adapters/storage/connectStorage.ts';
import { makeStorageClock } from '../../../shared/adapters/storage/storageClock.ts';

const LATE = /^@azure\/(?:storage-queue|storage-blob|keyvault-secrets)$|\/smtpSession\.ts$/;
let canBeRead = false;
registerHooks({
  resolve(specifier, context, next) {
    if (!canBeRead && LATE.test(specifier)) throw new Error(`EMFILE: ${specifier} cannot be read`);
    return next(specifier, context);
  },
});

/** Nothing listens there. */
const port = 1;
const storage = connectStorage(
  {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;QueueEndpoint=http://127.0.0.1:${port}/a;BlobEndpoint=http://127.0.0.1:${port}/a;`,
  },
  {
    clock: makeStorageClock({ monotonic: () => performance.now(), lifeMs: 60_000 }),
    chance: { bytes: (count) => new Uint8Array(count) },
  },
);
const secrets = makeKeyVaultSecrets({
  uri: `https://127.0.0.1:${port}`,
  credential: { getToken: async () => ({ token: 't0k3n', expiresOnTimestamp: Date.now() + 3_600_000 }) },
  retryDelayMs: 1,
});
const transport = makeNodemailerTransport({
  host: '127.0.0.1',
  port,
  ca: null,
  ehloName: 'mailer.test',
  connections: 1,
});

async function look(): Promise<Record<string, string>> {
  const said = (error: unknown): string => String(error);
  const sent = await transport
    .send({
      account: 'hve@contoso.com',
      credential: { kind: 'password', password: 'x' },
      recipients: ['ann@contoso.com'],
      identity: { messageId: '<1@contoso.com>', dateMs: 0 },
      mail: { pieces: [Buffer.from('\r\n\r\n')], sizeBytes: 4 },
      pointOfNoReturn: () => true,
    })
    .then(({ recipients }) => JSON.stringify(recipients), said);
  return {
    queue: await storage.queue('bulk').then(({ name }) => name, said),
    container: await storage.container('payloads').then(({ containerName }) => containerName, said),
    secret: JSON.stringify(await secrets.read('hve')),
    mail: sent,
  };
}

const before = await look();
canBeRead = true;
process.stdout.write(JSON.stringify({ before, after: await look() }));
await transport.close();
