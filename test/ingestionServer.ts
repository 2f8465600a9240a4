import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** An item as Application Insights takes it: a log line (MessageData), a metric, a span (RemoteDependencyData), … */
export interface Envelope {
  readonly name: string;
  readonly time: string;
  readonly sampleRate?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: {
    readonly baseType: string;
    readonly baseData: {
      readonly name?: string;
      readonly message?: string;
      readonly id?: string;
      readonly success?: boolean;
      readonly severityLevel?: unknown;
      readonly metrics?: readonly { name: string; value: number; count?: number; max?: number }[];
      readonly properties?: Readonly<Record<string, string>>;
    };
  };
}

export interface IngestionServer extends AsyncDisposable {
  readonly connectionString: string;
  readonly envelopes: readonly Envelope[];
  /** Of all that came, as it is before it is packed: an upper bound of what Azure bills, which leaves the iKey and the like out. */
  bytes(): number;
  /** All of it as text. */
  text(): string;
  requests(): number;
  /** Of the last request. */
  authorization(): string | undefined;
  /** What it answers from now on; `hang`: nothing at all. */
  answer(status: number | 'hang'): void;
  ofType(baseType: string): readonly Envelope[];
  /** The values of a metric, added up, of the points whose attributes are these. */
  sum(metric: string, attributes?: Readonly<Record<string, string>>): number;
}

/** Speaks Application Insights' ingestion protocol (`POST /v2.1/track`, gzip, TLS only), and keeps what comes. */
export async function startIngestionServer(tls: {
  readonly key: string;
  readonly cert: string;
}): Promise<IngestionServer> {
  const envelopes: Envelope[] = [];
  const bodies: string[] = [];
  let status: number | 'hang' = 200;
  let requests = 0;
  let authorization: string | undefined;
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      requests += 1;
      ({ authorization } = request.headers);
      if (status === 'hang') return;
      if (status !== 200 || request.method !== 'POST' || request.url !== '/v2.1/track') {
        response.writeHead(status === 200 ? 404 : status).end('{}');
        return;
      }
      const raw = Buffer.concat(pieces);
      const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
      const items = JSON.parse(body) as Envelope[];
      bodies.push(body);
      envelopes.push(...items);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ itemsReceived: items.length, itemsAccepted: items.length, errors: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ofType = (baseType: string): readonly Envelope[] =>
    envelopes.filter(({ data }) => data.baseType === baseType);
  return {
    connectionString: `InstrumentationKey=00000000-0000-4000-8000-000000000000;IngestionEndpoint=https://127.0.0.1:${port}/`,
    envelopes,
    bytes: () => bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0),
    text: () => bodies.join('\n'),
    requests: () => requests,
    authorization: () => authorization,
    answer: (next) => void (status = next),
    ofType,
    sum: (metric, attributes = {}) =>
      ofType('MetricData')
        .filter(({ data: { baseData } }) =>
          Object.entries(attributes).every(([name, value]) => baseData.properties?.[name] === value),
        )
        .flatMap(({ data: { baseData } }) => baseData.metrics ?? [])
        .filter(({ name }) => name === metric)
        .reduce((sum, { value }) => sum + value, 0),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
