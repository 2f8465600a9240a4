/**
 * Lists of addresses as people and Outlook write them: `a@b.com`, `Name <a@b.com>`, `"Last, First" <a@b.com>`, separated
 * by `;` or `,`; empty entries and a trailing separator mean nothing.
 */
import { addressKey, checkAddress } from './emailAddress.ts';
import { headerTextFlaw } from './headerText.ts';
import type { Mailbox, Message } from './message.ts';

/** Exchange's own limit for a display name. */
export const MAX_DISPLAY_NAME_LENGTH = 256;
/** No message may have nearly as many recipients: a longer list is not even read. */
export const MAX_ADDRESSES = 10_000;

export interface AddressProblem {
  readonly code:
    | 'address_invalid'
    | 'address_not_ascii'
    | 'control_character'
    | 'too_long'
    | 'too_many_recipients';
  readonly detail: string;
}

export interface AddressList {
  readonly mailboxes: readonly Mailbox[];
  /** Each one names its entry by number and length; addresses are not repeated. */
  readonly problems: readonly AddressProblem[];
}

interface Entry {
  /** What stands before the `<`, or the whole. */
  readonly before: string;
  /** What stands from the `<` on, null where there is none. */
  readonly bracketed: string | null;
}

/** All addresses of the text, and everything that is wrong with it. */
export function parseAddressList(text: string): AddressList {
  const flaw = headerTextFlaw(text);
  if (flaw !== null) return { mailboxes: [], problems: [{ code: 'control_character', detail: flaw }] };
  const { entries, isQuoteOpen } = splitEntries(text);
  if (entries.length > MAX_ADDRESSES) return { mailboxes: [], problems: [tooManyAddresses()] };
  const mailboxes: Mailbox[] = [];
  const problems: AddressProblem[] = [];
  if (isQuoteOpen) {
    problems.push({ code: 'address_invalid', detail: 'a quotation mark is opened and not closed' });
    return { mailboxes, problems };
  }
  for (const [index, entry] of entries.entries()) {
    const parsed = parseEntry(entry);
    if ('address' in parsed) mailboxes.push(parsed);
    else {
      const length = entry.before.length + (entry.bracketed?.length ?? 0);
      const place =
        entries.length === 1 ? `${length} characters` : `entry ${index + 1}, ${length} characters`;
      problems.push({ code: parsed.code, detail: `${place}: ${parsed.detail}` });
    }
  }
  return { mailboxes, problems };
}

/** An address given by itself, as in `{ address, displayName }`. */
export function parseBareAddress(text: string): { readonly address: string } | AddressProblem {
  const flaw = headerTextFlaw(text);
  if (flaw !== null) return { code: 'control_character', detail: flaw };
  const check = checkAddress(text.trim());
  return check.ok
    ? { address: check.address }
    : { code: check.code, detail: `${text.length} characters: ${check.detail}` };
}

/** `Name <a@b.com>`, quoted where it has to be: `parseAddressList` gives the same back. */
export function formatMailbox({ address, displayName }: Mailbox): string {
  if (displayName === null) return address;
  const isPlain = /^[\p{L}\p{N} .'_-]+$/u.test(displayName) && displayName.trim() === displayName;
  return isPlain
    ? `${displayName} <${address}>`
    : `"${displayName.replaceAll(/["\\]/g, String.raw`\$&`)}" <${address}>`;
}

/** The message's recipients, each mailbox once, where it stands first: to, then cc, then bcc. */
export function distinctRecipients({ to, cc, bcc }: Pick<Message, 'to' | 'cc' | 'bcc'>): readonly string[] {
  const addresses = new Map<string, string>();
  for (const { address } of [...to, ...cc, ...bcc]) {
    const key = addressKey(address);
    if (!addresses.has(key)) addresses.set(key, address);
  }
  return [...addresses.values()];
}

export function tooManyAddresses(): AddressProblem {
  return {
    code: 'too_many_recipients',
    detail: `more than ${MAX_ADDRESSES} addresses: use several messages or a distribution list`,
  };
}

function parseEntry({ before, bracketed }: Entry): Mailbox | AddressProblem {
  if (bracketed === null) {
    const check = checkAddress(before);
    if (check.ok) return { address: check.address, displayName: null };
    const hint = before.includes('@') ? '' : '; a display name with a comma in it needs quotation marks';
    return { code: check.code, detail: check.detail + hint };
  }
  if (!bracketed.endsWith('>'))
    return { code: 'address_invalid', detail: 'a < is not closed by > at the end' };
  const check = checkAddress(bracketed.slice(1, -1).trim());
  if (!check.ok) return { code: check.code, detail: check.detail };
  const displayName = unquote(before);
  if (displayName.length > MAX_DISPLAY_NAME_LENGTH) {
    const detail = `its display name has ${displayName.length} characters, at most ${MAX_DISPLAY_NAME_LENGTH} are allowed`;
    return { code: 'too_long', detail };
  }
  return { address: check.address, displayName: displayName === '' ? null : displayName };
}

/** Quotation marks go, what stands in them stays to the letter; a backslash in them quotes the next character. */
function unquote(text: string): string {
  return text.replaceAll(/"((?:[^"\\]|\\.)*)"/gs, (_, quoted: string) => quoted.replaceAll(/\\(.)/gs, '$1'));
}

/** Ends early, with one entry too many, where the list is far too long. */
function splitEntries(text: string): { entries: Entry[]; isQuoteOpen: boolean } {
  const entries: Entry[] = [];
  let start = 0;
  let bracket = -1;
  let isQuoted = false;
  for (let at = 0; at <= text.length && entries.length <= MAX_ADDRESSES; at += 1) {
    const character = text[at];
    if (isQuoted) {
      if (character === '\\') at += 1;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === '<' && bracket === -1) bracket = at;
    else if (character === undefined || character === ';' || character === ',') {
      const before = text.slice(start, bracket === -1 ? at : bracket).trim();
      const bracketed = bracket === -1 ? null : text.slice(bracket, at).trim();
      if (before !== '' || bracketed !== null) entries.push({ before, bracketed });
      start = at + 1;
      bracket = -1;
    }
  }
  return { entries, isQuoteOpen: isQuoted };
}
