/** The OpenAPI document as docs/api.md shows it. */
import type { JsonObject } from '../../../../shared/core/api/components.ts';
import { API_PROBLEMS } from '../../../../shared/core/api/problemCodes.ts';
import type { DocumentChecker, DocumentedOperation } from './documentChecker.ts';

const ROLES: Readonly<Record<string, string>> = {
  'Mail.Submit': 'producer (and operator)',
  'Mail.Operate': 'operator',
};

/** A table of all, then each by itself. */
export function renderOperations({ operations, response }: DocumentChecker): string {
  const rows = operations.map(
    (operation) =>
      `| [\`${operation.method} /api${operation.path}\`](#${operation.name.toLowerCase()}) | ${String(operation.object['summary'])} | ${roleOf(operation)} |`,
  );
  const sections = operations.map((operation) => renderOperation(operation, response));
  return ['| call | what it does | who |', '|---|---|---|', ...rows, '', sections.join('\n\n')].join('\n');
}

export function renderProblems(): string {
  const rows = Object.entries(API_PROBLEMS).map(
    ([code, { status, meaning, remedy }]) => `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`,
  );
  return ['| code | status | meaning | what to do |', '|---|---|---|---|', ...rows].join('\n');
}

function roleOf({ object }: DocumentedOperation): string {
  const [, entra] = (object['security'] ?? []) as readonly { entra?: readonly string[] }[];
  const [role] = entra?.entra ?? [];
  return role === undefined ? 'anyone' : (ROLES[role] ?? role);
}

function renderOperation(operation: DocumentedOperation, response: DocumentChecker['response']): string {
  const { name, method, path, object } = operation;
  const parameters = (object['parameters'] ?? []) as readonly JsonObject[];
  const statuses = Object.keys(object['responses'] as object);
  const answers = statuses.flatMap((status) => {
    const found = response(operation, Number(status));
    return found === undefined || isCommon(status, found) ? [] : [{ status, found }];
  });
  return [
    `### ${name}`,
    '',
    `\`${method} /api${path}\` · ${roleOf(operation)}`,
    '',
    String(object['description']),
    '',
    ...(parameters.length === 0
      ? []
      : ['| parameter | in | meaning |', '|---|---|---|', ...parameters.map(renderParameter), '']),
    ...renderBody(object),
    '| status | answer |',
    '|---|---|',
    ...answers.map(({ status, found }) => `| ${status} | ${renderAnswer(found)} |`),
    '',
    ...renderExample(answers),
  ]
    .join('\n')
    .trimEnd();
}

/** Of who calls and of the service itself: said once for all. */
function isCommon(status: string, { content }: JsonObject): boolean {
  return ['401', '403', '500', '503'].includes(status) && !('application/json' in (content as object));
}

function renderParameter({ name, in: place, required, description, schema }: JsonObject): string {
  const {
    enum: words,
    minimum,
    maximum,
    maxLength,
  } = schema as {
    enum?: readonly unknown[];
    minimum?: number;
    maximum?: number;
    maxLength?: number;
  };
  const bounds = [
    ...(words === undefined ? [] : [`One of ${words.map((word) => `\`${String(word)}\``).join(', ')}.`]),
    ...(minimum === undefined ? [] : [`${minimum} to ${maximum}.`]),
    ...(maxLength === undefined ? [] : [`At most ${maxLength} characters.`]),
  ];
  const presence = required === true && place !== 'path' ? ', required' : '';
  return `| \`${String(name)}\` | ${String(place)}${presence} | ${[description, ...bounds].join(' ')} |`;
}

function renderBody(object: JsonObject): string[] {
  const body = object['requestBody'] as
    | { required: boolean; content: Record<string, { examples: Record<string, { value: unknown }> }> }
    | undefined;
  if (body === undefined) return [];
  const examples = Object.values(body.content['application/json']!.examples);
  return [
    body.required ? 'Takes:' : 'Takes, or nothing:',
    ...examples.flatMap(({ value }) => ['', '```json', formatJson(value), '```']),
    '',
  ];
}

function renderAnswer({ description, headers = {} }: JsonObject): string {
  const names = Object.keys(headers as object).map((header) => `\`${header}\``);
  return names.length === 0 ? String(description) : `${String(description)} Headers: ${names.join(', ')}.`;
}

/** Of the first good one. */
function renderExample(
  answers: readonly { readonly status: string; readonly found: JsonObject }[],
): string[] {
  const good = answers.find(({ status }) => status.startsWith('2'));
  const content = good?.found['content'] as Readonly<Record<string, JsonObject>> | undefined;
  const { example } = content?.['application/json'] ?? {};
  if (example === undefined) return [];
  return [`${good!.status}:`, '', '```json', formatJson(example), '```'];
}

const LINE_WIDTH = 110;

/** What fits on a line stands on one. */
function formatJson(value: unknown, indent = ''): string {
  const line = formatLine(value);
  if (indent.length + line.length <= LINE_WIDTH || typeof value !== 'object' || value === null) return line;
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item: unknown) => deeper + formatJson(item, deeper))
    : Object.entries(value).map(([key, inner]) => `${deeper}"${key}": ${formatJson(inner, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

function formatLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(([key, inner]) => `"${key}": ${formatLine(inner)}`).join(', ')} }`;
}
