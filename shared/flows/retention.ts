/** What removes from the record, made of the ports: the hourly pruning, and the erasing of an address. */
import type { Calendar } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import type { Settings } from '../core/settings.ts';
import type { Log, Ports } from '../ports.ts';
import { makeEraseLetters } from './eraseLetters.ts';
import { makeEraser } from './eraseRecipient.ts';
import { makeNeededFrom } from './neededFrom.ts';
import { makePrune } from './prune.ts';
import { makePruneLetters } from './pruneLetters.ts';
import { makePruneMessages } from './pruneMessages.ts';
import { makePruneOrphans } from './pruneOrphans.ts';
import { makeContentRemover } from './removeContent.ts';

const DAY_MS = 86_400_000;

export function makeRetention(
  deps: Pick<
    Ports,
    | 'store'
    | 'kept'
    | 'retentionNotes'
    | 'days'
    | 'deadLetters'
    | 'keys'
    | 'blobs'
    | 'ledger'
    | 'clock'
    | 'chance'
  > & {
    calendar: Calendar;
    retention: Settings['retention'];
    durations: Durations;
    log: Log;
  },
) {
  const { payloadDays, rowDays, countDays } = deps.retention;
  const retention = { payloadMs: payloadDays * DAY_MS, rowMs: rowDays * DAY_MS };
  const remover = makeContentRemover(deps);
  const eraser = makeEraser({ ...deps, remover, eraseLetters: makeEraseLetters({ ...deps, remover }) });
  const neededFrom = makeNeededFrom(deps);
  return {
    prune: makePrune({
      ...deps,
      countDays,
      pruneMessages: makePruneMessages({ ...deps, remover, neededFrom, retention }),
      pruneLetters: makePruneLetters({ ...deps, retention }),
      pruneOrphans: makePruneOrphans({ ...deps, payloadDays }),
      continueErasures: eraser.continueErasures,
    }),
    eraseRecipient: eraser.eraseRecipient,
  };
}
