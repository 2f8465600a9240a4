import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ensureCertificates } from '../certificates.ts';
import { startKeyVault } from '../keyVault/startKeyVault.ts';
import type { KeyVault } from '../keyVault/startKeyVault.ts';
import type { SmtpExtension } from '../simulator/extensions.ts';
import { startSimulator } from '../simulator/startSimulator.ts';
import type { Simulator } from '../simulator/startSimulator.ts';
import type { AppServers } from './appSettings.ts';
import { keepStorage } from './keepStorage.ts';
import type { StackPorts } from './ports.ts';
import type { StackSettings } from './stackSettings.ts';
import { startForSettings } from '../tokenEndpoint/startForSettings.ts';
import type { TokenEndpoint } from '../tokenEndpoint/startTokenEndpoint.ts';
import { startOnFreePorts } from './startOnFreePorts.ts';

export interface StackAccount {
  readonly address: string;
  /** The name of its password in the Key Vault. An account that logs in by OAuth has one too. */
  readonly secret: string;
  readonly password: string;
}

export interface ServersOptions {
  readonly stateDir: string;
  readonly settings: StackSettings;
  /** What the simulator offers; undefined: all it can. */
  readonly extensions: readonly SmtpExtension[] | undefined;
  readonly ports: StackPorts;
  /** The storage is up, or not any more. */
  readonly onChange: () => void;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  /** Gets what stops each of them, in the order in which they were started. */
  readonly stops: (() => Promise<void>)[];
}

export interface Servers {
  readonly simulator: Simulator;
  readonly keyVault: KeyVault;
  /** null: OAuth is not set up. */
  readonly tokenEndpoint: TokenEndpoint | null;
  readonly accounts: readonly StackAccount[];
  readonly forApp: AppServers;
  /** null while it is being started again. */
  storagePid(): number | null;
}

const LOOPBACK = '127.0.0.1';
const PASSWORD_BYTES = 24;

/** What the app talks to: the storage, the Key Vault with the accounts' passwords, and the simulator that knows them. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { stateDir, settings, extensions, ports, onChange, say, signal, stops } = options;
  const { clockOffsetMs, timeScale } = settings;
  const tls = await ensureCertificates(stateDir);
  const storage = await keepStorage({
    location: join(stateDir, 'azurite'),
    ports: ports.storage,
    clockOffsetMs,
    onChange,
    say,
  });
  stops.push(async () => storage.kept.stop());
  signal?.throwIfAborted();

  // New at every start, and nowhere but in these two.
  const passwords: Record<string, string> = {};
  const accounts = settings.accounts.map((account) => {
    const { address } = account;
    const secret = account.secret ?? address.replaceAll(/[^0-9A-Za-z]/g, '-');
    const password = (passwords[secret] ??= randomBytes(PASSWORD_BYTES).toString('base64url'));
    return { address, secret, password };
  });
  const keyVault = await startOnFreePorts(async (pick) =>
    startKeyVault({
      tls,
      vaultPort: await pick(ports.keyVault),
      identityPort: await pick(ports.identity),
      secrets: passwords,
      // With a connection string there is no client id in the settings: the app takes the system-assigned identity.
      identityClientId: null,
      clockOffsetMs,
    }),
  );
  stops.push(async () => keyVault.stop());

  const { oauth, oauthAccounts } = settings;
  const tokenEndpoint =
    oauth &&
    (await startOnFreePorts(async (pick) =>
      startForSettings(oauth, keyVault, {
        tls,
        port: await pick(ports.tokens),
        accounts: oauthAccounts,
        clockOffsetMs,
      }),
    ));
  if (tokenEndpoint !== null) stops.push(async () => tokenEndpoint.stop());

  const { internalDomains, externalAllowed, maxRecipients, maxBytes } = settings;
  const simulator = await startOnFreePorts(async (pick) =>
    startSimulator({
      smtpPort: await pick(ports.smtp),
      inboxPort: await pick(ports.inbox),
      host: LOOPBACK,
      stateDir: join(stateDir, 'inbox'),
      tls,
      accounts,
      ...(tokenEndpoint === null ? {} : { oauth: tokenEndpoint.judge }),
      internalDomains,
      externalAllowed,
      maxRecipients,
      maxBytes,
      ...(extensions === undefined ? {} : { extensions }),
      timeScale,
      now: () => Date.now() + clockOffsetMs,
      warn: (message) => say(`HVE simulator: ${message}`),
    }),
  );
  stops.push(async () => simulator.stop());
  return {
    simulator,
    keyVault,
    tokenEndpoint,
    accounts,
    forApp: {
      storage: storage.connectionString,
      keyVaultUri: keyVault.uri,
      identity: keyVault.environment,
      ...(tokenEndpoint === null ? {} : { authorityHost: tokenEndpoint.authorityHost }),
      smtp: simulator.smtp,
      caFile: tls.caFile,
    },
    storagePid: () => storage.kept.current()?.pid ?? null,
  };
}
