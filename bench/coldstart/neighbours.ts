import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite } from '../../local/azurite.ts';
import { ensureCertificates } from '../../local/certificates.ts';
import { startKeyVault } from '../../local/keyVault/startKeyVault.ts';
import { startSimulator } from '../../local/simulator/startSimulator.ts';
import { appSettings } from '../../local/stack/appSettings.ts';
import { ORGANISATION_ACCOUNTS, ORGANISATION_DOMAIN } from '../../local/stack/organisation.ts';

export interface Neighbours {
  /** The environment in which the app finds them. */
  readonly env: Readonly<Record<string, string>>;
  /** The subjects of the mails that the SMTP server took. */
  subjects(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const PASSWORD = 'a password of the benchmark';

/** What the app talks to: Azurite in a process of its own, in memory; Key Vault with the identity's endpoint and SMTP in this process. */
export async function startNeighbours(): Promise<Neighbours> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-coldstart-'));
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).toReversed()) await stopOne();
  };
  try {
    const tls = await ensureCertificates(folder);
    const azurite = await startAzurite({ location: 'memory' });
    stops.push(() => azurite.stop());
    const keyVault = await startKeyVault({
      tls,
      secrets: Object.fromEntries(ORGANISATION_ACCOUNTS.map(({ secret }) => [secret, PASSWORD])),
      identityClientId: null,
    });
    stops.push(() => keyVault.stop());
    const simulator = await startSimulator({
      smtpPort: 0,
      inboxPort: 0,
      host: '127.0.0.1',
      stateDir: join(folder, 'inbox'),
      tls,
      accounts: ORGANISATION_ACCOUNTS.map(({ address }) => ({ address, password: PASSWORD })),
      internalDomains: [ORGANISATION_DOMAIN],
      externalAllowed: true,
      now: () => Date.now(),
    });
    stops.push(() => simulator.stop());
    // Nobody's own settings of the app have a part in it.
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('HVE_'));
    return {
      env: appSettings(Object.fromEntries(own), {
        storage: azurite.connectionString,
        keyVaultUri: keyVault.uri,
        identity: keyVault.environment,
        smtp: simulator.smtp,
        caFile: tls.caFile,
      }),
      async subjects() {
        const response = await fetch(`${simulator.inboxUrl}/messages`);
        const mails = (await response.json()) as { readonly subject: string }[];
        return mails.map(({ subject }) => subject);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
