/** One message as a person reads it: what it is, how it went, and for whom it went wrong and why. */
import { roomWords } from '../shared/core/reportWords.ts';
import type { MessageDetail } from './answers.ts';
import { colourOf } from './paint.ts';
import { shortTime, showNumber, type Column, type Screen } from './screen.ts';

type Recipient = MessageDetail['recipients'][number];
/** A message of thousands: those that went well are counted, not listed. */
const RECIPIENTS_AT_MOST = 100;

export function showMessage(screen: Screen, message: MessageDetail): void {
  const { counts, recipients } = message;
  // A script goes by the room's name.
  const isPlain = screen.format === 'plain';
  screen.facts([
    { label: 'Message', value: message.id },
    { label: 'Status', value: message.status, colour: colourOf(message.status) },
    { label: 'Subject', value: message.subject },
    { label: 'App', value: message.app },
    { label: 'From', value: message.from },
    { label: 'Reference', value: message.reference },
    { label: 'Idempotency key', value: message.idempotencyKey },
    { label: 'Tags', value: message.tags.join(', ') },
    { label: 'Priority', value: message.priority },
    { label: 'Created', value: shortTime(message.createdAt) },
    { label: 'Updated', value: shortTime(message.updatedAt) },
    {
      label: 'Waits for',
      value: isPlain || message.waitsFor === null ? message.waitsFor : roomWords(message.waitsFor),
    },
    { label: 'Next attempt', value: shortTime(message.nextAttemptAt) },
    {
      label: 'Recipients',
      value: `${showNumber(counts.recipients)}: ${showNumber(counts.accepted)} accepted, ${showNumber(counts.failed)} failed, ${showNumber(counts.unknown)} unknown, ${showNumber(counts.waiting)} waiting`,
    },
    ...message.problems.map(({ pointer, code, detail }) => ({
      label: 'Problem',
      value: `${pointer === '' ? '(whole)' : pointer} ${code}: ${detail}`,
      colour: 'red' as const,
    })),
  ]);
  showTimeLine(screen, message);
  // In a pipe everybody has a line; a person wants to know for whom it went wrong.
  const shown = isPlain ? recipients : whatMatters(recipients);
  if (shown.length > 0) {
    heading(screen, 'Recipients');
    screen.table(COLUMNS, shown, '');
    const hidden = recipients.length - shown.length;
    if (hidden > 0) screen.say(screen.paint('dim', `and ${showNumber(hidden)} more (--json has all)`));
  }
  if (isPlain) return;
  for (const why of reasonsOf(recipients)) {
    screen.say();
    screen.facts(why);
  }
}

/** What went wrong, each reason once with how many it is about. */
export function reasonsOf(recipients: readonly Recipient[]) {
  const bad = recipients.filter(({ status, cause }) => status !== 'accepted' && cause !== null);
  // Not Map.groupBy: the bundle also runs on Node 20.
  const byReason = new Map<string, Recipient[]>();
  for (const recipient of bad) {
    const reason = JSON.stringify([recipient.cause, recipient.remedy, recipient.reply]);
    byReason.set(reason, [...(byReason.get(reason) ?? []), recipient]);
  }
  return [...byReason.values()].map((alike) => {
    const { cause, remedy, reply } = alike[0]!;
    return [
      {
        label: 'Cause',
        value: `${cause ?? ''}${alike.length > 1 ? ` (${alike.length} recipients)` : ''}`,
        colour: 'yellow' as const,
      },
      { label: 'Remedy', value: remedy, colour: 'bold' as const },
      { label: 'Reply', value: reply, colour: 'dim' as const },
    ];
  });
}

function showTimeLine(screen: Screen, { createdAt, deliveries }: MessageDetail): void {
  const attempts = deliveries.flatMap(({ delivery, attempts, messageId }) =>
    attempts.map((attempt) => ({ delivery, messageId, ...attempt })),
  );
  if (attempts.length === 0) return;
  heading(screen, 'Time line');
  const rows = [
    { at: createdAt, what: 'accepted by the app', account: '' },
    ...attempts
      .toSorted((a, b) => (a.at < b.at ? -1 : 1))
      .map(({ at, account, delivery, attempt, accepted, refused, unknown }) => ({
        at,
        account,
        what: `delivery ${delivery}, attempt ${attempt}: ${accepted} accepted, ${refused} refused, ${unknown} unknown`,
      })),
  ];
  const last = rows.slice(-RECIPIENTS_AT_MOST);
  screen.table<(typeof rows)[number]>(
    [
      { title: 'At', of: ({ at }) => (screen.format === 'plain' ? at : shortTime(at)) },
      { title: 'What', of: ({ what }) => what, isElastic: true },
      { title: 'Account', of: ({ account }) => account, isElastic: true },
    ],
    screen.format === 'plain' ? rows : last,
    '',
  );
}

function heading(screen: Screen, text: string): void {
  if (screen.format === 'plain') screen.line('');
  screen.say();
  screen.say(screen.paint('bold', text));
}

/** Who did not get it first. */
function whatMatters(recipients: readonly Recipient[]): Recipient[] {
  const rank = ({ status }: Recipient): number => (status === 'accepted' || status === 'captured' ? 1 : 0);
  return recipients.toSorted((a, b) => rank(a) - rank(b)).slice(0, RECIPIENTS_AT_MOST);
}

const COLUMNS: readonly Column<Recipient>[] = [
  { title: 'Address', of: ({ address }) => address, isElastic: true },
  { title: 'Status', of: ({ status }) => status, colour: ({ status }) => colourOf(status) },
  { title: 'Delivery', of: ({ delivery }) => delivery, align: 'right' },
  { title: 'Cause', of: ({ status, cause }) => (status === 'accepted' ? null : cause), isElastic: true },
  { title: 'Remedy', of: ({ status, remedy }) => (status === 'accepted' ? null : remedy), isElastic: true },
];
