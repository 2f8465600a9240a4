/** Every handler, made of the app behind the triggers. Loaded with the first call of any of them; index.ts names the triggers. */
import type { HttpHandler } from '@azure/functions';
import type { OperationName } from '../shared/core/api/operations.ts';
import type { ApiAuth } from '../shared/core/apiAuth.ts';
import type { Mailer } from '../shared/flows/mailer.ts';
import type { PageFiles } from '../shared/ports.ts';
import {
  makeListAccounts,
  makePauseAccount,
  makePauseAll,
  makeResumeAccount,
  makeResumeAll,
} from './accounts.ts';
import type { UseMailer } from './app.ts';
import { makeGetApp, makePutApp } from './apps.ts';
import { makeCancelMessage, makeRedriveMessage, makeReleaseMessage } from './changeMessage.ts';
import { makeDeliverItem } from './deliverItem.ts';
import { makeEraseRecipient } from './eraseRecipient.ts';
import { makeGetDashboard } from './getDashboard.ts';
import { makeGetHealth } from './getHealth.ts';
import { makeGetMessage } from './getMessage.ts';
import { makeGetOpenApi } from './getOpenApi.ts';
import { makeGetOperation } from './getOperation.ts';
import { makeGetPayload } from './getPayload.ts';
import { makeGetUsage } from './getUsage.ts';
import { makeGetUsageHistory } from './getUsageHistory.ts';
import { makeListMessages } from './listMessages.ts';
import { makePostMessage } from './postMessage.ts';
import { makeGetDeadLetter, makeListDeadLetters } from './readDeadLetters.ts';
import { makeRedriveDeadLetters } from './redriveDeadLetters.ts';
import { makeSendMail } from './sendMail.ts';
import { makeCloseDayTimer, makeSweepTimer } from './timers.ts';
import { makeUnknownCall } from './unknownCall.ts';

export function makeHandlers(deps: {
  readonly useMailer: UseMailer<Mailer>;
  readonly pageFiles: PageFiles;
  readonly auth: ApiAuth;
}) {
  const { useMailer, pageFiles, auth } = deps;
  return {
    sendMail: makeSendMail(useMailer),
    deliverItem: makeDeliverItem(useMailer),
    sweep: makeSweepTimer(useMailer),
    closeDay: makeCloseDayTimer(useMailer),
    unknownCall: makeUnknownCall(),
    operations: {
      postMessage: makePostMessage(useMailer),
      getOperation: makeGetOperation(useMailer),
      getMessage: makeGetMessage(useMailer),
      getPayload: makeGetPayload(useMailer),
      listMessages: makeListMessages(useMailer),
      cancelMessage: makeCancelMessage(useMailer),
      redriveMessage: makeRedriveMessage(useMailer),
      releaseMessage: makeReleaseMessage(useMailer),
      listDeadLetters: makeListDeadLetters(useMailer),
      getDeadLetter: makeGetDeadLetter(useMailer),
      redriveDeadLetters: makeRedriveDeadLetters(useMailer),
      eraseRecipient: makeEraseRecipient(useMailer),
      getUsage: makeGetUsage(useMailer),
      getUsageHistory: makeGetUsageHistory(useMailer),
      listAccounts: makeListAccounts(useMailer),
      pauseAccount: makePauseAccount(useMailer),
      resumeAccount: makeResumeAccount(useMailer),
      pauseAll: makePauseAll(useMailer),
      resumeAll: makeResumeAll(useMailer),
      getApp: makeGetApp(useMailer),
      putApp: makePutApp(useMailer),
      getHealth: makeGetHealth(useMailer),
      getOpenApi: makeGetOpenApi(useMailer, auth),
      getDashboard: makeGetDashboard(pageFiles),
    } satisfies Record<OperationName, HttpHandler>,
  };
}
