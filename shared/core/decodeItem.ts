/**
 * What an item of the outbox says: a message as JSON, the same in base64 (what many Storage clients make of it by
 * themselves), or a claim check, `{ "$ref": "mail-content/…" }`, whose blob holds the message.
 *
 * The Functions worker parses an item that is JSON before anybody asks, so an item may already be an object or a number.
 */
import { parseContentPath } from './contentPath.ts';
import type { Problem } from './message.ts';
import { base64Flaw } from './messageFields.ts';
import { describeType, makeProblem } from './messageProblems.ts';
import { isRecord } from './messageRelations.ts';

export type DecodedItem =
  /** Any JSON value: `parseMessage` says whether it is a message. */
  | { readonly kind: 'message'; readonly value: unknown }
  /** `path` is the blob's name in the producers' container. */
  | { readonly kind: 'claimCheck'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly problems: readonly Problem[] };

export type DecodedBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const REFERENCE = '$ref';
const BYTE_ORDER_MARK = '\uFEFF';
/** How every UTF-16 text begins that a .NET or PowerShell client wrote. */
const UTF16_MARKS = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

export function decodeItem(item: unknown): DecodedItem {
  if (typeof item !== 'string') return recognise(item);
  const decoded = decodeText(item);
  return decoded.ok ? recognise(decoded.value) : { kind: 'unreadable', problems: decoded.problems };
}

/** A message's JSON in UTF-8: the blob of a claim check, or the body of a request. */
export function decodeBody(bytes: Uint8Array): DecodedBody {
  if (UTF16_MARKS.some(([first, second]) => bytes[0] === first && bytes[1] === second)) {
    return failed('utf8_invalid', 'expected JSON in UTF-8; got UTF-16');
  }
  let text: string;
  try {
    // The decoder takes a byte order mark away.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return failed('utf8_invalid', `expected JSON in UTF-8; got ${bytes.length} bytes that are not UTF-8`);
  }
  return parseJson(text);
}

function decodeText(text: string): DecodedBody {
  const trimmed = withoutMark(text).trim();
  if (trimmed === '') return failed('json_invalid', 'expected a message as JSON; got nothing');
  // No JSON of a message begins like base64, nor the other way round.
  const compact = trimmed.replaceAll(/[\r\n]+/g, '');
  if (/^[A-Za-z0-9+/_-]{2,}={0,2}$/.test(compact) && !isJson(trimmed)) return decodeBase64(compact);
  return parseJson(trimmed);
}

function decodeBase64(compact: string): DecodedBody {
  const flaw = base64Flaw(compact);
  if (flaw !== null) return failed('base64_invalid', `expected JSON, or base64 of it; got ${flaw}`);
  const decoded = decodeBody(Buffer.from(compact, 'base64'));
  return decoded.ok
    ? decoded
    : {
        ok: false,
        problems: decoded.problems.map(({ pointer, code, detail }) => ({
          pointer,
          code,
          detail: `taken as base64: ${detail}`,
        })),
      };
}

function recognise(value: unknown): DecodedItem {
  if (!isRecord(value) || !Object.hasOwn(value, REFERENCE)) return { kind: 'message', value };
  const problems: Problem[] = [];
  for (const name of Object.keys(value)) {
    if (name === REFERENCE) continue;
    const detail = 'a claim check has no other field; the whole message is in its blob';
    problems.push(makeProblem([name], 'claim_check_invalid', detail));
  }
  const reference = value[REFERENCE];
  if (typeof reference !== 'string') {
    const detail = `expected the container and name of a blob; got ${describeType(reference)}`;
    return {
      kind: 'unreadable',
      problems: [makeProblem([REFERENCE], 'claim_check_invalid', detail), ...problems],
    };
  }
  const parsed = parseContentPath(reference, false);
  if (!parsed.ok) problems.unshift(makeProblem([REFERENCE], parsed.code, parsed.detail));
  return parsed.ok && problems.length === 0
    ? { kind: 'claimCheck', path: parsed.path }
    : { kind: 'unreadable', problems };
}

/** The parser's own message is not passed on: it quotes the text. */
function parseJson(text: string): DecodedBody {
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1];
    const place = position === undefined ? '' : `, wrong from position ${Number(position) + 1} on`;
    return failed('json_invalid', `expected a message as JSON; got ${text.length} characters${place}`);
  }
}

function isJson(text: string): boolean {
  return parseJson(text).ok;
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function failed(code: 'json_invalid' | 'base64_invalid' | 'utf8_invalid', detail: string): DecodedBody {
  return { ok: false, problems: [makeProblem([], code, detail)] };
}
