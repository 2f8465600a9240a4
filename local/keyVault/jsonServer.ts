import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { KeyVaultReply } from './keyVaultReply.ts';

export interface JsonRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Key Vault takes values of 25 KB; what is longer is cut off with its connection. */
const MAX_BODY_BYTES = 64 * 1024;

/** Answers each request with JSON as `answer` says. A request that broke off or is too long is cut, unanswered. */
export function answerWithJson(answer: (request: JsonRequest) => KeyVaultReply): RequestListener {
  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(incoming);
      const url = new URL(incoming.url ?? '/', `https://${incoming.headers.host ?? 'localhost'}`);
      send(response, answer({ method: incoming.method ?? 'GET', url, headers: incoming.headers, body }));
    } catch {
      incoming.destroy();
    }
  }
  return (incoming, response) => void respond(incoming, response);
}

/** Listens on 127.0.0.1; port 0 is any free one. Gives the port. Rejects when the port is taken. */
export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP port.');
  return address.port;
}

/** Stalled requests hold their connections: they are cut. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, reply: KeyVaultReply): void {
  if (reply === 'stall') return;
  response.writeHead(reply.status, { 'Content-Type': 'application/json; charset=utf-8', ...reply.headers });
  response.end(JSON.stringify(reply.body));
}
