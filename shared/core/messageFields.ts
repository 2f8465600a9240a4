/** The kinds of fields a message is made of: what each takes, what it becomes, how JSON Schema says it. */
import { z } from 'zod';
import { MAX_ADDRESSES, MAX_DISPLAY_NAME_LENGTH, parseAddressList, parseBareAddress } from './addressList.ts';
import { parseContentPath } from './contentPath.ts';
import { headerTextFlaw } from './headerText.ts';
import type { Mailbox } from './message.ts';
import { refuse } from './messageProblems.ts';
import { CONTAINERS } from './storageNames.ts';

/** A text on one line that says something. */
export function line(maxLength: number): z.ZodType<string, string> {
  return z
    .string()
    .superRefine((text, context) => {
      if (text.trim() === '') refuse(context, 'empty', 'expected a text that says something');
      checkLine(text, maxLength, context);
    })
    .meta({ minLength: 1, maxLength });
}

function checkLine(text: string, maxLength: number, context: z.core.$RefinementCtx): void {
  if (text.length > maxLength) {
    refuse(context, 'too_long', `${text.length} characters, at most ${maxLength} are allowed`);
  }
  const flaw = headerTextFlaw(text);
  if (flaw !== null) refuse(context, 'control_character', flaw);
}

/** One of a few words. "High" is taken for "high": that is how Outlook's connectors write them. */
export function choice<const T extends string>(words: readonly [T, ...T[]]): z.ZodType<T, string> {
  return z
    .string()
    .transform((word) => word.toLowerCase())
    .pipe(z.enum(words))
    .meta({ enum: words });
}

/** ISO 8601 with an offset, to milliseconds since the epoch. */
export const instant: z.ZodType<number, string> = z
  .string()
  .transform((text, context): number => {
    const ms = parseInstantMs(text);
    if (ms !== null) return ms;
    const detail = `expected an instant with an offset such as 2026-11-24T08:00:00Z or 2026-11-24T09:00:00+01:00; got ${text.length} characters`;
    refuse(context, 'time_invalid', detail);
    return z.NEVER;
  })
  .meta({ format: 'date-time' });

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

export function parseInstantMs(text: string): number | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const [, year, month, day] = match;
  // Date.parse takes 30 February for 2 March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isDay = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const ms = Date.parse(text);
  return isDay && Number.isFinite(ms) ? ms : null;
}

const displayName = z
  .string()
  .superRefine((text, context) => checkLine(text, MAX_DISPLAY_NAME_LENGTH, context))
  .transform((text) => (text.trim() === '' ? null : text.trim()))
  .meta({ maxLength: MAX_DISPLAY_NAME_LENGTH })
  .nullish()
  .meta({ description: 'The name that mail programs show.', examples: ['Ann Lee'] });

const bareAddress = z
  .string()
  .transform((text, context): string => {
    const parsed = parseBareAddress(text);
    if ('address' in parsed) return parsed.address;
    refuse(context, parsed.code, parsed.detail);
    return z.NEVER;
  })
  .meta({ description: 'The e-mail address alone.', examples: ['ann@contoso.com'] });

const addressText = z
  .string()
  .transform((text, context): readonly Mailbox[] => {
    const { mailboxes, problems } = parseAddressList(text);
    for (const { code, detail } of problems) refuse(context, code, detail);
    return mailboxes;
  })
  .meta({
    id: 'AddressText',
    description:
      'One or many addresses, separated by ";" or ",": a@b.com, Name <a@b.com>, "Last, First" <a@b.com>.',
    examples: ['ann@contoso.com', '"Lee, Ann" <ann@contoso.com>; bob@contoso.com'],
  });

const mailboxObject = z
  .strictObject({ address: bareAddress, displayName })
  .transform((mailbox): readonly Mailbox[] => [
    { address: mailbox.address, displayName: mailbox.displayName ?? null },
  ])
  .meta({ id: 'Mailbox' });

/** One or many mailboxes in any form. */
export const mailboxes = z
  .union([
    addressText,
    mailboxObject,
    z
      .array(z.union([addressText, mailboxObject, z.null().transform((): readonly Mailbox[] => [])]))
      .transform((entries): readonly Mailbox[] => entries.flat())
      .meta({ maxItems: MAX_ADDRESSES }),
  ])
  .meta({ id: 'Mailboxes' });

/** A part of keys in Table Storage, and nothing that looks like an address. */
const POOL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export interface From {
  readonly sender: string | null;
  readonly displayName: string | null;
}

const fromText = z
  .string()
  .transform((text, context): From => parseSender(text, context))
  .meta({ examples: ['hve@contoso.com', 'Payroll <hve@contoso.com>'] });

export const from: z.ZodType<From> = z.union([
  fromText,
  z
    .strictObject({
      address: z
        .string()
        .transform((text, context) => parseSender(text, context).sender)
        .nullish()
        .meta({ description: "A sender account's address, or the name of a pool." }),
      displayName,
    })
    .transform((mailbox): From => ({
      sender: mailbox.address ?? null,
      displayName: mailbox.displayName ?? null,
    })),
]);

/** An address (with a display name, perhaps) or a pool's name. Blank: none. */
function parseSender(text: string, context: z.core.$RefinementCtx): From {
  if (/[@<]/.test(text)) {
    const { mailboxes, problems } = parseAddressList(text);
    for (const { code, detail } of problems) refuse(context, code, detail);
    const [mailbox] = mailboxes;
    if (mailboxes.length > 1)
      refuse(context, 'sender_invalid', `${mailboxes.length} addresses; expected one`);
    return { sender: mailbox?.address ?? null, displayName: mailbox?.displayName ?? null };
  }
  const flaw = headerTextFlaw(text);
  if (flaw !== null) refuse(context, 'control_character', flaw);
  else if (text.trim() !== '' && !POOL_NAME.test(text.trim())) {
    const detail = `expected a sender account's address or a pool's name; got ${text.length} characters`;
    refuse(context, 'sender_invalid', detail);
  }
  return { sender: text.trim() === '' ? null : text.trim(), displayName: null };
}

/** The names are kept in lower case, since keys in Table Storage know upper and lower case and people do not. */
export const APP_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export const appName: z.ZodType<string, string> = z
  .string()
  .transform((text) => text.toLowerCase())
  .superRefine((text, context) => {
    if (APP_NAME.test(text)) return;
    const detail = `expected up to 64 letters, digits, dots, hyphens and underscores; got ${text.length} characters`;
    refuse(context, text.trim() === '' ? 'empty' : 'app_invalid', detail);
  })
  .meta({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });

/** Base64 as RFC 4648 has it; line breaks go. An attachment of 10 MB is looked at once and copied only for those. */
export const base64: z.ZodType<string, string> = z
  .string()
  .transform((text, context): string => {
    const compact = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]+/g, '') : text;
    const flaw = base64Flaw(compact);
    if (flaw !== null) refuse(context, 'base64_invalid', flaw);
    return compact;
  })
  .meta({ contentEncoding: 'base64' });

/** Why the text, without line breaks, is no base64; null where it is. */
export function base64Flaw(text: string): string | null {
  if (/^data:/i.test(text)) return 'a data: address; give only what comes after "base64,"';
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const firstPadding = text.indexOf('=');
  const isPaddedInside = firstPadding !== -1 && firstPadding < text.length - padding;
  if (isPaddedInside || /[^A-Za-z0-9+/=]/.test(text)) {
    return `${text.length} characters, some of which are not in the base64 alphabet (A-Z a-z 0-9 + / and = at the end)`;
  }
  return text.length % 4 === 0
    ? null
    : `${text.length} characters; base64 has a multiple of 4, filled up with =`;
}

export const contentPath: z.ZodType<string, string> = z
  .string()
  .transform((text, context): string => {
    const parsed = parseContentPath(text, true);
    if (parsed.ok) return parsed.path;
    refuse(context, parsed.code, parsed.detail);
    return z.NEVER;
  })
  .meta({ examples: [`${CONTAINERS.content}/invoices/2026-11.pdf`, 'invoices/2026-11.pdf'] });
