import type { z } from 'zod';
import type { Problem } from './message.ts';
import { nearestName } from './nearestName.ts';

/** Every code a message's problem can have, with what it means: the table in docs/message.md is made of it. */
export const PROBLEM_CODES = {
  json_invalid: 'The text is not JSON.',
  base64_invalid: 'Neither the alphabet nor the padding of base64 (RFC 4648; line breaks are allowed).',
  utf8_invalid: 'The bytes are not UTF-8.',
  claim_check_invalid: '`$ref` is not a text, or other fields stand beside it.',
  required: 'A required field is missing or null.',
  type: 'A field has another JSON type than expected.',
  unknown_field: 'The contract has no such field.',
  empty: 'A text that must say something is empty.',
  too_long: 'A text is longer than allowed.',
  too_many: 'A list or an object has more entries than allowed.',
  value_not_allowed: 'The field takes one of a few words, and this is none of them.',
  control_character: 'A line break, NUL or another control character where the text goes into a header.',
  no_recipient: 'There is no recipient in to, cc and bcc.',
  no_body: 'Neither text nor html is given.',
  too_many_recipients: 'More recipients than one message can have.',
  address_invalid: 'Not an e-mail address.',
  address_not_ascii: 'A character before the @ that is not ASCII; not every server takes such addresses.',
  sender_invalid: 'Neither an address nor the name of a pool.',
  app_invalid: 'Not the name of an app: letters, digits, dots, hyphens, underscores; at most 64.',
  name_invalid: "An attachment's name with a path in it.",
  content_type_invalid: 'Not a media type such as application/pdf, or one that cannot be attached.',
  content_id_invalid: 'Not a content id, or one that stands twice.',
  content_missing: 'An attachment with neither contentInBase64 nor blob.',
  content_ambiguous: 'An attachment with both contentInBase64 and blob.',
  blob_invalid: "Not a blob's name.",
  blob_elsewhere: 'A blob outside the container mail-content, or an address.',
  header_not_allowed: 'A header that producers may not set.',
  header_duplicate: 'A header that stands twice, differing in case only.',
  header_invalid: 'A header with characters that it cannot have.',
  metadata_key_invalid:
    'Not a name for metadata: a letter, then letters, digits, dots, hyphens, underscores; at most 64.',
  time_invalid: 'Not an instant in ISO 8601 with an offset.',
  send_at_too_far: 'sendAt is more than a year ahead.',
  expires_in_past: 'expiresAt is over.',
  expires_before_send: 'expiresAt is not after sendAt.',
  sender_unknown: '`from` names no sender account of this deployment.',
  sender_not_allowed: 'The app may not send from that account or pool.',
  too_large: 'The message would be larger on the wire than HVE takes.',
  attachment_missing: 'The blob of an attachment is not in the container mail-content.',
  claim_check_missing: 'The blob that `$ref` names is not in the container mail-content.',
  claim_check_too_large: 'The blob that `$ref` names is larger than a message can be.',
  key_reused: 'The idempotency key was used with another body.',
  quota: 'The quota has no room for it, and the message says `onQuota: reject`.',
  keys_differ: 'The header Idempotency-Key and the field idempotencyKey say different things.',
  comes_back: 'The process ended each time it took the item.',
  more_problems: 'There are more problems than are listed.',
} as const;
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** A record of a message has to hold them. */
const MAX_PROBLEMS = 100;
/** A longer key is no typing error, and is not repeated. */
const MAX_POINTED_KEY_LENGTH = 64;

/** What producers write who come from Outlook's connectors, Microsoft Graph or other mail services. */
const MEANT: Readonly<Record<string, string>> = {
  body: 'text or html',
  content: 'text or html',
  plain: 'text',
  plaintext: 'text',
  ishtml: 'html instead of text',
  htmlbody: 'html',
  textbody: 'text',
  recipient: 'to',
  recipients: 'to',
  torecipients: 'to',
  ccrecipients: 'cc',
  bccrecipients: 'bcc',
  email: 'address',
  emailaddress: 'address',
  sender: 'from',
  title: 'subject',
  contentbytes: 'contentInBase64',
  base64: 'contentInBase64',
  contentbase64: 'contentInBase64',
  filename: 'name',
  mimetype: 'contentType',
  type: 'contentType',
  cid: 'contentId',
  path: 'blob',
  url: 'blob',
  isinline: 'disposition',
  internetmessageheaders: 'headers',
  sendafter: 'sendAt',
  scheduledat: 'sendAt',
  correlationid: 'reference',
  messageid: 'idempotencyKey or reference',
};

export function makeProblem(path: readonly PropertyKey[], code: ProblemCode, detail: string): Problem {
  const pointer = path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { pointer, code, detail };
}

/** The contract's problem inside a zod check: `path` leads on from the checked value. */
export function refuse(
  context: z.core.$RefinementCtx,
  code: ProblemCode,
  detail: string,
  path: readonly PropertyKey[] = [],
): void {
  context.addIssue({ code: 'custom', message: detail, params: { problem: code }, path: [...path] });
}

/** At most MAX_PROBLEMS, the last of which says how many are left out. */
export function capProblems(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const shown = problems.slice(0, MAX_PROBLEMS - 1);
  return [
    ...shown,
    makeProblem([], 'more_problems', `${problems.length - shown.length} more problems are not listed`),
  ];
}

export function describeType(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  // How Logic Apps hand on binary content.
  return '$content' in value ? 'an object with $content; give what that field holds' : 'an object';
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** A zod issue in the contract's words. `input` is the value that was parsed, `base` where that stands in the message. */
export function problemsOfIssue(
  issue: z.core.$ZodIssue,
  input: unknown,
  fieldsAt: (path: readonly PropertyKey[]) => readonly string[],
  base: readonly PropertyKey[] = [],
): Problem[] {
  const path = [...base, ...issue.path];
  const value = valueAt(input, issue.path);
  switch (issue.code) {
    case 'custom': {
      const code: unknown = issue.params?.['problem'];
      return [makeProblem(path, isProblemCode(code) ? code : 'type', issue.message)];
    }
    case 'unrecognized_keys':
      return issue.keys
        .slice(0, MAX_PROBLEMS + 1)
        .map((key) => describeUnknownField(path, key, fieldsAt(path)));
    case 'invalid_union':
      return problemsOfUnion(issue.errors, value, fieldsAt, path);
    case 'invalid_value': {
      const expected = issue.values.map((word) => `"${String(word)}"`).join(', ');
      return [makeProblem(path, 'value_not_allowed', `expected ${expected}; got ${describeType(value)}`)];
    }
    case 'invalid_type': {
      const expected = TYPE_WORDS[issue.expected] ?? issue.expected;
      return value === undefined || value === null
        ? [makeProblem(path, 'required', `expected ${expected}; got ${describeType(value)}`)]
        : [makeProblem(path, 'type', `expected ${expected}; got ${describeType(value)}`)];
    }
    // The contract's own checks are all custom ones: these come of no field of it.
    case 'too_big':
    case 'too_small':
    case 'not_multiple_of':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
      return [makeProblem(path, 'type', `got ${describeType(value)}`)];
  }
}

/** The options differ in their JSON type: the one that took the value's type says what is wrong with it. */
function problemsOfUnion(
  options: readonly (readonly z.core.$ZodIssue[])[],
  value: unknown,
  fieldsAt: (path: readonly PropertyKey[]) => readonly string[],
  path: readonly PropertyKey[],
): Problem[] {
  const expected: string[] = [];
  for (const issues of options) {
    const mismatch = issues.find((issue) => issue.code === 'invalid_type' && issue.path.length === 0);
    if (mismatch === undefined) {
      return issues.flatMap((issue) => problemsOfIssue(issue, value, fieldsAt, path));
    }
    if (mismatch.code === 'invalid_type') expected.push(TYPE_WORDS[mismatch.expected] ?? mismatch.expected);
  }
  return [makeProblem(path, 'type', `expected ${expected.join(' or ')}; got ${describeType(value)}`)];
}

function describeUnknownField(path: readonly PropertyKey[], key: string, fields: readonly string[]): Problem {
  if (key.length > MAX_POINTED_KEY_LENGTH) {
    return makeProblem(path, 'unknown_field', `a field whose name has ${key.length} characters`);
  }
  const folded = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const meant = Object.hasOwn(MEANT, folded) ? (MEANT[folded] ?? null) : null;
  const isMeantHere = meant !== null && fields.some((field) => meant.split(/\W+/).includes(field));
  const nearest = isMeantHere ? meant : nearestName(key, fields);
  const detail = nearest === null ? `expected one of ${fields.join(', ')}` : `did you mean ${nearest}?`;
  return makeProblem([...path, key], 'unknown_field', detail);
}

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEM_CODES, code);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    const next: unknown = Reflect.get(value, key);
    value = next;
  }
  return value;
}
