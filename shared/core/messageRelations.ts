/**
 * What no field can say alone: which fields must come together, which names a producer may choose, how long lists may be.
 * All of it goes by the input as it came, so that it is checked whatever else is wrong.
 */
import { MAX_ADDRESSES, tooManyAddresses } from './addressList.ts';
import type { Problem } from './message.ts';
import { parseInstantMs } from './messageFields.ts';
import { makeProblem } from './messageProblems.ts';
import type { ProblemCode } from './messageProblems.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Outlook shows no more than a few; the rest is a producer's list gone wrong. */
export const MAX_REPLY_TO = 10;
export const MAX_ATTACHMENTS = 100;
export const MAX_TAGS = 10;
export const MAX_HEADERS = 50;
export const MAX_METADATA = 20;
/** RFC 5322 2.1.1: a line, and a header that cannot be folded is one. */
export const MAX_HEADER_OCTETS = 998;
/** A leap year. */
const MAX_AHEAD_MS = 366 * 86_400_000;

const MAX_ENTRIES: Readonly<Record<string, number>> = {
  to: MAX_ADDRESSES,
  cc: MAX_ADDRESSES,
  bcc: MAX_ADDRESSES,
  replyTo: MAX_REPLY_TO,
  attachments: MAX_ATTACHMENTS,
  tags: MAX_TAGS,
  headers: MAX_HEADERS,
  metadata: MAX_METADATA,
};

const HEADER_NAME =
  /^(?:X-[A-Za-z0-9-]{1,70}|List-[A-Za-z0-9-]{1,70}|In-Reply-To|References|Auto-Submitted)$/i;
/** Written by this app itself; the second says what to use instead. */
const OWN_HEADERS: Readonly<Record<string, string>> = {
  'x-original-to': 'it is set by this app where mail is redirected',
  'x-priority': 'use importance',
  'x-msmail-priority': 'use importance',
};
export const METADATA_KEY = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const PRINTABLE_ASCII = /^[\x20-\x7E]*$/;

/** Lists that are far too long, each as one problem; `rest` is the message without them. */
export function takeOversized(fields: Fields): {
  readonly rest: Fields;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const rest = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => {
      const max = Object.hasOwn(MAX_ENTRIES, name) ? MAX_ENTRIES[name] : undefined;
      const count = countEntries(value);
      if (max === undefined || count <= max) return true;
      problems.push(
        max === MAX_ADDRESSES
          ? makeProblem([name], 'too_many_recipients', tooManyAddresses().detail)
          : tooManyEntries(name, count, max),
      );
      return false;
    }),
  );
  return { rest, problems };
}

export function tooManyEntries(name: string, count: number, max: number): Problem {
  return makeProblem([name], 'too_many', `${count} entries, at most ${max} are allowed`);
}

export function checkRelations(fields: Fields, now: number): Problem[] {
  return [
    ...checkTimes(fields, now),
    ...checkAttachments(fields['attachments']),
    ...checkHeaders(fields['headers']),
    ...checkMetadata(fields['metadata']),
  ];
}

/** Goes by the whole message: a list that is far too long is still one. */
export function checkPresence(fields: Fields): Problem[] {
  const problems: Problem[] = [];
  if (isBlank(fields['to']) && isBlank(fields['cc']) && isBlank(fields['bcc'])) {
    problems.push(makeProblem(['to'], 'no_recipient', 'expected at least one address in to, cc or bcc'));
  }
  if (isAbsent(fields['text']) && isAbsent(fields['html'])) {
    problems.push(makeProblem(['text'], 'no_body', 'expected text or html'));
  }
  return problems;
}

function checkTimes(fields: Fields, now: number): Problem[] {
  const problems: Problem[] = [];
  const sendAt = instantOf(fields['sendAt']);
  const expiresAt = instantOf(fields['expiresAt']);
  if (sendAt !== null && sendAt > now + MAX_AHEAD_MS) {
    problems.push(makeProblem(['sendAt'], 'send_at_too_far', 'expected an instant at most a year ahead'));
  }
  if (expiresAt === null) return problems;
  if (expiresAt <= now) {
    const detail = `expected an instant after ${new Date(now).toISOString()}; it is over`;
    problems.push(makeProblem(['expiresAt'], 'expires_in_past', detail));
  }
  if (sendAt !== null && expiresAt <= sendAt) {
    problems.push(makeProblem(['expiresAt'], 'expires_before_send', 'expected an instant after sendAt'));
  }
  return problems;
}

function checkAttachments(attachments: unknown): Problem[] {
  if (!Array.isArray(attachments)) return [];
  const problems: Problem[] = [];
  const contentIds = new Set<string>();
  for (const [index, attachment] of attachments.entries()) {
    if (!isRecord(attachment)) continue;
    const { contentInBase64, blob, contentId } = attachment;
    const hasContent = (contentInBase64 ?? null) !== null;
    const hasBlob = (blob ?? null) !== null;
    if (hasContent === hasBlob) {
      const code = hasBlob ? 'content_ambiguous' : 'content_missing';
      problems.push(makeProblem(['attachments', index], code, 'expected either contentInBase64 or blob'));
    }
    if (typeof contentId !== 'string') continue;
    const bare = contentId.replaceAll(/^<|>$/g, '');
    if (contentIds.has(bare)) {
      const detail = 'another attachment has the same contentId';
      problems.push(makeProblem(['attachments', index, 'contentId'], 'content_id_invalid', detail));
    }
    contentIds.add(bare);
  }
  return problems;
}

function checkHeaders(headers: unknown): Problem[] {
  if (!isRecord(headers)) return [];
  const seen = new Set<string>();
  return Object.keys(headers).flatMap((name) => {
    const problem = (code: ProblemCode, detail: string): Problem[] => [
      makeProblem(['headers', name], code, detail),
    ];
    const folded = name.toLowerCase();
    if (!HEADER_NAME.test(name)) {
      return problem(
        'header_not_allowed',
        'only X-*, List-*, In-Reply-To, References and Auto-Submitted may be set',
      );
    }
    if (Object.hasOwn(OWN_HEADERS, folded)) {
      return problem('header_not_allowed', `not this one: ${OWN_HEADERS[folded]}`);
    }
    if (seen.has(folded)) return problem('header_duplicate', 'it stands here already, in other letters');
    seen.add(folded);
    const value = headers[name];
    if (typeof value !== 'string') return [];
    const octets = Buffer.byteLength(`${name}: ${value}`);
    if (value.length <= MAX_HEADER_OCTETS && octets > MAX_HEADER_OCTETS) {
      return problem('too_long', `${octets} octets with its name, at most ${MAX_HEADER_OCTETS} are allowed`);
    }
    if (!folded.startsWith('x-') && !PRINTABLE_ASCII.test(value)) {
      return problem('header_invalid', 'expected printable ASCII characters only');
    }
    return [];
  });
}

function checkMetadata(metadata: unknown): Problem[] {
  if (!isRecord(metadata)) return [];
  return Object.keys(metadata)
    .filter((key) => !METADATA_KEY.test(key))
    .map((key) =>
      makeProblem(
        ['metadata', key],
        'metadata_key_invalid',
        'expected a letter, then letters, digits, dots, hyphens and underscores, at most 64 in all',
      ),
    );
}

/** Nothing but separators and blanks: no address is meant. */
function isBlank(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((entry) => (entry ?? null) === null || isBlankText(entry));
  return (value ?? null) === null || isBlankText(value);
}

function isBlankText(value: unknown): boolean {
  return typeof value === 'string' && /^[\s;,]*$/.test(value);
}

function isAbsent(value: unknown): boolean {
  return (value ?? null) === null || value === '';
}

function instantOf(value: unknown): number | null {
  return typeof value === 'string' ? parseInstantMs(value) : null;
}

function countEntries(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 0;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
