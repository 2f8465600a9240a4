import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Neighbours } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

it('obeys a cancellation that came upon a claim whose answer was lost', async () => {
  let isFirst = true;
  const mailer = await neighbours.mailer({}, (ports) => ({
    ...ports,
    store: {
      ...ports.store,
      async replace(next, etag) {
        const written = await ports.store.replace(next, etag);
        if (next.status !== 'sending' || !isFirst || written === null) return written;
        isFirst = false;
        await ports.store.replace({ ...next, cancelRequested: true }, written);
        return null;
      },
    },
  }));
  const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
  const value = { to: 'canceled@contoso.com', subject: 'x', text: 'x' };
  await mailer.accept({ id, value, source: 'http' });
  await neighbours.setFault({ reply: '451 4.3.0 later', stage: 'rcpt', address: 'canceled@contoso.com' });
  await mailer.drain();
  await neighbours.clearFaults();
  expect(isFirst).toBe(false);
  expect(await mailer.messages.message(id)).toMatchObject({ status: 'canceled' });
});
