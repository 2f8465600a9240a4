import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import { parseTraceparent } from '../../../shared/core/traceContext.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';
import { makeWatchedTelemetry } from './watchedTelemetry.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-00`;

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

async function makeWorld(settings: Record<string, string> = {}) {
  const watched = makeWatchedTelemetry();
  const mailer = await neighbours.mailer(settings, (ports) => ({ ...ports, telemetry: watched.telemetry }));
  return { ...watched, mailer };
}

const newId = (mailer: TestMailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
const mail = (to: string | string[], more: object = {}) => ({ to, subject: 's', text: 't', ...more });
const namesOf = (spans: readonly { readonly name: string }[]): string[] => spans.map(({ name }) => name);

describe('the producer’s trace', () => {
  it('is kept by each delivery of a split message, and its attempts go on under the acceptance', async () => {
    const { mailer, spans } = await makeWorld();
    const id = newId(mailer);
    const to = Array.from({ length: 60 }, (_, n) => `split${n}@contoso.com`);
    await mailer.accept({ id, source: 'http', value: mail(to), traceparent });
    const [accept] = spans;
    expect(accept).toMatchObject({ name: 'hve.accept', traceId: TRACE, parentSpanId: '00f067aa0ba902b7' });
    const rows = await Promise.all([1, 2].map(async (part) => mailer.ports.store.readDelivery(id, part)));
    expect(rows.map((row) => parseTraceparent(row?.delivery.trace))).toEqual(
      Array.from({ length: 2 }, () => ({ traceId: TRACE, spanId: accept?.spanId, isSampled: true })),
    );
    await mailer.drain();
    const attempts = spans.filter(({ name }) => name === 'hve.attempt');
    expect(new Set(attempts.map(({ attributes }) => attributes['delivery']))).toEqual(new Set([1, 2]));
    for (const { traceId, parentSpanId } of attempts) {
      expect([traceId, parentSpanId]).toEqual([TRACE, accept?.spanId]);
    }
  });

  it('is taken from the metadata, behind the header; what is not one is as if it were missing', async () => {
    const { mailer, spans } = await makeWorld();
    const other = traceparent.replace(TRACE, 'a'.repeat(32));
    const value = mail('metadata@contoso.com', { metadata: { traceparent: other } });
    await mailer.accept({ id: newId(mailer), source: 'http', value });
    await mailer.accept({ id: newId(mailer), source: 'http', value, traceparent });
    await mailer.accept({
      id: newId(mailer),
      source: 'http',
      value: mail('x@contoso.com'),
      traceparent: 'x',
    });
    expect(spans.map(({ traceId }) => traceId).slice(0, 2)).toEqual(['a'.repeat(32), TRACE]);
    expect(spans[2]?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spans[2]?.parentSpanId).toBeNull();
  });

  it('leaves the idempotency key alone: a retry with a new one is answered as the first time', async () => {
    const { mailer, measured } = await makeWorld();
    const send = async (parent: string) =>
      mailer.accept({
        id: newId(mailer),
        source: 'http',
        value: mail('key@contoso.com', { idempotencyKey: 'k', metadata: { traceparent: parent } }),
      });
    const first = await send(traceparent);
    expect(await send(traceparent.replace(TRACE, 'b'.repeat(32)))).toEqual({ ...first, replayed: true });
    expect(measured.map(({ attributes }) => attributes['result'])).toEqual(['accepted', 'replayed']);
  });

  it('goes on where a message that waited is redriven', async () => {
    const { mailer, spans } = await makeWorld();
    await neighbours.setFault({
      reply: '550 5.1.10 no',
      stage: 'rcpt',
      count: 1,
      address: 'redriven@contoso.com',
    });
    const id = newId(mailer);
    await mailer.takeFromOutbox.take(id, mail('redriven@contoso.com', { metadata: { traceparent } }));
    await mailer.redrive(id);
    await mailer.drain();
    expect(namesOf(spans)).toEqual(['hve.smtp', 'hve.attempt', 'hve.accept', 'hve.smtp', 'hve.attempt']);
    expect(spans.map(({ traceId }) => traceId)).toEqual(Array.from({ length: 5 }, () => TRACE));
    expect(spans.map(({ failure }) => failure)).toEqual(['no such recipient', 'failed', null, null, null]);
    const statuses = spans.map(({ attributes }) => attributes['status']).filter(Boolean);
    expect(statuses).toEqual(['failed', 'sent']);
  });

  it('is kept nowhere while nothing is exported', async () => {
    const mailer = await neighbours.mailer();
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail('silent@contoso.com'), traceparent });
    const row = await mailer.ports.store.readDelivery(id, 0);
    expect(row?.delivery).not.toHaveProperty('trace');
  });
});

describe('what is measured', () => {
  const countOf = (measured: readonly { name: string }[], name: string): number =>
    measured.filter((one) => one.name === name).length;

  it('of a message that is sent: itself, its delivery, attempt, recipients, and the stages of SMTP', async () => {
    const { mailer, measured } = await makeWorld();
    await mailer.takeFromOutbox.take(newId(mailer), mail(['one@contoso.com', 'two@contoso.com']));
    expect(measured.filter(({ name }) => name !== 'hve.smtp.duration')).toEqual([
      ...Array.from({ length: 2 }, () => ({
        name: 'hve.recipients',
        value: 1,
        attributes: { outcome: 'accepted', cause: 'none', account: 'hve@contoso.com' },
      })),
      { name: 'hve.deliveries', value: 1, attributes: { status: 'sent', app: 'default' } },
      { name: 'hve.attempts', value: 1, attributes: { status: 'sent', account: 'hve@contoso.com' } },
      { name: 'hve.messages', value: 1, attributes: { source: 'outbox', result: 'accepted' } },
    ]);
    expect(countOf(measured, 'hve.smtp.duration')).toBeGreaterThanOrEqual(4);
  });

  it('of one that fails: why, and its dead letter', async () => {
    const { mailer, measured } = await makeWorld();
    await neighbours.setFault({ reply: '550 5.1.10 no', stage: 'rcpt', address: 'nobody@contoso.com' });
    await mailer.takeFromOutbox.take(newId(mailer), mail('nobody@contoso.com'));
    expect(measured).toContainEqual({
      name: 'hve.recipients',
      value: 1,
      attributes: { outcome: 'failed', cause: 'no such recipient', account: 'hve@contoso.com' },
    });
    expect(measured).toContainEqual({ name: 'hve.dead_letters', value: 1, attributes: { reason: 'failed' } });
  });

  it('of what is not valid: the answer, and its dead letter from the outbox', async () => {
    const { mailer, measured, spans } = await makeWorld();
    await mailer.takeFromOutbox.take(newId(mailer), { to: 'nobody' });
    expect(measured).toEqual([
      { name: 'hve.messages', value: 1, attributes: { source: 'outbox', result: 'invalid' } },
      { name: 'hve.dead_letters', value: 1, attributes: { reason: 'rejected' } },
    ]);
    expect(spans).toMatchObject([{ name: 'hve.accept', failure: 'invalid' }]);
  });

  it('of one that is canceled: that its delivery is final', async () => {
    const { mailer, measured } = await makeWorld();
    const id = newId(mailer);
    await mailer.accept({ id, source: 'http', value: mail('canceled@contoso.com') });
    await mailer.cancelMessage(id);
    expect(measured).toContainEqual({
      name: 'hve.deliveries',
      value: 1,
      attributes: { status: 'canceled', app: 'default' },
    });
  });
});
