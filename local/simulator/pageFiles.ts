import { readFile } from 'node:fs/promises';
import type { RouteContext } from './inboxRoutes.ts';

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** All the page consists of; nothing else of the folder is served. */
const PAGE_FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': STYLE,
  'mail.css': STYLE,
  'faults.css': STYLE,
  'page.js': SCRIPT,
  'dom.js': SCRIPT,
  'mailList.js': SCRIPT,
  'mailDetail.js': SCRIPT,
  'faultPanel.js': SCRIPT,
  'icon.svg': 'image/svg+xml',
};

/** `/` and `/page/{file}`. */
export const PAGE_PATH = new RegExp(
  `^/(?:|page/(${Object.keys(PAGE_FILES).join('|').replaceAll('.', '\\.')}))$`,
);

export async function sendPageFile({ response, parts }: RouteContext): Promise<void> {
  const file = parts[0] ?? 'index.html';
  const content = await readFile(new URL(`page/${file}`, import.meta.url));
  response.writeHead(200, { 'content-type': PAGE_FILES[file], 'content-length': content.length });
  response.end(content);
}
