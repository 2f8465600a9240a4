import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpCookie, HttpData, Nullable } from './rpc.ts';

/** Kestrel's limit in the Functions host; what is longer is answered with 413. */
export const BODY_LIMIT_BYTES = 100 * 1024 * 1024;

/** The request's body, or undefined when it is longer than the limit. Rejects when the caller goes away. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return undefined;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Leaving the loop must not close the connection: the caller is to read why it was refused.
  const parts: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of parts) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The request in the shape in which the Node worker hands it to the library. */
export function toHttpData(
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  body: Buffer,
): HttpData {
  const headers = Object.entries(request.headersDistinct).map(
    ([name, values]) => [name, { value: (values ?? []).join(name === 'cookie' ? '; ' : ',') }] as const,
  );
  // A repeated query parameter arrives as one value with commas, as from the real host; request.url has it as it came.
  const query = [...new Set(url.searchParams.keys())].map(
    (name) => [name, { value: url.searchParams.getAll(name).join(',') }] as const,
  );
  const routeParams = Object.entries(params).map(([name, value]) => [name, { value }] as const);
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: Object.fromEntries(headers),
    nullableQuery: Object.fromEntries(query),
    nullableParams: Object.fromEntries<Nullable<string>>(routeParams),
    body: body.length === 0 ? null : { bytes: body },
  };
}

/** Answers with what the function returned. A function that returned nothing answers 204, as in Azure. */
export function writeResult(response: ServerResponse, result: HttpData | undefined): void {
  if (result === undefined) {
    response.writeHead(204).end();
    return;
  }
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    // Node frames the body itself.
    if (name !== 'content-length' && name !== 'transfer-encoding') response.setHeader(name, value);
  }
  for (const cookie of result.cookies ?? []) response.appendHeader('set-cookie', cookieText(cookie));
  const body = result.body?.bytes;
  const statusCode = Number(result.statusCode ?? 200);
  response.writeHead(statusCode);
  response.end(body === undefined || body.length === 0 ? undefined : body);
}

function cookieText(cookie: HttpCookie): string {
  const parts = [`${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) parts.push(`${name}=${value}`);
  };
  const expires = cookie.expires?.value;
  add('Max-Age', cookie.maxAge?.value);
  add('Expires', expires === undefined ? undefined : new Date(expires.seconds * 1000).toUTCString());
  add('Domain', cookie.domain?.value);
  add('Path', cookie.path?.value);
  const sameSite = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' };
  add('SameSite', sameSite[cookie.sameSite ?? 'none']);
  if (cookie.secure?.value === true) parts.push('Secure');
  if (cookie.httpOnly?.value === true) parts.push('HttpOnly');
  return parts.join('; ');
}
