/**
 * Every trigger, in the order of the data path. Registered before anything is read, so that a broken configuration
 * shows at /api/health instead of leaving the host with no function at all; and before anything else is loaded, so that
 * an instance is ready soon: the handlers and the mailer behind them come with the first call.
 */
import { app } from '@azure/functions';
import { readApiAuth, readSettings, readTelemetrySettings } from '../shared/config.ts';
import { QUEUES } from '../shared/core/storageNames.ts';
import { loadIdentity, wirePageFiles, wireTelemetry } from '../shared/earlyWiring.ts';
import type { Mailer } from '../shared/flows/mailer.ts';
import { makeApp } from './app.ts';
import { makeLate } from './late.ts';
import { loadAhead } from './loadAhead.ts';
import { makeObserved } from './observed.ts';
import { makeServe } from './serve.ts';

const connection = 'HVE_STORAGE';
const observed = makeObserved({
  settings: readTelemetrySettings(),
  open: wireTelemetry,
  write: (level, line) => console[level](line),
  app,
});
const loadWiring = () => import('../shared/wiring.ts');
const { useMailer, close } = makeApp<Mailer & { primeClock(): Promise<void> }>({
  readSettings,
  loadWire: async () => {
    const { wireMailer } = await loadWiring();
    return (settings, log) => wireMailer(settings, log, observed.telemetry);
  },
  log: observed.log,
});

/** Route, method and who may call: shared/core/api/operations.ts. */
const auth = readApiAuth();
const pageFiles = wirePageFiles(import.meta.dirname);
const late = makeLate(async () => {
  const { makeHandlers } = await import('./handlers.ts');
  return makeHandlers({ useMailer, pageFiles, auth });
});
const serve = makeServe({
  http: (name, options) => app.http(name, options),
  handlerOf: (name) => late.handler(({ operations }) => operations[name]),
  auth,
});

app.hook.appStart(() => {
  // Nothing waits for it. The identity's SDK comes last: in Azure the first call needs its token before all else.
  void loadAhead([() => late.load(), loadWiring, loadIdentity]);
});

app.hook.appTerminate(async () => {
  try {
    await close();
  } finally {
    await observed.close();
  }
});

app.storageQueue('sendMail', {
  queueName: QUEUES.outbox,
  connection,
  handler: late.handler(({ sendMail }) => sendMail),
});

serve('postMessage');
serve('getOperation');
serve('getMessage');
serve('getPayload');
serve('listMessages');
serve('cancelMessage');
serve('redriveMessage');
serve('releaseMessage');

app.storageQueue('deliverMail', {
  queueName: QUEUES.deliveries,
  connection,
  handler: late.handler(({ deliverItem }) => deliverItem),
});
app.storageQueue('deliverBulk', {
  queueName: QUEUES.bulk,
  connection,
  handler: late.handler(({ deliverItem }) => deliverItem),
});

app.timer('sweep', { schedule: '0 * * * * *', handler: late.handler(({ sweep }) => sweep) });
app.timer('closeDay', { schedule: '0 7 * * * *', handler: late.handler(({ closeDay }) => closeDay) });

serve('listDeadLetters');
serve('getDeadLetter');
serve('redriveDeadLetters');
serve('eraseRecipient');
serve('getUsage');
serve('getUsageHistory');
serve('listAccounts');
serve('pauseAccount');
serve('resumeAccount');
serve('pauseAll');
serve('resumeAll');
serve('getApp');
serve('putApp');
serve('getHealth');
serve('getOpenApi');
serve('getDashboard');
// What the page loads is no operation of the API.
app.http('getDashboardFile', {
  methods: ['GET'],
  route: 'dashboard/{file}',
  authLevel: 'anonymous',
  handler: late.handler(({ operations }) => operations.getDashboard),
});

// Azure tries routes in the order of their functions' names: this one must sort behind all others.
app.http('unknownCall', {
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  route: '{*path}',
  authLevel: 'anonymous',
  handler: late.handler(({ unknownCall }) => unknownCall),
});
