/** The message that the options of `hve send` ask for, as the API takes it. The API judges it; here it is only put together. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { wrongUsage } from './cliError.ts';
import type { Call, Option } from './command.ts';

export const MESSAGE_OPTIONS = {
  to: { value: 'ADDRESS', isRepeatable: true, help: 'a recipient, as a@b or "Name <a@b>"' },
  cc: { value: 'ADDRESS', isRepeatable: true, help: 'a recipient of a copy' },
  bcc: { value: 'ADDRESS', isRepeatable: true, help: 'a recipient that nobody sees' },
  from: { value: 'ACCOUNT', help: 'a sender account or pool; default: the first account' },
  'reply-to': { value: 'ADDRESS', isRepeatable: true, help: 'where answers go' },
  subject: { value: 'TEXT', help: 'the subject' },
  text: { value: 'TEXT', help: 'the body as plain text' },
  html: { value: 'HTML', help: 'the body as HTML' },
  file: {
    value: 'FILE',
    isRepeatable: true,
    help: 'a file with the body: HTML if its name ends in .htm or .html, else plain text; - is stdin',
  },
  attach: { value: 'FILE', isRepeatable: true, help: 'a file to attach' },
  priority: { value: 'PRIORITY', help: 'critical, normal or bulk' },
  app: { value: 'NAME', help: 'the app in whose name it goes' },
  reference: { value: 'TEXT', help: 'a name to find it by' },
  tag: { value: 'TEXT', isRepeatable: true, help: 'a word to list messages by' },
  'idempotency-key': { value: 'KEY', help: 'the same key and message are sent once' },
  'send-at': { value: 'TIME', help: 'not before, like 2026-11-24T08:00:00Z' },
  'expires-at': { value: 'TIME', help: 'not after' },
  'on-quota': { value: 'WHAT', help: 'defer or reject, where the quota is used up' },
  capture: { help: 'does everything but send' },
} as const satisfies Readonly<Record<string, Option>>;

type Fields = Record<string, unknown>;

const KEY_BYTES = 12;

/** Throws wrong usage where a file cannot be read, or is not what it should be. */
export async function composeMessage(call: Call): Promise<Fields> {
  const [file] = call.operands;
  const fields: Fields = file === undefined ? {} : parseFields(file, await readText(call, file));
  const put = (name: string, value: unknown): void => {
    if (value !== null) fields[name] = value;
  };
  const many = (option: string): readonly string[] | null => {
    const values = call.texts(option);
    return values.length === 0 ? null : values;
  };
  put('to', many('to'));
  put('cc', many('cc'));
  put('bcc', many('bcc'));
  put('replyTo', many('reply-to'));
  put('tags', many('tag'));
  for (const name of ['from', 'subject', 'text', 'html', 'priority', 'app', 'reference'] as const)
    put(name, call.text(name));
  put('sendAt', call.text('send-at'));
  put('expiresAt', call.text('expires-at'));
  put('onQuota', call.text('on-quota'));
  put('mode', call.flag('capture') ? 'capture' : null);
  for (const body of call.texts('file'))
    put(/\.html?$/i.test(body) ? 'html' : 'text', await readText(call, body));
  const attached = await Promise.all(call.texts('attach').map((path) => attachmentOf(call, path)));
  if (attached.length > 0) {
    const before: readonly unknown[] = Array.isArray(fields['attachments']) ? fields['attachments'] : [];
    fields['attachments'] = [...before, ...attached];
  }
  put('idempotencyKey', call.text('idempotency-key'));
  fields['idempotencyKey'] ??= `hve-${randomBytes(KEY_BYTES).toString('hex')}`;
  return fields;
}

function parseFields(file: string, text: string): Fields {
  const name = file === '-' ? 'what came on stdin' : file;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrongUsage(`${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongUsage(`${name} is no message: a JSON object is expected (docs/message.md).`);
  }
  return { ...value };
}

async function attachmentOf(call: Call, path: string) {
  const bytes = await readBytes(call, path);
  const contentType = CONTENT_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
  return { name: basename(path), contentType, contentInBase64: bytes.toString('base64') };
}

async function readText(call: Call, path: string): Promise<string> {
  // A byte order mark is none of the text.
  const text = path === '-' ? await call.world.stdin.read() : (await readBytes(call, path)).toString('utf8');
  return text.replace(/^\ufeff/, '');
}

async function readBytes({ world }: Call, path: string): Promise<Buffer> {
  try {
    return await readFile(resolve(world.cwd, path));
  } catch (error) {
    throw wrongUsage(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Of what offices attach; anything else is a stream of bytes, which mail programs open by the name. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.ics': 'text/calendar',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  '.txt': 'text/plain',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
};
