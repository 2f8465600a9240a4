/**
 * The only importer of adapters: from the settings to the flows that the triggers call. Nothing is sent or read here.
 */
import { makeCalendar } from './core/calendarDay.ts';
import { makeDurations } from './core/durations.ts';
import type { ScopeLimits } from './core/quotaLedger.ts';
import type { Settings, StorageSettings } from './core/settings.ts';
import { makeWindows } from './core/window.ts';
import { makeAzureCredential } from './adapters/azureCredential.ts';
import { makeDeflateCodec } from './adapters/deflateCodec.ts';
import { makeKeyVaultSecrets } from './adapters/keyVaultSecrets.ts';
import { makeChance, monotonic, nameInstance, readCa } from './adapters/nodePlatform.ts';
import { makeNodemailerComposer } from './adapters/smtp/nodemailerComposer.ts';
import { makeNodemailerTransport } from './adapters/smtp/nodemailerTransport.ts';
import { SMTP_TIMEOUTS, type SmtpTimeouts } from './adapters/smtp/smtpTimeouts.ts';
import { makeBlobs } from './adapters/storage/blobs.ts';
import { connectStorage } from './adapters/storage/connectStorage.ts';
import { makeDays } from './adapters/storage/days.ts';
import { makeDeadLetters } from './adapters/storage/deadLetters.ts';
import { makeDeliveryQueues } from './adapters/storage/deliveryQueues.ts';
import { makeIdempotencyKeys } from './adapters/storage/idempotencyKeys.ts';
import { makeMessageStore } from './adapters/storage/messageStore.ts';
import { makeQuotaCounter } from './adapters/storage/quotaCounter.ts';
import { makeStandings } from './adapters/storage/standings.ts';
import { makeStorageClock } from './adapters/storage/storageClock.ts';
import type { StorageConnection } from './adapters/storage/storageConnection.ts';
import { makeWaitingRooms } from './adapters/storage/waitingRooms.ts';
import { makeAcceptMessage } from './flows/acceptMessage.ts';
import { makeAttempts } from './flows/attempt.ts';
import { makeCloseDay } from './flows/closeDay.ts';
import { makeCredentials } from './flows/credentials.ts';
import { makeDeliver } from './flows/deliver.ts';
import { makeFailRow } from './flows/failRow.ts';
import { makeGate } from './flows/gate.ts';
import { makeReadHealth } from './flows/health.ts';
import { makeMessageSize } from './flows/messageSize.ts';
import { makeSeeToOverdue } from './flows/overdue.ts';
import { makeMails } from './flows/prepareMail.ts';
import { makeProbe } from './flows/probe.ts';
import { makeMessageReader } from './flows/readMessages.ts';
import { makeOutcomeRecorder } from './flows/recordOutcome.ts';
import { makeReleaser } from './flows/release.ts';
import { makeRows } from './flows/settleRow.ts';
import { makeGuard } from './flows/stubbornItem.ts';
import { makeSweep } from './flows/sweep.ts';
import { makeSweepRooms } from './flows/sweepRooms.ts';
import { makeTakeFromOutbox } from './flows/takeFromOutbox.ts';
import { makeTouch } from './flows/touch.ts';
import { makeTransactor } from './flows/transact.ts';
import { makeTroubles } from './flows/troubles.ts';
import { makeUsageReader } from './flows/usage.ts';
import type { Log } from './ports.ts';

export type Mailer = ReturnType<typeof wireMailer>;

const DAY = 86_400_000;

/** `log` gets what happens; the functions add where. */
export function wireMailer(settings: Settings, log: Log) {
  const durations = makeDurations(settings.timeScale);
  const chance = makeChance();
  const clock = makeStorageClock({ monotonic, lifeMs: durations.clockLife });
  const storage = connectStorage(storageConnection(settings.storage), {
    prefix: settings.tablePrefix,
    clock,
    chance,
  });
  const calendar = makeCalendar(settings.window.timeZone);
  const windows = makeWindows(settings.window.kind, calendar);
  const limits = scopeLimits(settings);
  const accountByAddress = new Map(settings.accounts.map((account) => [account.address, account]));

  const store = makeMessageStore({ storage });
  const rooms = makeWaitingRooms({ storage });
  const queues = makeDeliveryQueues({ storage });
  const days = makeDays({ storage, chance });
  const standings = makeStandings({ storage });
  const deadLetters = makeDeadLetters({ storage });
  const keys = makeIdempotencyKeys({ storage });
  const blobs = makeBlobs({ storage });
  const quota = makeQuotaCounter({
    storage,
    windows,
    calendar,
    limits: () => limits,
    shownScopes: () => [
      'tenant',
      'external',
      ...settings.accounts.map(({ address }) => `account:${address}` as const),
    ],
    clock,
    chance,
    leaseMs: durations.lease,
  });
  const codec = makeDeflateCodec();
  const composer = makeNodemailerComposer();
  const { smtp } = settings;
  const transport = makeNodemailerTransport({
    host: smtp.host,
    port: smtp.port,
    ca: smtp.caFile === null ? null : readCa(smtp.caFile),
    ehloName: smtp.ehloName,
    connections: smtp.connectionsPerAccount,
    timeouts: smtpTimeouts(settings.timeScale),
    log: (text, fields) => log('info', text, fields),
  });
  const secrets = makeKeyVaultSecrets({
    uri: settings.keyVaultUri,
    credential: makeAzureCredential({
      clientId: settings.storage.kind === 'identity' ? settings.storage.clientId : null,
    }),
  });
  const credentials = makeCredentials({
    secrets,
    ttlMs: durations.secretLife,
    monotonicNow: () => clock.monotonic(),
  });

  const touch = makeTouch({ days, clock, durations });
  const troubles = makeTroubles({ standings, clock, durations, log });
  const gate = makeGate({ troubles, rooms, quota, limits, clock, durations });
  const rows = makeRows({ rooms, queues, deadLetters, touch, clock, durations, log });
  const mails = makeMails({
    blobs,
    codec,
    composer,
    displayNameOf: (account) => accountByAddress.get(account)?.displayName ?? null,
    redirectTo: settings.redirectTo,
    messageBytes: settings.limits.messageBytes,
  });
  const { redirectTo } = settings;
  const transactor = makeTransactor({ transport, credentials, troubles, clock, durations, redirectTo });
  const recorder = makeOutcomeRecorder({ rows, quota, clock, chance, durations, log });
  const attempts = makeAttempts({
    gate,
    rows,
    touch,
    quota,
    credentials,
    secretOf: (account) => accountByAddress.get(account)?.secret ?? null,
    transactor,
    recorder,
    troubles,
    clock,
    chance,
    durations,
    instance: nameInstance(),
    externalAllowed: settings.limits.externalPerDay !== 0,
  });
  const deliver = makeDeliver({ store, attempts, recorder, mails, rows, clock, durations, log });
  const size = makeMessageSize({ blobs, composer, messageBytes: settings.limits.messageBytes });
  const accept = makeAcceptMessage({
    store,
    keys,
    blobs,
    codec,
    size,
    mails,
    rows,
    touch,
    attempts,
    deliver,
    clock,
    durations,
    log,
    rules: {
      internalDomains: settings.internalDomains,
      recipientsPerMessage: settings.limits.recipientsPerMessage,
      idempotencyMs: settings.idempotencyDays * DAY,
      expiresAfterMs: settings.expiresAfterMs,
      accountOf: (sender) =>
        sender === null
          ? settings.accounts[0]!.address
          : (accountByAddress.get(sender.toLowerCase())?.address ?? null),
    },
  });
  const releaser = makeReleaser({ store, rooms, rows, clock, durations });
  const { accounts } = settings;
  const sweepRooms = makeSweepRooms({
    rooms,
    queues,
    quota,
    limits,
    releaser,
    clock,
    durations,
    releasePerSweep: settings.releasePerMinute,
    log,
  });
  const probe = makeProbe({ troubles, rooms, releaser, transport, credentials, accounts, clock, log });
  const seeToOverdue = makeSeeToOverdue({ store, days, queues, rows, clock, durations, log });

  return {
    clock,
    chance,
    /** Before the first use: Storage's time is known then. Throws `Unavailable`. */
    primeClock: () => storage.primeClock(),
    accept,
    takeFromOutbox: makeTakeFromOutbox({ accept, store, blobs, deadLetters, clock, log }),
    guard: makeGuard({ deadLetters, log }),
    deliver,
    deadLetters,
    failRow: makeFailRow({ store, rows, clock }),
    sweep: makeSweep({ troubles, probe, sweepRooms, seeToOverdue, days, clock, durations, log }),
    closeDay: makeCloseDay({ store, days, quota, calendar, limits, clock, durations, log }),
    messages: makeMessageReader({ store, clock, rowDays: settings.retention.rowDays }),
    usage: makeUsageReader({
      quota,
      rooms,
      days,
      windows,
      timeZone: settings.window.timeZone,
      pricePerMillionUsd: settings.limits.pricePerMillionUsd,
      clock,
      durations,
    }),
    readHealth: makeReadHealth({ standings, days, credentials, transport, accounts, clock, durations }),
    close: () => transport.close(),
  };
}

function storageConnection(storage: StorageSettings): StorageConnection {
  if (storage.kind === 'connectionString') return { connectionString: storage.value };
  const { queueServiceUri, blobServiceUri, tableServiceUri, clientId } = storage;
  return {
    queueServiceUri,
    blobServiceUri,
    tableServiceUri,
    credential: makeAzureCredential({ clientId }),
  };
}

function scopeLimits(settings: Settings): ScopeLimits {
  const { limits, accounts, reserveCriticalPercent } = settings;
  const quotas = new Map(accounts.map((account) => [account.address, account.quotaPerDay]));
  return {
    tenant: limits.recipientsPerDay,
    external: limits.externalPerDay,
    account: (address) => quotas.get(address) ?? null,
    app: () => null,
    reserveCriticalPercent,
  };
}

function smtpTimeouts(scale: number): Partial<SmtpTimeouts> {
  return Object.fromEntries(Object.entries(SMTP_TIMEOUTS).map(([name, ms]) => [name, ms / scale]));
}
