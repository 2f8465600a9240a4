/**
 * The local stack with what stands before it in Azure: an application's own folder and environment, its sign-in, and a network
 * that loses an answer. A program of the pages runs on it as it would there.
 */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { AccountSASPermissions, QueueServiceClient } from '@azure/storage-queue';
import { ensureCertificates } from '../../local/certificates.ts';
import { readKeyFile } from '../../local/host/keys.ts';
import { makeState, startTestStack, withoutSettings } from '../e2e/harness.ts';
import type { TestStack } from '../e2e/harness.ts';
import { projectRoot } from '../tools.ts';
import { PRODUCER, startEntraHost } from './entraHost.ts';
import type { EntraHost } from './entraHost.ts';
import { startGateway } from './gateway.ts';
import type { Fault, Gateway } from './gateway.ts';
import type { ProgramPlace } from './runProgram.ts';
import { installTools } from './standIns.ts';

export const WAYS = ['HTTP with a key', 'HTTP with a token', 'queue'] as const;
export type Way = (typeof WAYS)[number];

/** Where a program finds the mailer, as variables of its environment. */
export interface Entrance extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly env: Readonly<Record<string, string>>;
}

export interface Stage extends AsyncDisposable {
  readonly running: TestStack;
  /** Of the function postMessage alone. */
  readonly functionKey: string;
  /** The connection string of the local storage. */
  readonly storage: string;
  /**
   * `faults` befall the first requests. Over HTTP with a token, and to the queue, it asks for a token of the right audience, and
   * is HTTPS, since no SDK gives a token to anything else; `http` is for this process, which does not know the CA.
   */
  enter(way: Way, faults?: readonly Fault[], scheme?: 'https' | 'http'): Promise<Entrance>;
  /** A folder with these files, and an environment with nothing of whoever runs the tests but the PATH and the like. */
  makePlace(
    name: string,
    files: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>>,
  ): Promise<ProgramPlace>;
  /** Of the queue's address. */
  readonly outboxPath: string;
}

/** The application ID URI that the mailer's sign-in would have. */
export const AUDIENCE = 'api://11111111-aaaa-bbbb-cccc-000000000013';
const STORAGE_AUDIENCE = 'https://storage.azure.com';
const HOUR_MS = 3_600_000;

export async function startStage(): Promise<Stage> {
  await using started = new AsyncDisposableStack();
  const state = started.use(await makeState());
  const running = started.use(await startTestStack(state, {}, { auth: true }));
  const certificates = await ensureCertificates(state.dir);
  const functionKey = readKeyFile(join(state.dir, 'keys.json'))?.functions['postMessage']?.['default'] ?? '';
  const { storage, functions, keyVault } = running.stack.endpoints();
  const programs = join(state.dir, 'programs');
  await mkdir(join(programs, 'data'), { recursive: true });
  await symlink(join(projectRoot, 'node_modules'), join(programs, 'node_modules'));
  const tools = installTools(programs);
  const queues = await makeOutbox(storage);

  // Only for who asks with a token. It shares the stack's Storage, so that one inbox has all.
  let entra: Promise<EntraHost> | null = null;
  started.defer(async () => (await entra)?.[Symbol.asyncDispose]());

  function isTokenFor(audience: string) {
    return (token: string | null): boolean => {
      const claims = token === null ? null : running.stack.keyVault.readIdentityToken(token);
      return claims?.aud.replace(/\/$/, '') === audience;
    };
  }

  async function startWay(way: Way, faults: readonly Fault[], scheme: string): Promise<Gateway> {
    const tls = scheme === 'https' ? { tls: certificates } : {};
    switch (way) {
      case 'HTTP with a key':
        return startGateway({ target: functions, faults });
      case 'HTTP with a token':
        entra ??= startEntraHost(running.stack, certificates.caFile);
        return startGateway({
          target: (await entra).origin,
          ...tls,
          isWelcome: isTokenFor(AUDIENCE),
          principal: PRODUCER,
          faults,
        });
      case 'queue': {
        const isWelcome = isTokenFor(STORAGE_AUDIENCE);
        const { origin: target, signature } = queues;
        return startGateway({ target, signature, ...tls, isWelcome, faults });
      }
    }
  }

  const parts = started.move();
  return {
    running,
    functionKey,
    storage,
    outboxPath: queues.outboxPath,
    enter: async (way, faults = [], scheme = 'https') => {
      const gateway = await startWay(way, faults, scheme);
      const api = { MAILER_API_URI: `${gateway.origin}/api` };
      const env: Readonly<Record<string, string>> = {
        'HTTP with a key': { ...api, MAILER_KEY: functionKey },
        'HTTP with a token': { ...api, MAILER_AUDIENCE: AUDIENCE },
        queue: { MAILER_OUTBOX_URI: gateway.origin + queues.outboxPath },
      }[way];
      return { gateway, env, [Symbol.asyncDispose]: async () => gateway[Symbol.asyncDispose]() };
    },
    makePlace: async (name, files, env) => {
      const folder = join(programs, name);
      await mkdir(folder, { recursive: true });
      for (const [file, code] of Object.entries(files)) await writeFile(join(folder, file), code);
      return {
        folder,
        env: {
          ...inheritedEnvironment(),
          PATH: `${tools}:${process.env['PATH'] ?? ''}`,
          // What `dotnet run` builds of a single file lies below it.
          XDG_DATA_HOME: join(programs, 'data'),
          // Or a compiler stays behind as a server.
          UseSharedCompilation: 'false',
          MSBUILDDISABLENODEREUSE: '1',
          DOTNET_CLI_TELEMETRY_OPTOUT: '1',
          DOTNET_NOLOGO: '1',
          // What costs time and is not what is tried: a look at a list of weak packages, advice on the code, code made
          // faster than a second's run is long.
          NuGetAudit: 'false',
          RunAnalyzers: 'false',
          DOTNET_TieredPGO: '0',
          JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
          NO_PROXY: '127.0.0.1,localhost',
          IDENTITY_ENDPOINT: keyVault.identityEndpoint,
          IDENTITY_HEADER: keyVault.identityHeader,
          // The gateway's CA: for Node, for curl, and for whatever goes by OpenSSL.
          NODE_EXTRA_CA_CERTS: certificates.caFile,
          CURL_CA_BUNDLE: certificates.caFile,
          SSL_CERT_FILE: certificates.caFile,
          ...env,
        },
      };
    },
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };
}

/** The queue and the container that producers write to, and a signature that can do what a sender's role can: add. */
async function makeOutbox(storage: string) {
  const queues = QueueServiceClient.fromConnectionString(storage);
  const outbox = queues.getQueueClient('mail-outbox');
  await outbox.createIfNotExists();
  await BlobServiceClient.fromConnectionString(storage)
    .getContainerClient('mail-content')
    .createIfNotExists();
  const { origin, pathname } = new URL(outbox.url);
  const expiresOn = new Date(Date.now() + HOUR_MS);
  const signed = new URL(queues.generateAccountSasUrl(expiresOn, AccountSASPermissions.parse('a'), 'o'));
  return { origin, outboxPath: pathname, signature: signed.search.slice(1) };
}

function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(withoutSettings(process.env)).flatMap(([name, value]): [string, string][] =>
      value === undefined || /^(AZURE_|IDENTITY_|MSI_|MAILER_|NODE_)/.test(name) ? [] : [[name, value]],
    ),
  );
}
