/**
 * Who failed on a day, added up by cause while the record is read (pure). Bounded, whatever servers reply; and no address gets
 * into it: a cause may quote the reply, and a reply the recipient.
 */
import { ADDRESS_IN_TEXT } from './addressInText.ts';
import type { FailureOfDay, FailuresOfDay } from './records.ts';

export interface Failed {
  readonly messageId: string;
  readonly app: string;
  readonly cause: string;
  readonly remedy: string;
  /** 0: the message was refused before it had recipients. */
  readonly recipients: number;
}

export interface FailureCount {
  add(failed: Failed): void;
  result(): FailuresOfDay;
}

/** Causes that a report names: a mail is read, and the row of a day has thousands of scopes too. */
const CAUSES_NAMED = 15;
/** Causes kept apart while counting. Those that come up first after so many count among the others. */
const CAUSES_COUNTED = 1000;
/** Apps that are named with a cause: whom to ask. */
const APPS_NAMED = 5;

interface Tally {
  readonly cause: string;
  readonly remedy: string;
  recipients: number;
  readonly messages: Set<string>;
  /** Recipients by app. */
  readonly apps: Map<string, number>;
}

export function makeFailureCount(): FailureCount {
  const byCause = new Map<string, Tally>();
  const rest = emptyTally('', '');

  function tallyOf(cause: string, remedy: string): Tally {
    const key = `${cause}\n${remedy}`;
    const known = byCause.get(key);
    if (known) return known;
    if (byCause.size >= CAUSES_COUNTED) return rest;
    const fresh = emptyTally(cause, remedy);
    byCause.set(key, fresh);
    return fresh;
  }

  return {
    add({ messageId, app, cause, remedy, recipients }) {
      const tally = tallyOf(generalised(cause), generalised(remedy));
      tally.recipients += recipients;
      tally.messages.add(messageId);
      tally.apps.set(app, (tally.apps.get(app) ?? 0) + recipients);
    },

    result() {
      const tallies = [...byCause.values()].toSorted(byWeight);
      const others = [...tallies.slice(CAUSES_NAMED), rest];
      return {
        causes: tallies.slice(0, CAUSES_NAMED).map(viewTally),
        others: {
          recipients: others.reduce((sum, { recipients }) => sum + recipients, 0),
          messages: messagesOf(others).size,
        },
      };
    },
  };
}

/**
 * What is the same for all: without addresses, and without what a server adds to tell one transaction from another
 * (`[AM0PR01.prod.outlook.com 2026-11-24T08:00:00.000Z 08DE2A…]`, possibly cut off).
 */
export function generalised(text: string): string {
  return text
    .replaceAll(ADDRESS_IN_TEXT, '(address)')
    .replaceAll(/\[[^\]]*\d[^\]]*(?:\]|$)/g, '[…]')
    .replaceAll(/(?<![\w.-])(?=[\w-]*\d)[\w-]{16,}/g, '…')
    .trim();
}

function messagesOf(tallies: readonly Tally[]): Set<string> {
  const all = new Set<string>();
  for (const { messages } of tallies) for (const id of messages) all.add(id);
  return all;
}

function emptyTally(cause: string, remedy: string): Tally {
  return { cause, remedy, recipients: 0, messages: new Set(), apps: new Map() };
}

/** The most recipients first; the rest only so that a repeat gives the same order. */
function byWeight(a: Tally, b: Tally): number {
  return b.recipients - a.recipients || b.messages.size - a.messages.size || (a.cause < b.cause ? -1 : 1);
}

function viewTally({ cause, remedy, recipients, messages, apps }: Tally): FailureOfDay {
  const names = [...apps].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([app]) => app);
  return {
    cause,
    remedy,
    recipients,
    messages: messages.size,
    apps: names.slice(0, APPS_NAMED),
    moreApps: Math.max(0, names.length - APPS_NAMED),
  };
}
