import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { LineArgument } from '../../../bench/e2e/lineProcess.ts';
import { startProcess } from '../../../bench/remoteProcess.ts';

const ROUND_TRIP_MS = 40;
/** Timers and the clock that they are held against round apart. */
const ROUNDING_MS = 2;

test('a slow line loses nothing, keeps the order and takes its time, for the first bytes the handshake’s too', async () => {
  const echo = createServer((socket) => socket.pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const line = startProcess(new URL('../../../bench/e2e/lineProcess.ts', import.meta.url));
  try {
    const targetPort = (echo.address() as AddressInfo).port;
    const argument: LineArgument = { targetPort, roundTripMs: ROUND_TRIP_MS };
    const port = await line.call<number>('open', argument);
    const startedMs = performance.now();
    const socket = connect({ host: '127.0.0.1', port });
    const received: Buffer[] = [];
    let firstMs = 0;
    socket.on('data', (bytes: Buffer) => {
      firstMs ||= performance.now() - startedMs;
      received.push(bytes);
    });
    const sent = Array.from({ length: 500 }, (_, n) => `line ${n}\n`);
    for (const text of sent) socket.write(text);
    socket.end();
    await once(socket, 'close');
    expect(Buffer.concat(received).toString()).toBe(sent.join(''));
    expect(firstMs).toBeGreaterThanOrEqual(2 * ROUND_TRIP_MS - ROUNDING_MS);
  } finally {
    await line.kill();
    echo.close();
  }
});
