/** The only importer of adapters: from the settings to the flows that the triggers call. Nothing is sent or read here. */
import { makeAzureCredential } from './adapters/azureCredential.ts';
import { findCollector, withCollection } from './adapters/garbage.ts';
import { makeDeflateCodec } from './adapters/deflateCodec.ts';
import { makeKeyVaultSecrets } from './adapters/keyVaultSecrets.ts';
import { makeOAuthTokens } from './adapters/oauthTokens.ts';
import {
  machineNow,
  makeBackground,
  makeChance,
  monotonic,
  nameInstance,
  readCa,
} from './adapters/nodePlatform.ts';
import { makeComposer } from './adapters/smtp/compose/composer.ts';
import { makeFastTransport } from './adapters/smtp/fast/fastTransport.ts';
import { makeMailServer } from './adapters/smtp/mailServer.ts';
import { makeNodemailerTransport } from './adapters/smtp/nodemailerTransport.ts';
import { SMTP_TIMEOUTS, type SmtpTimeouts } from './adapters/smtp/smtpTimeouts.ts';
import type { SmtpTransportOptions } from './adapters/smtp/smtpTransportOptions.ts';
import { makeApps } from './adapters/storage/apps.ts';
import { makeBlobs } from './adapters/storage/blobs.ts';
import { connectStorage } from './adapters/storage/connectStorage.ts';
import { makeDays } from './adapters/storage/days.ts';
import { makeDeadLetters } from './adapters/storage/deadLetters.ts';
import { makeDeliveryQueues } from './adapters/storage/deliveryQueues.ts';
import { makeIdempotencyKeys } from './adapters/storage/idempotencyKeys.ts';
import { makeKeptMessages } from './adapters/storage/keptMessages.ts';
import { makeLedger } from './adapters/storage/ledger.ts';
import { makeMessageStore } from './adapters/storage/messageStore.ts';
import { makeQueueGauge } from './adapters/storage/queueGauge.ts';
import { makeRetentionNotes } from './adapters/storage/retentionNotes.ts';
import { makeStandings } from './adapters/storage/standings.ts';
import { makeStorageClock } from './adapters/storage/storageClock.ts';
import { makeStorageInspector } from './adapters/storage/storageInspector.ts';
import type { StorageConnection } from './adapters/storage/storageConnection.ts';
import { makeWaitingRooms } from './adapters/storage/waitingRooms.ts';
import { SILENT_TELEMETRY } from './adapters/telemetry/silentTelemetry.ts';
import { makeCalendar } from './core/calendarDay.ts';
import { makeDurations } from './core/durations.ts';
import type { Settings, StorageSettings } from './core/settings.ts';
import { makeWindows } from './core/window.ts';
import { makeMailer, type Mailer, type Rules } from './flows/mailer.ts';
import type { Log, MailServer, MailTransport, Ports, SecretStore, Telemetry, TokenSource } from './ports.ts';

/** The rules, the ports on their SDKs, and the flows on both. `primeClock` comes first: it makes Storage's time known. */
export function wireMailer(
  settings: Settings,
  log: Log,
  telemetry: Telemetry,
): Mailer & { primeClock(): Promise<void> } {
  const rules = makeRules(settings);
  const { ports, primeClock } = connectPorts(rules, log, telemetry);
  return { ...makeMailer(ports, rules, log), primeClock };
}

export function makeRules(settings: Settings): Rules {
  const calendar = makeCalendar(settings.window.timeZone);
  return {
    settings,
    durations: makeDurations(settings.timeScale),
    calendar,
    windows: makeWindows(settings.window.kind, calendar),
    limits: settingLimits(settings),
    instance: nameInstance(),
  };
}

/** `primeClock` throws `Unavailable` where Storage does not answer. */
export function connectPorts(
  rules: Rules,
  log: Log,
  telemetry: Telemetry = SILENT_TELEMETRY,
): { ports: Ports; primeClock: () => Promise<void> } {
  const { settings, durations } = rules;
  const chance = makeChance();
  const clock = makeStorageClock({ monotonic, lifeMs: durations.clockLife });
  const storage = connectStorage(storageConnection(settings.storage), {
    tablePrefix: settings.tablePrefix,
    clock,
    chance,
  });
  const ports: Ports = {
    store: makeMessageStore({ storage }),
    rooms: makeWaitingRooms({ storage }),
    queues: makeDeliveryQueues({ storage }),
    queueGauge: makeQueueGauge({ storage }),
    days: makeDays({ storage, chance }),
    standings: makeStandings({ storage }),
    deadLetters: makeDeadLetters({ storage }),
    keys: makeIdempotencyKeys({ storage }),
    apps: makeApps({ storage }),
    ledger: makeLedger({ storage, chance }),
    kept: makeKeptMessages({ storage }),
    retentionNotes: makeRetentionNotes({ storage }),
    composer: makeComposer(chance),
    ...withCollection(
      {
        blobs: makeBlobs({ storage }),
        codec: makeDeflateCodec(),
        transport: connectTransport(rules, log),
      },
      findCollector,
    ),
    secrets: connectSecrets(settings),
    tokens: connectTokens(settings),
    mailServer: connectMailServer(settings),
    storageInspector: makeStorageInspector({ storage, chance, clock, machineNow }),
    clock,
    chance,
    background: makeBackground(),
    telemetry,
  };
  return { ports, primeClock: () => storage.primeClock() };
}

/**
 * A step of the dialogue has so long at the least, however fast the local stack's time goes: what a machine needs for a TLS
 * handshake does not shrink with it. In Azure, at the scale 1, every step has longer anyway.
 */
const LEAST_STEP_MS = 3000;

function connectTransport({ settings: { smtp, timeScale }, durations }: Rules, log: Log): MailTransport {
  const scaled: Partial<SmtpTimeouts> = Object.fromEntries(
    Object.entries(SMTP_TIMEOUTS).map(([name, ms]) => [name, Math.max(ms / timeScale, LEAST_STEP_MS)]),
  );
  const options: SmtpTransportOptions = {
    ...serverOf(smtp),
    connections: smtp.connectionsPerAccount,
    // A claim's time is made of these two.
    timeouts: { ...scaled, transactionMs: durations.transaction, dataMs: durations.dataTimeout },
    log,
  };
  return smtp.transport === 'fast'
    ? makeFastTransport({ ...options, window: smtp.window })
    : makeNodemailerTransport(options);
}

function connectMailServer({ smtp }: Settings): MailServer {
  return makeMailServer(serverOf(smtp));
}

function serverOf({ host, port, caFile, ehloName }: Settings['smtp']) {
  return { host, port, ca: caFile === null ? null : readCa(caFile), ehloName };
}

function connectSecrets({ keyVaultUri, storage }: Settings): SecretStore {
  return makeKeyVaultSecrets({ uri: keyVaultUri, credential: appIdentity(storage) });
}

function connectTokens({ oauth, storage }: Settings): TokenSource | null {
  if (oauth === null) return null;
  const { secret: secretName, ...settings } = oauth;
  return makeOAuthTokens({ ...settings, secretName, identity: appIdentity(storage) });
}

function appIdentity(storage: StorageSettings): ReturnType<typeof makeAzureCredential> {
  return makeAzureCredential({ clientId: storage.kind === 'identity' ? storage.clientId : null });
}

function storageConnection(storage: StorageSettings): StorageConnection {
  if (storage.kind === 'connectionString') return { connectionString: storage.value };
  const { queueServiceUri, blobServiceUri, tableServiceUri, clientId } = storage;
  const credential = makeAzureCredential({ clientId });
  return { queueServiceUri, blobServiceUri, tableServiceUri, credential };
}

function settingLimits(settings: Settings): Rules['limits'] {
  const { limits, accounts, reserveCriticalPercent, bulkPercent } = settings;
  const quotas = new Map(accounts.map((account) => [account.address, account.quotaPerDay]));
  return {
    tenant: limits.recipientsPerDay,
    external: limits.externalPerDay,
    account: (address) => quotas.get(address) ?? null,
    reserveCriticalPercent,
    bulkPercent,
  };
}
