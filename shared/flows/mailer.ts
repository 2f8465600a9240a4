/** The flows, made of the ports and the settings: what the triggers call. Nothing is sent or read here. */
import type { Calendar } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import type { ScopeLimits } from '../core/quotaLedger.ts';
import type { Settings } from '../core/settings.ts';
import type { QuotaWindow } from '../core/window.ts';
import type { Log, Ports } from '../ports.ts';
import { makeAcceptMessage, type AcceptRules } from './acceptMessage.ts';
import { makeAppBook } from './appBook.ts';
import { makeAttempts } from './attempt.ts';
import { makeBackstop } from './backstop.ts';
import { makeCloseDay } from './closeDay.ts';
import { makeConnections } from './connections.ts';
import { makeCredentials } from './credentials.ts';
import { makeCloseDeadLeases } from './deadLeases.ts';
import { makeAskNeighbours } from './deepHealth.ts';
import { makeDeliver, type Deliver } from './deliver.ts';
import { makeFailRow } from './failRow.ts';
import { makeGate } from './gate.ts';
import { makeReadHealth } from './health.ts';
import { makeJudgeMessage } from './judgeMessage.ts';
import { makeLimits } from './limits.ts';
import { makeLogIn } from './logIn.ts';
import { makeMailReports } from './mailReports.ts';
import { makeMessageSize } from './messageSize.ts';
import { makeOperatorActions } from './operatorActions.ts';
import { makeSeeToOverdue } from './overdue.ts';
import { makeMails } from './prepareMail.ts';
import { makeProbe } from './probe.ts';
import { makeQuota } from './quota.ts';
import { makeLookAtQuota } from './quotaLook.ts';
import { makeMessageReader } from './readMessages.ts';
import { makeRecordMessage } from './recordMessage.ts';
import { makeOutcomeRecorder } from './recordOutcome.ts';
import { makeReadReportFacts } from './reportFacts.ts';
import { makeReleaser } from './release.ts';
import { makeRetention } from './retention.ts';
import { makeRows } from './settleRow.ts';
import { makeGuard } from './stubbornItem.ts';
import { makeSenders } from './senders.ts';
import { makeShutdown } from './shutdown.ts';
import { makeSweep } from './sweep.ts';
import { makeSweepRooms } from './sweepRooms.ts';
import { makeTakeOver } from './takeOver.ts';
import { makeTakeFromOutbox } from './takeFromOutbox.ts';
import { makeTellState } from './tellState.ts';
import { makeTouch } from './touch.ts';
import { traceAcceptance } from './traceAcceptance.ts';
import { traceAttempts } from './traceAttempts.ts';
import { traceTransport } from './traceTransport.ts';
import { makeTransactor } from './transact.ts';
import { makeTroubles } from './troubles.ts';
import { makeTurns } from './turns.ts';
import { makeUsageReader } from './usage.ts';

export type Mailer = ReturnType<typeof makeMailer>;

/** What follows from the settings, and must be the same for the flows and the ledger. */
export interface Rules {
  readonly settings: Settings;
  readonly durations: Durations;
  readonly calendar: Calendar;
  readonly windows: (now: number) => QuotaWindow;
  /** Without those of the apps, which are data. */
  readonly limits: Omit<ScopeLimits, 'app'>;
  /** Names this process in its claims. */
  readonly instance: string;
}

const DAY = 86_400_000;
/** A message may wait so long before it is final: sendAt lies a year ahead at the most. */
const OPEN_DAYS = 366;

export function makeMailer(ports: Ports, rules: Rules, log: Log) {
  const { settings, durations, calendar, windows, instance } = rules;
  const { accounts, redirectTo } = settings;
  const { messageBytes, externalPerDay, recipientsPerMessage, pricePerMillionUsd } = settings.limits;
  const accountByAddress = new Map(accounts.map((account) => [account.address, account]));
  const externalAllowed = externalPerDay !== 0;
  const turns = makeTurns({ clock: ports.clock, durations });
  /** What most flows need. */
  const base = {
    ...ports,
    transport: traceTransport(ports.transport, ports.telemetry),
    durations,
    turns,
    log,
  };

  const credentials = makeCredentials({
    secrets: ports.secrets,
    tokens: ports.tokens,
    tokenSecret: settings.oauth?.secret ?? null,
    accounts,
    ttlMs: durations.secretLife,
    monotonicNow: () => ports.clock.monotonic(),
  });
  const appBook = makeAppBook(base);
  const limits = makeLimits({ limits: rules.limits, appBook });
  const quota = makeQuota({
    ...base,
    windows,
    limits,
    shownScopes: ['tenant', 'external', ...accounts.map(({ address }) => `account:${address}` as const)],
    instance,
  });
  const shutdown = makeShutdown(base);
  const touch = makeTouch(base);
  const troubles = makeTroubles(base);
  const senders = makeSenders({ accounts });
  const gate = makeGate({ ...base, troubles, senders, quota, limits });
  const rows = makeRows({ ...base, touch });
  const mails = makeMails({
    ...base,
    displayNameOf: (account) => accountByAddress.get(account)?.displayName ?? null,
    redirectTo,
    messageBytes,
  });
  const { connectionsPerAccount } = settings.smtp;
  const connections = makeConnections({ ...base, connectionsPerAccount });
  const transactor = makeTransactor({ ...base, credentials, troubles, connections, shutdown, redirectTo });
  const recorder = makeOutcomeRecorder({ ...base, rows, touch });
  const untraced = makeAttempts({
    ...base,
    gate,
    rows,
    touch,
    credentials,
    senders,
    transactor,
    recorder,
    troubles,
    instance,
    externalAllowed,
  });
  const attempts = traceAttempts(untraced, ports.telemetry);
  const takeOver = makeTakeOver({ ...base, recorder });
  const deliver = makeDeliver({ ...base, attempts, takeOver, mails, rows, shutdown });
  const recordMessage = makeRecordMessage({
    ...base,
    mails,
    rows,
    touch,
    attempts,
    deliver,
    shutdown,
    expiresAfterMs: settings.expiresAfterMs,
  });
  const acceptRules: AcceptRules = {
    internalDomains: settings.internalDomains,
    recipientsPerMessage,
    idempotencyMs: settings.idempotencyDays * DAY,
    accountOf: (sender) => senders.nameOf(sender),
  };
  const size = makeMessageSize({ ...base, messageBytes });
  const judgeMessage = makeJudgeMessage({ ...base, size, appBook, rules: acceptRules });
  const acceptMessage = makeAcceptMessage({
    ...base,
    judgeMessage,
    lookAtQuota: makeLookAtQuota({ ...base, quota, senders, externalAllowed }),
    recordMessage,
    rules: acceptRules,
  });
  const accept = traceAcceptance(acceptMessage, ports.telemetry);
  const releaser = makeReleaser({ ...base, rows });
  const sweepRooms = makeSweepRooms({
    ...base,
    troubles,
    senders,
    quota,
    limits,
    releaser,
    releasePerSweep: settings.releasePerMinute,
  });
  const logIn = makeLogIn({ ...base, credentials });
  const probe = makeProbe({ ...base, troubles, releaser, credentials, logIn, accounts });
  const seeToOverdue = makeSeeToOverdue({ ...base, rows, touch });

  const tellState = makeTellState({ ...base, quota });
  const closeDeadLeases = makeCloseDeadLeases({ ...base, takeOver });
  const outbox = makeTakeFromOutbox({ ...base, accept, judgeMessage });
  const usage = makeUsageReader({ ...base, quota, windows, calendar, pricePerMillionUsd });
  const operator = makeOperatorActions({
    ...base,
    rows,
    touch,
    troubles,
    takeFromOutbox: outbox,
    accounts,
    quota,
    limits,
    externalAllowed,
  });
  const readFacts = makeReadReportFacts({
    ...base,
    usage,
    deadLetterReader: operator.deadLetterReader,
    accounts,
    dashboardUrl: dashboardUrl(settings),
  });

  const askNeighbours = makeAskNeighbours({
    ...base,
    deadLetterReader: operator.deadLetterReader,
    usage,
    tokenSecret: settings.oauth?.secret ?? null,
    logIn,
    accounts,
    messageBytes,
  });
  const retention = makeRetention({ ...base, calendar, days: ports.days, retention: settings.retention });

  return {
    clock: ports.clock,
    chance: ports.chance,
    apiUri: settings.apiUri,
    deadLetters: ports.deadLetters,
    appBook,
    senders,
    turns,
    accept,
    takeFromOutbox: {
      ...outbox,
      take: (id: string, item: unknown) => shutdown.track(() => outbox.take(id, item)),
    },
    guard: makeGuard(base),
    deliver: ((item) => shutdown.track(() => deliver(item))) satisfies Deliver,
    failRow: makeFailRow({ ...base, rows }),
    sweep: makeSweep({ ...base, troubles, probe, closeDeadLeases, sweepRooms, seeToOverdue, tellState }),
    closeDay: makeCloseDay({ ...base, calendar, quota, limits, pricePerMillionUsd }),
    mailReports: makeMailReports({
      ...base,
      accept,
      readFacts,
      calendar,
      pricePerMillionUsd,
      recipients: settings.reportRecipients,
    }),
    prune: retention.prune,
    eraseRecipient: retention.eraseRecipient,
    backstop: makeBackstop({ ...base, rows, touch, keptDays: settings.retention.rowDays + OPEN_DAYS }),
    messages: makeMessageReader({ ...base, troubles, accounts, rowDays: settings.retention.rowDays }),
    usage,
    ...operator,
    readHealth: makeReadHealth({ ...base, askNeighbours, accounts }),
    /** No new claims; what is under way ends or is handed back. */
    async close() {
      await shutdown.stop(durations.shutdown);
      await Promise.all([ports.transport.close(), quota.close()]);
    },
  };
}

/** As its callers know it, else by the app's own host name; null: neither is known. */
function dashboardUrl({ apiUri, publicUrl }: Settings): string | null {
  const api = apiUri ?? (publicUrl && `${publicUrl}/api`);
  return api && `${api}/dashboard`;
}
