import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ChangeEvents } from './changeEvents.ts';
import { parseFaultRequest } from './faultRequest.ts';
import type { FaultBook } from './faults.ts';
import { selectMails, sendMailList } from './mailList.ts';
import type { MailStore } from './mailStore.ts';
import { readAttachment, readMailHtml, viewMail } from './mailView.ts';
import { PAGE_PATH, sendPageFile } from './pageFiles.ts';
import { sendProblem } from './problem.ts';
import { REPLY_CATALOGUE } from './replyCatalogue.ts';

/** What the page tells a newcomer: where to send to and as whom. */
export interface InboxAbout {
  readonly smtp: { readonly host: string; readonly port: number };
  readonly accounts: readonly string[];
  readonly internalDomains: readonly string[];
  readonly externalAllowed: boolean;
  readonly maxRecipients: number | null;
  readonly maxBytes: number | null;
}

export interface RouteContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** What the groups of the route's path matched. */
  readonly parts: readonly string[];
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: RegExp;
  readonly answer: (context: RouteContext) => void | Promise<void>;
}

export interface InboxRoutesOptions {
  readonly store: MailStore;
  readonly faults: FaultBook;
  readonly events: ChangeEvents;
  readonly about: InboxAbout;
}

/** A fault is a few words; what is larger is no fault. */
const MAX_BODY_BYTES = 16_384;

/**
 * The mail's HTML runs in a sandbox of its own: no script, no form, no request to anywhere, so a remote picture does
 * not load. Links may open a new tab, as people try out the links they mail.
 */
const MAIL_POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/** Links open a tab of their own; what the mail leaves open looks as in most mail programs. */
const MAIL_DOCUMENT_HEAD =
  '<!doctype html><base target="_blank"><style>:root{font:15px/1.4 Calibri,Carlito,Arial,sans-serif}</style>';

/** The inbox's whole API, beside the page itself. */
export function makeInboxRoutes({ store, faults, events, about }: InboxRoutesOptions): readonly Route[] {
  const withMail =
    (show: (raw: Buffer, context: RouteContext) => void | Promise<void>) =>
    async (context: RouteContext): Promise<void> => {
      const id = context.parts[0] ?? '';
      const raw = await store.readRaw(id);
      if (raw !== null) return show(raw, context);
      sendProblem(context.response, 404, 'not-found', `There is no mail ${id} here (any more).`);
    };

  return [
    { method: 'GET', path: PAGE_PATH, answer: sendPageFile },
    {
      method: 'GET',
      path: /^\/messages$/,
      answer: async ({ response, url }) => {
        const limitText = url.searchParams.get('limit');
        if (limitText !== null && !/^[1-9][0-9]{0,6}$/.test(limitText)) {
          return sendProblem(response, 400, 'invalid', `limit must be a whole number, not ${limitText}.`);
        }
        const query = {
          before: url.searchParams.get('before'),
          limit: limitText === null ? null : Number(limitText),
          search: url.searchParams.get('search') ?? '',
        };
        await sendMailList(response, selectMails(store.all(), query));
      },
    },
    {
      method: 'DELETE',
      path: /^\/messages$/,
      answer: async ({ response }) => {
        await store.clear();
        response.writeHead(204).end();
      },
    },
    {
      method: 'GET',
      path: /^\/messages\/([^/]+)\.eml$/,
      answer: withMail((raw, { response, parts }) => {
        response.writeHead(200, {
          'content-type': 'message/rfc822',
          'content-length': raw.length,
          'content-disposition': `attachment; filename="${parts[0]}.eml"`,
        });
        response.end(raw);
      }),
    },
    {
      method: 'GET',
      path: /^\/messages\/([^/]+)\.html$/,
      answer: withMail(async (raw, { response }) => {
        const html = await readMailHtml(raw);
        if (html === null) return sendProblem(response, 404, 'no-html', 'This mail has no HTML part.');
        response.writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': MAIL_POLICY,
        });
        response.end(MAIL_DOCUMENT_HEAD + html);
      }),
    },
    {
      method: 'GET',
      path: /^\/messages\/([^/]+)\/attachments\/([0-9]{1,4})$/,
      answer: withMail(async (raw, { response, parts }) => {
        const attachment = await readAttachment(raw, Number(parts[1]));
        if (attachment === null) {
          return sendProblem(response, 404, 'not-found', `This mail has no attachment ${parts[1]}.`);
        }
        // Never shown in the page's own origin, whatever it says it is.
        response.writeHead(200, {
          'content-type': 'application/octet-stream',
          'content-length': attachment.content.length,
          'content-disposition': `attachment; filename*=UTF-8''${encodeFileName(attachment.name)}`,
        });
        response.end(attachment.content);
      }),
    },
    {
      method: 'GET',
      path: /^\/messages\/([^/.]+)$/,
      answer: withMail(async (raw, { response, parts }) => {
        sendJson(response, 200, { ...store.get(parts[0] ?? ''), content: await viewMail(raw) });
      }),
    },
    { method: 'GET', path: /^\/faults$/, answer: ({ response }) => sendJson(response, 200, faults.list()) },
    {
      method: 'POST',
      path: /^\/faults$/,
      answer: async ({ request, response }) => {
        const body = await readBody(request);
        if (body === null) {
          return sendProblem(response, 413, 'too-large', `A fault has at most ${MAX_BODY_BYTES} bytes.`);
        }
        const parsed = parseFaultRequest(body);
        if ('fault' in parsed) return sendJson(response, 201, faults.add(parsed.fault));
        const detail = 'No fault was set. errors says what is wrong with it.';
        sendProblem(response, 400, 'invalid-fault', detail, parsed.problems);
      },
    },
    {
      method: 'DELETE',
      path: /^\/faults$/,
      answer: ({ response }) => {
        faults.clear();
        response.writeHead(204).end();
      },
    },
    {
      method: 'DELETE',
      path: /^\/faults\/([^/]+)$/,
      answer: ({ response, parts }) => {
        if (faults.remove(parts[0] ?? '')) response.writeHead(204).end();
        else sendProblem(response, 404, 'not-found', `There is no fault ${parts[0]} (any more).`);
      },
    },
    {
      method: 'GET',
      path: /^\/replies$/,
      answer: ({ response }) => sendJson(response, 200, REPLY_CATALOGUE),
    },
    { method: 'GET', path: /^\/stats$/, answer: ({ response }) => sendJson(response, 200, store.stats()) },
    { method: 'GET', path: /^\/about$/, answer: ({ response }) => sendJson(response, 200, about) },
    {
      method: 'GET',
      path: /^\/events$/,
      answer: ({ request, response }) => events.subscribe(request, response),
    },
  ];
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

/** Null if it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

/** RFC 8187: encodeURIComponent leaves a few characters that its grammar does not have. */
function encodeFileName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}
