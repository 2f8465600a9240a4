/**
 * What of a day's report needs a person (pure): its mail says so in the subject, so it must be neither too much nor too little.
 *
 *   failures that somebody can cure, rejected messages ... of that day
 *   recipients that wait for a person .................... of that day
 *   more in the record than in the ledger ................ of that day: a defect, unless it is of unknown outcome
 *   what sends nothing now, and is not cured by time ..... when the report is written
 *
 * Dead letters of earlier days are none: whoever leaves them be would be called every day.
 */
import { isOvercharged } from './dayCount.ts';
import type { DayReport, FailureOfDay, Standing } from './records.ts';
import type { Actor } from './remedy.ts';
import { actorOf } from './remedy.ts';
import { count, number, scopeWords } from './reportWords.ts';

export interface FailureLine extends FailureOfDay {
  readonly whoActs: Actor;
}

export function failureLines({ failures }: DayReport): FailureLine[] {
  return (failures?.causes ?? []).map(({ cause, remedy, recipients, messages, apps, moreApps }) => {
    return { cause, remedy, whoActs: actorOf(remedy), recipients, messages, apps, moreApps };
  });
}

export interface ReportAction {
  readonly what: string;
  readonly remedy: string;
}

export function reportActions(
  report: DayReport,
  failures: readonly FailureLine[],
  standings: readonly Standing[],
): ReportAction[] {
  return [
    ...standings.flatMap(stoppedNow),
    ...ofFailures(report, failures),
    ...(report.held !== undefined && report.held > 0 ? [ofHeld(report.held)] : []),
    ...report.scopes.filter(isOvercharged).map(({ scope, recipients, ledger }) => ({
      what: `${scopeWords(scope)}: the record has ${number(recipients)}, the ledger only ${number(ledger ?? 0)}`,
      remedy: 'report it: a defect of this software',
    })),
  ];
}

/** What only goes more slowly, or waits for the window to turn, goes on by itself. */
function stoppedNow({ name, trouble, pausedByPerson }: Standing): ReportAction[] {
  const whose = name === 'tenant' ? 'Nothing goes at all' : `${scopeWords(name)} sends nothing now`;
  const who = name === 'external' ? 'External mail does not go now' : whose;
  if (pausedByPerson) {
    return [
      {
        what: `${who}: paused by a person, ${pausedByPerson.reason}`,
        remedy: 'resume it when that is over',
      },
    ];
  }
  if (trouble?.action !== 'pause' || actorOf(trouble.remedy) === 'nobody') return [];
  return [{ what: `${who}: ${trouble.cause}`, remedy: trouble.remedy }];
}

function ofFailures(report: DayReport, failures: readonly FailureLine[]): ReportAction[] {
  const curable = failures.filter(({ whoActs }) => whoActs !== 'nobody');
  const others = report.failures?.others ?? { recipients: 0, messages: 0 };
  const recipients = curable.reduce((sum, one) => sum + one.recipients, others.recipients);
  const rejected = curable.filter((one) => one.recipients === 0).reduce((sum, one) => sum + one.messages, 0);
  return [
    ...(recipients > 0
      ? [
          {
            what: `${count(recipients, 'recipient')} failed`,
            remedy: 'cure the causes below, then send them again',
          },
        ]
      : []),
    ...(rejected > 0
      ? [{ what: `${count(rejected, 'message')} rejected`, remedy: 'correct the app that sent them' }]
      : []),
  ];
}

function ofHeld(recipients: number): ReportAction {
  return {
    what: `${count(recipients, 'recipient')} held: whether they got the mail is unknown`,
    remedy: 'look into a mailbox, then release or cancel the message',
  };
}
