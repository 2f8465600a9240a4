import { readFile } from 'node:fs/promises';
import type { RouteContext } from './inboxRoutes.ts';

const PAGE_FILES: Readonly<Record<string, readonly [file: string, contentType: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

export async function sendPageFile({ response, url }: RouteContext): Promise<void> {
  const found = PAGE_FILES[url.pathname];
  if (found === undefined) throw new Error(`No file of the page is at ${url.pathname}.`);
  const [file, contentType] = found;
  const content = await readFile(new URL(`page/${file}`, import.meta.url));
  response.writeHead(200, { 'content-type': contentType, 'content-length': content.length });
  response.end(content);
}
