/**
 * Every trigger, in the order of the data path. Registered before anything is read, so that a broken configuration
 * shows at /api/health instead of leaving the host with no function at all.
 */
import { app } from '@azure/functions';
import { readSettings } from '../shared/config.ts';
import { QUEUES } from '../shared/core/storageNames.ts';
import { wireMailer } from '../shared/wiring.ts';
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
import { makeGetHealth } from './getHealth.ts';
import { makeGetMessage } from './getMessage.ts';
import { makeGetOperation } from './getOperation.ts';
import { makeGetPayload } from './getPayload.ts';
import { makeGetUsage } from './getUsage.ts';
import { makeGetUsageHistory } from './getUsageHistory.ts';
import { makeListMessages } from './listMessages.ts';
import { makeLog } from './log.ts';
import { makePostMessage } from './postMessage.ts';
import { makeGetDeadLetter, makeListDeadLetters } from './readDeadLetters.ts';
import { makeRedriveDeadLetters } from './redriveDeadLetters.ts';
import { makeSendMail } from './sendMail.ts';
import { makeCloseDayTimer, makeSweepTimer } from './timers.ts';

const connection = 'HVE_STORAGE';
const log = makeLog((level, line) => console[level](line));
const { useMailer, close } = makeApp({ readSettings, wire: wireMailer, log });

app.hook.appTerminate(close);

app.storageQueue('sendMail', { queueName: QUEUES.outbox, connection, handler: makeSendMail(useMailer) });

app.http('postMessage', {
  methods: ['POST'],
  route: 'messages',
  authLevel: 'function',
  handler: makePostMessage(useMailer),
});
app.http('getOperation', {
  methods: ['GET'],
  route: 'operations/{id}',
  authLevel: 'anonymous',
  handler: makeGetOperation(useMailer),
});
app.http('getMessage', {
  methods: ['GET'],
  route: 'messages/{id}',
  authLevel: 'function',
  handler: makeGetMessage(useMailer),
});
app.http('getPayload', {
  methods: ['GET'],
  route: 'messages/{id}/payload',
  authLevel: 'function',
  handler: makeGetPayload(useMailer),
});
app.http('listMessages', {
  methods: ['GET'],
  route: 'messages',
  authLevel: 'function',
  handler: makeListMessages(useMailer),
});
app.http('cancelMessage', {
  methods: ['POST'],
  route: 'messages/{id}/cancel',
  authLevel: 'function',
  handler: makeCancelMessage(useMailer),
});
app.http('redriveMessage', {
  methods: ['POST'],
  route: 'messages/{id}/redrive',
  authLevel: 'function',
  handler: makeRedriveMessage(useMailer),
});
app.http('releaseMessage', {
  methods: ['POST'],
  route: 'messages/{id}/release',
  authLevel: 'function',
  handler: makeReleaseMessage(useMailer),
});

app.storageQueue('deliverMail', {
  queueName: QUEUES.deliveries,
  connection,
  handler: makeDeliverItem(useMailer),
});
app.storageQueue('deliverBulk', { queueName: QUEUES.bulk, connection, handler: makeDeliverItem(useMailer) });

app.timer('sweep', { schedule: '0 * * * * *', handler: makeSweepTimer(useMailer) });
app.timer('closeDay', { schedule: '0 7 * * * *', handler: makeCloseDayTimer(useMailer) });

app.http('listDeadLetters', {
  methods: ['GET'],
  route: 'dead-letters',
  authLevel: 'function',
  handler: makeListDeadLetters(useMailer),
});
app.http('getDeadLetter', {
  methods: ['GET'],
  route: 'dead-letters/{id}',
  authLevel: 'function',
  handler: makeGetDeadLetter(useMailer),
});
app.http('redriveDeadLetters', {
  methods: ['POST'],
  route: 'dead-letters/redrive',
  authLevel: 'function',
  handler: makeRedriveDeadLetters(useMailer),
});
app.http('getUsage', {
  methods: ['GET'],
  route: 'usage',
  authLevel: 'function',
  handler: makeGetUsage(useMailer),
});
app.http('getUsageHistory', {
  methods: ['GET'],
  route: 'usage/history',
  authLevel: 'function',
  handler: makeGetUsageHistory(useMailer),
});
app.http('listAccounts', {
  methods: ['GET'],
  route: 'accounts',
  authLevel: 'function',
  handler: makeListAccounts(useMailer),
});
app.http('pauseAccount', {
  methods: ['POST'],
  route: 'accounts/{address}/pause',
  authLevel: 'function',
  handler: makePauseAccount(useMailer),
});
app.http('resumeAccount', {
  methods: ['POST'],
  route: 'accounts/{address}/resume',
  authLevel: 'function',
  handler: makeResumeAccount(useMailer),
});
app.http('pauseAll', {
  methods: ['POST'],
  route: 'pause',
  authLevel: 'function',
  handler: makePauseAll(useMailer),
});
app.http('resumeAll', {
  methods: ['POST'],
  route: 'resume',
  authLevel: 'function',
  handler: makeResumeAll(useMailer),
});
app.http('getApp', {
  methods: ['GET'],
  route: 'apps/{name}',
  authLevel: 'function',
  handler: makeGetApp(useMailer),
});
app.http('putApp', {
  methods: ['PUT'],
  route: 'apps/{name}',
  authLevel: 'function',
  handler: makePutApp(useMailer),
});
app.http('getHealth', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'function',
  handler: makeGetHealth(useMailer),
});
