/** What a person does to messages and accounts, made of the ports: cancel, release, redrive, pause, and what they read. */
import type { Log, Ports } from '../ports.ts';
import { makeCancelMessage } from './cancelMessage.ts';
import { makeForeseeRedrive } from './foreseeRedrive.ts';
import type { Limits } from './limits.ts';
import { makePause } from './pause.ts';
import type { Quota } from './quota.ts';
import { makeReadAccounts } from './readAccounts.ts';
import { makeDeadLetterReader } from './readDeadLetters.ts';
import { makeReadPayload } from './readPayload.ts';
import { makeRedrive } from './redrive.ts';
import { makeRedriveDeadLetters } from './redriveDeadLetters.ts';
import { makeReleaseHeld } from './releaseHeld.ts';
import { makeSetGoing } from './setGoing.ts';
import type { Rows } from './settleRow.ts';
import type { TakeFromOutbox } from './takeFromOutbox.ts';
import type { Touch } from './touch.ts';
import type { Troubles } from './troubles.ts';

export function makeOperatorActions(
  deps: Pick<
    Ports,
    'store' | 'deadLetters' | 'standings' | 'rooms' | 'blobs' | 'codec' | 'clock' | 'telemetry'
  > & {
    rows: Rows;
    touch: Touch;
    troubles: Troubles;
    takeFromOutbox: Pick<TakeFromOutbox, 'takeAgain' | 'judgeAgain'>;
    accounts: readonly { readonly address: string; readonly pool: string | null }[];
    quota: Pick<Quota, 'usage'>;
    limits: Limits;
    externalAllowed: boolean;
    log: Log;
  },
) {
  const setGoing = makeSetGoing(deps);
  const redrive = makeRedrive({ ...deps, setGoing });
  const deadLetterReader = makeDeadLetterReader(deps);
  return {
    cancelMessage: makeCancelMessage(deps),
    releaseHeld: makeReleaseHeld({ ...deps, setGoing }),
    redrive,
    deadLetterReader,
    redriveDeadLetters: makeRedriveDeadLetters({
      ...deps,
      reader: deadLetterReader,
      redrive,
      foreseeRedrive: makeForeseeRedrive(deps),
    }),
    readPayload: makeReadPayload(deps),
    readAccounts: makeReadAccounts(deps),
    pause: makePause(deps),
  };
}
