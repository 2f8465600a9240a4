/**
 * A message as it is stored, its payload: JSON in UTF-8. Written and read nowhere else.
 *
 * To read one for sending, large attachments are taken out as bytes before the JSON is parsed: as text they would lie in the
 * heap twice, beside their bytes.
 */
import type { Message } from './message.ts';

export interface OpenedPayload {
  /** What was taken out has its place in `files` in the place of its base64. */
  readonly message: Message;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * How the base64 of an attachment begins. Nothing else is written like it: in a text its quotation marks would be escaped, and
 * no other field has an object in it whose name a producer chooses.
 */
const BASE64_BEGINS = Buffer.from('"content":{"kind":"inline","base64":"');
const QUOTE = Buffer.from('"');
/** Shorter ones are left where they are. */
const LARGE_CHARACTERS = 64 * 1024;
/** Decoded at once; whole groups of base64. */
const STEP_CHARACTERS = 64 * 1024;

export function renderPayload(message: Message): string {
  return JSON.stringify(message);
}

export function parsePayload(json: Uint8Array): Message {
  return JSON.parse(new TextDecoder().decode(json));
}

export function openPayload(json: Uint8Array): OpenedPayload {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const files = new Map<string, Uint8Array>();
  const rest: Buffer[] = [];
  let restFrom = 0;
  for (let at = bytes.indexOf(BASE64_BEGINS); at !== -1; at = bytes.indexOf(BASE64_BEGINS, at)) {
    at += BASE64_BEGINS.length;
    const end = bytes.indexOf(QUOTE, at);
    if (end - at < LARGE_CHARACTERS) continue;
    // No base64 begins so.
    const place = `#${files.size}`;
    files.set(place, decodeBase64(bytes.subarray(at, end)));
    rest.push(bytes.subarray(restFrom, at), Buffer.from(place));
    restFrom = end;
    at = end;
  }
  return { message: parsePayload(Buffer.concat([...rest, bytes.subarray(restFrom)])), files };
}

/** Step by step, so that its text is never there as a whole. */
function decodeBase64(base64: Buffer): Uint8Array {
  const padding = base64.subarray(-2).toString('latin1').split('=').length - 1;
  const bytes = Buffer.allocUnsafeSlow((base64.length / 4) * 3 - padding);
  let to = 0;
  for (let at = 0; at < base64.length; at += STEP_CHARACTERS) {
    to += bytes.write(base64.toString('latin1', at, at + STEP_CHARACTERS), to, 'base64');
  }
  return bytes.subarray(0, to);
}
