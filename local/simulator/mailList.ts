import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StoredMail } from './mailStore.ts';

/** So many mails are put into words at a time; between two portions other requests and SMTP get their turn. */
const PORTION = 500;

export interface MailListQuery {
  /** Only those that came before this one; for the next page of a list. */
  readonly before: string | null;
  /** Null: all. */
  readonly limit: number | null;
  /** Only those with this in sender, recipients, subject, account or Message-ID; '' for all. */
  readonly search: string;
}

/** The mails that a query asks for, newest first. */
export function* selectMails(mails: readonly StoredMail[], query: MailListQuery): Generator<StoredMail> {
  const wanted = query.search.toLowerCase();
  const beforeIndex = query.before === null ? -1 : mails.findLastIndex((mail) => mail.id === query.before);
  let left = query.limit ?? Infinity;
  for (let i = (beforeIndex < 0 ? mails.length : beforeIndex) - 1; i >= 0 && left > 0; i--) {
    const mail = mails[i];
    if (mail !== undefined && (wanted === '' || mentions(mail, wanted))) {
      left--;
      yield mail;
    }
  }
}

function mentions(mail: StoredMail, wanted: string): boolean {
  return [mail.subject, mail.from, mail.account, mail.messageId ?? '', ...mail.to].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}

/** Writes the mails as one bare JSON array, in portions, as fast as the client reads. */
export async function sendMailList(response: ServerResponse, mails: Iterable<StoredMail>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  try {
    await pipeline(Readable.from(jsonPortions(mails)), response);
  } catch (error) {
    // A client that has seen enough is no failure of the inbox.
    if (!response.destroyed) throw error;
  }
}

function* jsonPortions(mails: Iterable<StoredMail>): Generator<string> {
  let portion: string[] = [];
  let separator = '[';
  for (const mail of mails) {
    portion.push(JSON.stringify(mail));
    if (portion.length === PORTION) {
      yield separator + portion.join(',');
      separator = ',';
      portion = [];
    }
  }
  yield portion.length > 0 || separator === '[' ? `${separator}${portion.join(',')}]` : ']';
}
