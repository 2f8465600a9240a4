import { Agent, createServer, request as requestOf } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { BODY_LIMIT_BYTES } from '../host/httpCall.ts';

export interface FrontDoorOptions {
  /** Of 127.0.0.1; 0: any free one. */
  readonly port: number;
  /** The ports of the hosts that are up now. */
  readonly hostPorts: () => readonly number[];
}

export interface FrontDoor {
  readonly port: number;
  /** Cuts all connections: the hosts have answered what they will answer. */
  stop(): Promise<void>;
}

/** What concerns one connection and not the message on it: RFC 9110 section 7.6.1. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade', 'expect']);
/** Below the hosts' own 65 s: it is this end that closes, so no request meets a closing connection. */
const IDLE_CONNECTION_MS = 30_000;
/** Hosts are back within about two seconds. */
const RETRY_AFTER_SECONDS = 2;
/** A request may be repeated whatever became of its first try: RFC 9110 section 9.2.2. */
const REPEATABLE = new Set(['GET', 'HEAD']);

/**
 * One URL for all functions hosts, as Azure's front end: each request goes to the next host in turn, to another one where
 * a host cannot be reached, bodies streaming both ways, the Host header as it came. Without any host: 503.
 */
export async function startFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  let turn = 0;
  const server = createServer((incoming, response) => {
    turn += 1;
    if (Number(incoming.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) {
      const detail = `The body is larger than the ${BODY_LIMIT_BYTES} bytes that Azure Functions takes.`;
      return refuse(incoming, response, 413, 'too-large', detail);
    }
    forward(incoming, response, agent, inTurn(options.hostPorts(), turn));
  });
  // A large body over a slow line is the host's matter.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: '127.0.0.1', exclusive: true }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The front door has no TCP port.');
  return {
    port: address.port,
    stop: async () => {
      agent.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function inTurn(ports: readonly number[], turn: number): readonly number[] {
  const first = ports.length === 0 ? 0 : turn % ports.length;
  return [...ports.slice(first), ...ports.slice(0, first)];
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  agent: Agent,
  ports: readonly number[],
): void {
  const [port, ...others] = ports;
  if (port === undefined) {
    const detail = 'No functions host is up at this moment; one that has ended is started again by itself.';
    return refuse(incoming, response, 503, 'no-host', detail);
  }
  const outgoing = requestOf({
    host: '127.0.0.1',
    port,
    agent,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    setHost: false,
    headers: endToEnd(incoming.rawHeaders),
  });
  let isSending = false;
  const abandon = (): void => void outgoing.destroy();
  onConnected(outgoing, () => {
    isSending = true;
    incoming.pipe(outgoing);
  });
  outgoing.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', endToEnd(answer.rawHeaders));
    answer.pipe(response);
    // Half an answer must not look like a whole one.
    answer.once('error', () => response.destroy());
    // The host may answer before it has read all: the caller reads the answer once it has sent the rest.
    answer.once('end', () => {
      incoming.unpipe(outgoing);
      incoming.resume();
    });
  });
  outgoing.on('error', (error) => {
    response.off('close', abandon);
    if (response.headersSent || response.destroyed) return void incoming.resume();
    // Before a byte of it went, or where nothing can have been done twice, the next host gets it.
    const isWhole = !isSending || (REPEATABLE.has(incoming.method ?? '') && !hasBody(incoming));
    if (isWhole) return forward(incoming, response, agent, others);
    const detail = `The functions host ended while it had this request (${error.message}): whether it was carried out is not known.`;
    refuse(incoming, response, 502, 'host-ended', detail);
  });
  // The caller has gone away.
  response.once('close', abandon);
}

/** Only then the body is read: what a dead connection has swallowed could not be sent to another host. */
function onConnected(outgoing: ClientRequest, act: () => void): void {
  outgoing.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', act);
    else act();
  });
}

/** Names and values in turn, in the order and as often as they came. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)] ?? '';
    return !HOP_BY_HOP.has(name.toLowerCase());
  });
}

function hasBody(incoming: IncomingMessage): boolean {
  const { headers } = incoming;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const TITLES = { 413: 'Too large', 502: 'The functions host ended', 503: 'No functions host' } as const;

/** The rest of the request is read, or its sender would meet a closed connection instead of the answer. */
function refuse(
  incoming: IncomingMessage,
  response: ServerResponse,
  status: keyof typeof TITLES,
  code: string,
  detail: string,
): void {
  response.setHeader('content-type', 'application/problem+json');
  if (status === 503) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  response.writeHead(status);
  response.end(
    JSON.stringify({ type: 'about:blank', title: TITLES[status], status, code, detail, errors: [] }),
  );
  incoming.resume();
}
