/**
 * The flows over real neighbours: an Azurite of their own, the HVE simulator, the Key Vault stand-in. Ports can be
 * wrapped, so that a test ends a flow at any effect, as a crash would.
 */
import { startAzurite } from '../../../local/azurite.ts';
import type { Azurite } from '../../../local/azurite.ts';
import { startKeyVault } from '../../../local/keyVault/startKeyVault.ts';
import type { KeyVault } from '../../../local/keyVault/startKeyVault.ts';
import { startTokenEndpoint } from '../../../local/tokenEndpoint/startTokenEndpoint.ts';
import type { TokenEndpoint } from '../../../local/tokenEndpoint/startTokenEndpoint.ts';
import { parseSettings } from '../../../shared/core/settings.ts';
import type { DeliveryItem } from '../../../shared/core/records.ts';
import { makeMailer } from '../../../shared/flows/mailer.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import type { DeliveryQueues, Log, Ports } from '../../../shared/ports.ts';
import { connectPorts, makeRules } from '../../../shared/wiring.ts';
import { QueueServiceClient } from '@azure/storage-queue';
import { ACCOUNT, OTHER_ACCOUNT, startTestSimulator } from '../../local/simulator/testSimulator.ts';
import type { TestSimulator } from '../../local/simulator/testSimulator.ts';
import { trustCertificates } from '../../local/keyVault/trustCertificates.ts';
import { makeTestBackground } from './storedFlows.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a flow meets when its process ends at that effect: nothing behind it runs. */
export class Crash extends Error {}

export interface InboxMail {
  readonly id: string;
  readonly to: readonly string[];
  readonly account: string;
  readonly subject: string;
  readonly messageId: string;
  readonly repeatOf: string | null;
}

export interface Neighbours {
  readonly simulator: TestSimulator;
  readonly vault: KeyVault;
  /** Entra ID with the application CLIENT_ID, which may send for ACCOUNT with APPLICATION_SECRET. */
  readonly entra: TokenEndpoint;
  readonly azurite: Azurite;
  /** A mailer with tables of its own; `settings` over the defaults; `wrap` may replace ports. */
  mailer(settings?: Record<string, string>, wrap?: (ports: Ports) => Ports): Promise<TestMailer>;
  /** Mails to the address, oldest first. */
  inbox(address: string): Promise<InboxMail[]>;
  setFault(fault: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
  end(): Promise<void>;
}

export interface TestMailer extends Mailer {
  readonly ports: Ports;
  readonly lines: string[];
  /**
   * Takes what is visible on the inner queues, as the functions would, until they are empty. How many items of its own tables:
   * all mailers share the queues, on which another test may have left one that comes only now.
   */
  drain(): Promise<number>;
  /** What the instance does in the background, once: it does nothing there by itself. */
  tend(): Promise<void>;
  /** So much of its time goes by at once. */
  letGoBy(ms: number): void;
}

export const TENANT_ID = '11111111-2222-3333-4444-555555555555';
export const CLIENT_ID = '66666666-7777-8888-9999-000000000000';
export const APPLICATION_SECRET = 'correct~horse.battery_staple';

/** A reply may take 6 s, an answer to the data 30 s. */
const PATIENT_SCALE = 10;

/**
 * A day's usage and its forecast begin anew at midnight, and a lease ends with its hour. So the mailers' clock says a quarter
 * past ten when the tests begin, whenever they run: never later than it is, since Storage stamps by the real time.
 */
const BEGINS_AT_MS = (10 * 60 + 15) * 60_000;
const DAY_MS = 86_400_000;

let mailers = 0;

export async function startNeighbours(scale: number): Promise<Neighbours> {
  const behindMs = ((Date.now() % DAY_MS) - BEGINS_AT_MS + DAY_MS) % DAY_MS;
  const trusted = await trustCertificates();
  const azurite = await startAzurite({ location: 'memory' });
  const entra = await startTokenEndpoint({
    tls: trusted,
    tenantId: TENANT_ID,
    application: {
      clientId: CLIENT_ID,
      credential: { kind: 'secret', secret: APPLICATION_SECRET },
      accounts: [ACCOUNT.address],
    },
  });
  const simulator = await startTestSimulator({
    externalAllowed: true,
    timeScale: scale,
    oauth: entra.judge,
  });
  const vault = await startKeyVault({
    tls: trusted,
    secrets: {
      'hve-password': ACCOUNT.password,
      'payroll-password': OTHER_ACCOUNT.password,
      'mail-application': APPLICATION_SECRET,
    },
    identityClientId: null,
  });
  Object.assign(process.env, vault.environment);
  const caFile = join(simulator.stateDir, 'ca.pem');
  await writeFile(caFile, simulator.ca);
  const opened: Mailer[] = [];
  /** The messages of which an item was put, by the prefix of their tables. */
  const queued = new Map<string, Set<string>>();

  return {
    simulator,
    vault,
    entra,
    azurite,
    async mailer(overrides = {}, wrap = (ports) => ports) {
      const read = parseSettings({
        HVE_STORAGE: azurite.connectionString,
        HVE_KEY_VAULT_URI: vault.uri,
        HVE_SMTP_HOST: simulator.smtp.host,
        HVE_SMTP_PORT: String(simulator.smtp.port),
        HVE_SMTP_CA_FILE: caFile,
        HVE_INTERNAL_DOMAINS: 'contoso.com',
        HVE_EHLO_NAME: 'mailer.contoso.com',
        HVE_LOCAL_TIME_SCALE: String(scale),
        HVE_TABLE_PREFIX: `t${++mailers}x`,
        HVE_ACCOUNTS: JSON.stringify([
          { address: ACCOUNT.address, secret: 'hve-password' },
          { address: OTHER_ACCOUNT.address, secret: 'payroll-password' },
        ]),
        ...overrides,
      });
      if (!read.ok) throw new Error(JSON.stringify(read.problems));
      const lines: string[] = [];
      const log: Log = (level, text) => lines.push(`${level} ${text}`);
      const rules = makeRules(read.settings);
      // SMTP and the clock have time enough for a machine under load: only the protocol's own durations are short.
      const patient = makeRules({ ...read.settings, timeScale: Math.min(scale, PATIENT_SCALE) });
      const { clockLife } = patient.durations;
      const connected = connectPorts({ ...rules, durations: { ...rules.durations, clockLife } }, log);
      // Two answers in a row may come too slowly to tell the time.
      await until('the time to be known', async () =>
        connected.primeClock().then(
          () => true,
          () => false,
        ),
      );
      const { transport } = connectPorts(patient, log).ports;
      const { background, run: tend } = makeTestBackground();
      const storageClock = connected.ports.clock;
      let goneByMs = 0;
      const clock = {
        ...storageClock,
        now: () => storageClock.now() - behindMs + goneByMs,
        monotonic: () => storageClock.monotonic() + goneByMs,
      };
      const { tablePrefix } = read.settings;
      const own = queued.get(tablePrefix) ?? new Set<string>();
      queued.set(tablePrefix, own);
      const queues: DeliveryQueues = {
        ...connected.ports.queues,
        async put(queue, item, delayMs) {
          own.add(item.messageId);
          return connected.ports.queues.put(queue, item, delayMs);
        },
      };
      const ports = wrap({ ...connected.ports, clock, queues, transport, background });
      const mailer = makeMailer(ports, rules, log);
      opened.push(mailer);
      return {
        ...mailer,
        ports,
        lines,
        tend,
        letGoBy: (ms) => void (goneByMs += ms),
        drain: async () => drain(azurite.connectionString, mailer, own),
      };
    },
    async inbox(address) {
      const answer = await fetch(`${simulator.inboxUrl}/messages`);
      const all = (await answer.json()) as InboxMail[];
      return all.filter((mail) => mail.to.includes(address)).toReversed();
    },
    async setFault(fault) {
      const answer = await fetch(`${simulator.inboxUrl}/faults`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(fault),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async clearFaults() {
      await fetch(`${simulator.inboxUrl}/faults`, { method: 'DELETE' });
    },
    async end() {
      for (const mailer of opened) await mailer.close();
      await vault.stop();
      await entra.stop();
      await simulator.end();
      await azurite.stop();
      await trusted.forget();
    },
  };
}

async function drain(connectionString: string, mailer: Mailer, own: ReadonlySet<string>): Promise<number> {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  let taken = 0;
  for (;;) {
    let found = 0;
    for (const name of ['mail-deliveries', 'mail-bulk']) {
      const queue = service.getQueueClient(name);
      await queue.createIfNotExists();
      const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
      for (const item of receivedMessageItems) {
        found++;
        const delivery = JSON.parse(item.messageText) as DeliveryItem;
        if (own.has(delivery.messageId)) taken++;
        await mailer.deliver(delivery);
        await queue.deleteMessage(item.messageId, item.popReceipt);
      }
    }
    if (found === 0) return taken;
  }
}

/** Polls until the condition holds; says what was waited for when it does not within the deadline. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  deadlineMs = 60_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
