/**
 * Every trigger, in the order of the data path. Registered before anything is read, so that a broken configuration
 * shows at /api/health instead of leaving the host with no function at all.
 */
import { app } from '@azure/functions';
import { readApiAuth, readSettings, readTelemetrySettings } from '../shared/config.ts';
import { QUEUES } from '../shared/core/storageNames.ts';
import { wireMailer, wirePageFiles, wireTelemetry } from '../shared/wiring.ts';
import {
  makeListAccounts,
  makePauseAccount,
  makePauseAll,
  makeResumeAccount,
  makeResumeAll,
} from './accounts.ts';
import { makeApp } from './app.ts';
import { makeGetApp, makePutApp } from './apps.ts';
import { makeCancelMessage, makeRedriveMessage, makeReleaseMessage } from './changeMessage.ts';
import { makeDeliverItem } from './deliverItem.ts';
import { makeGetDashboard } from './getDashboard.ts';
import { makeEraseRecipient } from './eraseRecipient.ts';
import { makeGetHealth } from './getHealth.ts';
import { makeGetMessage } from './getMessage.ts';
import { makeGetOpenApi } from './getOpenApi.ts';
import { makeGetOperation } from './getOperation.ts';
import { makeGetPayload } from './getPayload.ts';
import { makeGetUsage } from './getUsage.ts';
import { makeGetUsageHistory } from './getUsageHistory.ts';
import { makeListMessages } from './listMessages.ts';
import { makeObserved } from './observed.ts';
import { makePostMessage } from './postMessage.ts';
import { makeGetDeadLetter, makeListDeadLetters } from './readDeadLetters.ts';
import { makeRedriveDeadLetters } from './redriveDeadLetters.ts';
import { makeSendMail } from './sendMail.ts';
import { makeServe } from './serve.ts';
import { makeCloseDayTimer, makeSweepTimer } from './timers.ts';
import { makeUnknownCall } from './unknownCall.ts';

const connection = 'HVE_STORAGE';
const observed = makeObserved({
  settings: readTelemetrySettings(),
  open: wireTelemetry,
  write: (level, line) => console[level](line),
  app,
});
const { useMailer, close } = makeApp({
  readSettings,
  wire: (settings, log) => wireMailer(settings, log, observed.telemetry),
  log: observed.log,
});

/** Route, method and who may call: shared/core/api/operations.ts. */
const auth = readApiAuth();
const serve = makeServe({ http: (name, options) => app.http(name, options), auth });

app.hook.appTerminate(async () => {
  try {
    await close();
  } finally {
    await observed.close();
  }
});

app.storageQueue('sendMail', { queueName: QUEUES.outbox, connection, handler: makeSendMail(useMailer) });

serve('postMessage', makePostMessage(useMailer));
serve('getOperation', makeGetOperation(useMailer));
serve('getMessage', makeGetMessage(useMailer));
serve('getPayload', makeGetPayload(useMailer));
serve('listMessages', makeListMessages(useMailer));
serve('cancelMessage', makeCancelMessage(useMailer));
serve('redriveMessage', makeRedriveMessage(useMailer));
serve('releaseMessage', makeReleaseMessage(useMailer));

app.storageQueue('deliverMail', {
  queueName: QUEUES.deliveries,
  connection,
  handler: makeDeliverItem(useMailer),
});
app.storageQueue('deliverBulk', { queueName: QUEUES.bulk, connection, handler: makeDeliverItem(useMailer) });

app.timer('sweep', { schedule: '0 * * * * *', handler: makeSweepTimer(useMailer) });
app.timer('closeDay', { schedule: '0 7 * * * *', handler: makeCloseDayTimer(useMailer) });

serve('listDeadLetters', makeListDeadLetters(useMailer));
serve('getDeadLetter', makeGetDeadLetter(useMailer));
serve('redriveDeadLetters', makeRedriveDeadLetters(useMailer));
serve('eraseRecipient', makeEraseRecipient(useMailer));
serve('getUsage', makeGetUsage(useMailer));
serve('getUsageHistory', makeGetUsageHistory(useMailer));
serve('listAccounts', makeListAccounts(useMailer));
serve('pauseAccount', makePauseAccount(useMailer));
serve('resumeAccount', makeResumeAccount(useMailer));
serve('pauseAll', makePauseAll(useMailer));
serve('resumeAll', makeResumeAll(useMailer));
serve('getApp', makeGetApp(useMailer));
serve('putApp', makePutApp(useMailer));
serve('getHealth', makeGetHealth(useMailer));
serve('getOpenApi', makeGetOpenApi(useMailer, auth));
const getDashboard = makeGetDashboard(wirePageFiles());
serve('getDashboard', getDashboard);
// What the page loads is no operation of the API.
app.http('getDashboardFile', {
  methods: ['GET'],
  route: 'dashboard/{file}',
  authLevel: 'anonymous',
  handler: getDashboard,
});

// Azure tries routes in the order of their functions' names: this one must sort behind all others.
app.http('unknownCall', {
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  route: '{*path}',
  authLevel: 'anonymous',
  handler: makeUnknownCall(),
});
