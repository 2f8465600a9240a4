/**
 * The operator's page. It holds no data, so that whoever may open it learns nothing; what it shows it asks of the API, with
 * the key or the sign-in of whoever looks at it.
 */
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import type { PageFiles } from '../shared/ports.ts';
import { notFound } from './problem.ts';

const PAGE = 'index.html';
const PREVIEW_STYLE = 'preview.css';

/** All that the page consists of; nothing else of the folder is served. */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  [PAGE, 'text/html; charset=utf-8'],
  ['dashboard.js', 'text/javascript; charset=utf-8'],
  ['dashboard.css', 'text/css; charset=utf-8'],
  [PREVIEW_STYLE, 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
]);

/** Only what comes from here is run, shown or asked; no other site may frame the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  // A message's preview is written into its frame (srcdoc); no frame is ever loaded from anywhere.
  "frame-src 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  // Where browsers know it: no text becomes markup but through the one policy that makes previews (dashboard/preview.ts).
  "require-trusted-types-for 'script'",
  'trusted-types preview',
].join('; ');

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  // Asked for anew each time, and then answered with 304: after a deployment nobody has an old page.
  'Cache-Control': 'no-cache',
};

/** `GET /api/dashboard` and `/api/dashboard/{file}`: 200, 304 where the browser has it, 404. */
export function makeGetDashboard(files: PageFiles): HttpHandler {
  return async (request) => {
    // The page names its files and the API relative to its own address.
    if (new URL(request.url).pathname.endsWith('/')) return redirectToPage(request);
    const name = request.params['file'] ?? PAGE;
    const contentType = CONTENT_TYPES.get(name);
    if (contentType === undefined) return notFound(`file ${name} of the dashboard`);
    const file = await files.read(name);
    if (file === null)
      return notFound(`dist/dashboard/${name} beside the app: run npm run build, and publish it`);
    const headers = {
      ...HEADERS,
      'Content-Type': contentType,
      ETag: `"${file.fingerprint}"`,
      // The frame of a preview has an origin of its own.
      ...(name === PREVIEW_STYLE && { 'Cross-Origin-Resource-Policy': 'cross-origin' }),
    };
    if (request.headers.get('if-none-match') === headers.ETag) return { status: 304, headers };
    return { status: 200, headers, body: file.bytes };
  };
}

/** The same address without the slash; relative, since a proxy may stand before the app. */
function redirectToPage({ url }: HttpRequest): HttpResponseInit {
  const { pathname, search } = new URL(url);
  const last = pathname.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return { status: 308, headers: { ...HEADERS, Location: `../${last}${search}` } };
}
