import { isFinal } from '../../shared/core/status.ts';
import type { MessageDetail, MessageRecord } from './records.ts';
import { makeInbox } from './inbox.ts';
import type { Inbox, InboxMail } from './inbox.ts';
import type { Receipt } from './submit.ts';

/** All that is left when a run is over. */
export interface Evidence {
  readonly receipts: readonly Receipt[];
  readonly records: readonly MessageRecord[];
  /** Of the messages with which anything is out of the ordinary, by id. */
  readonly details: ReadonlyMap<string, MessageDetail>;
  /** Oldest first. */
  readonly mails: readonly InboxMail[];
}

export interface Verdict {
  /** Messages that their producers know to be accepted, or that are recorded though the producer got no answer. */
  readonly accepted: number;
  /** Submitted without a key, never answered, and not recorded either: nobody promised anything. */
  readonly unanswered: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly mails: number;
  /** Recipients of mails that had the same mail before; the record says that an outcome was unknown. */
  readonly explained: number;
  /** In words: what was accepted and is not there, not final, or without its mail. */
  readonly lost: readonly string[];
  /** In words: mails too many that no record explains, and messages recorded twice. */
  readonly unexplained: readonly string[];
  /** In words: what a producer was refused; every message of a run is valid. */
  readonly refused: readonly string[];
  /** Recipients that the server has accepted, repeats included: its own count. */
  readonly acceptedByServer: number;
  /** Recipients that the records say are accepted. */
  readonly acceptedByRecord: number;
  readonly unknownSpends: number;
}

/** A repeat that the server refused as one has its mail under the first; a made-up refusal has none. */
const DUPLICATE = 'DuplicateDelivery';
/** A row keeps its last attempts only: where there are so many, an earlier one may have been unknown. */
const ATTEMPTS_KEPT = 10;

/** Compares what producers were promised, what is recorded, and what is in the inbox. Pure. */
export function judge({ receipts, records, details, mails }: Evidence): Verdict {
  const inbox = makeInbox(mails);
  const byReference = Map.groupBy(records, ({ reference }) => reference);
  const lost: string[] = [];
  const unexplained: string[] = [];
  let accepted = 0;
  let unanswered = 0;
  let explained = 0;
  for (const { submission, result, ids } of receipts) {
    const name = `message ${submission.number}`;
    const [record, ...others] = byReference.get(`chaos-${submission.number}`) ?? [];
    if (record === undefined) {
      if (result === 'accepted') lost.push(`${name} (${ids.join(', ') || 'queue'}): not recorded`);
      else if (result === 'unsure') unanswered++;
      for (const address of submission.recipients) {
        if (inbox.mailsTo(address).length > 0) unexplained.push(`${address}: a mail of no recorded message`);
      }
    } else {
      accepted++;
      const strange = [...others.map(({ id }) => id), ...ids.filter((id) => id !== record.id)];
      if (strange.length > 0) unexplained.push(`${name}: ${record.id}, and also ${strange.join(', ')}`);
      if (!isFinal(record.status)) {
        lost.push(
          `${name} (${record.id}): still ${record.status}, waits for ${record.waitsFor ?? 'nothing'}`,
        );
      }
      const found = judgeMails(record, details.get(record.id), submission.recipients, inbox);
      lost.push(...found.lost);
      unexplained.push(...found.unexplained);
      explained += found.explained;
    }
  }
  const sum = (of: (record: MessageRecord) => number): number =>
    records.reduce((total, record) => total + of(record), 0);
  return {
    accepted,
    unanswered,
    byStatus: countBy(records.map(({ status }) => status)),
    mails: mails.length,
    explained,
    lost,
    unexplained,
    refused: receipts.flatMap(({ submission, result, said }) =>
      result === 'refused' ? [`message ${submission.number}: ${said ?? ''}`] : [],
    ),
    acceptedByServer: mails.reduce((total, { to }) => total + to.length, 0),
    acceptedByRecord: sum(({ counts }) => counts.accepted),
    unknownSpends: sum(({ counts }) => counts.unknownSpends),
  };
}

type Found = Pick<Verdict, 'lost' | 'unexplained' | 'explained'>;

function judgeMails(
  record: MessageRecord,
  detail: MessageDetail | undefined,
  addresses: readonly string[],
  inbox: Inbox,
): Found {
  const lost: string[] = [];
  const unexplained: string[] = [];
  let explained = 0;
  for (const address of addresses) {
    const mails = inbox.mailsTo(address);
    const about = detail?.recipients.find((recipient) => recipient.address === address);
    // Without its detail a message is one of which all is accepted, and nothing was ever unknown.
    const isAccepted = detail === undefined || about?.status === 'accepted';
    const unknowns = unknownAttempts(detail, about?.delivery);
    const what = `${address} of ${record.id} (${record.status})`;
    const identities = [...new Set(mails.map(({ identity }) => identity))];
    if (mails.length === 0 && isAccepted && about?.reply?.includes(DUPLICATE) !== true) {
      lost.push(`${what}: accepted, and no mail`);
    } else if (identities.length > 1) {
      const seen = mails.map(({ id, messageId }) => `${messageId} in ${id}`).join(', ');
      unexplained.push(`${what}: under ${identities.length} identities: ${seen}`);
    } else if (mails.length - (isAccepted ? 1 : 0) > unknowns) {
      unexplained.push(`${what}: ${mails.length} mails, ${unknowns} unknown attempts, ${about?.status}`);
    } else if (mails.length > 1) {
      explained += mails.length - 1;
    }
  }
  return { lost, unexplained, explained };
}

/** How many attempts of a delivery the record calls unknown for anybody. */
function unknownAttempts(detail: MessageDetail | undefined, delivery: number | undefined): number {
  const attempts = detail?.deliveries.find((one) => one.delivery === delivery)?.attempts ?? [];
  const unknown = attempts.filter((attempt) => attempt.unknown > 0).length;
  return attempts.length < ATTEMPTS_KEPT ? unknown : Math.max(unknown, detail?.counts.unknownSpends ?? 0);
}

function countBy(values: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]),
  );
}
