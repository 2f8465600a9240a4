import { describe, expect, it } from 'vitest';
import { makeHideAddresses } from '../../../../shared/adapters/telemetry/hideAddresses.ts';
import { recordTelemetry } from '../../../../shared/adapters/telemetry/recordTelemetry.ts';
import type {
  AttributeValues,
  LineRecord,
  SpanRecord,
} from '../../../../shared/adapters/telemetry/telemetryExport.ts';
import { parseTraceparent } from '../../../../shared/core/traceContext.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SAMPLED = `00-${TRACE}-00f067aa0ba902b7-01`;
const UNSAMPLED = `00-${TRACE}-00f067aa0ba902b7-00`;

/** `dice`: what the dice say, each time. */
function makeWorld({ percent = 10, dice = 0.5 }: { percent?: number; dice?: number } = {}) {
  const spans: SpanRecord[] = [];
  const lines: LineRecord[] = [];
  const measured: { name: string; value: number; attributes: AttributeValues }[] = [];
  const state = { now: 1_000_000, dice, bytes: 0 };
  const recorded = recordTelemetry({
    target: {
      span: (record) => void spans.push(record),
      line: (record) => void lines.push(record),
      measure: (name, value, attributes) => void measured.push({ name, value, attributes }),
      flush: async () => undefined,
      close: async () => undefined,
    },
    samplePercent: percent,
    chance: { random: () => state.dice, bytes: (count) => new Uint8Array(count).fill(++state.bytes) },
    now: () => state.now,
    hideAddresses: makeHideAddresses(['hve@contoso.com']),
  });
  return { ...recorded, spans, lines, measured, state };
}

const nothing = async (): Promise<void> => undefined;

describe('a message that comes in', () => {
  it.each([
    ['sampled by its producer', SAMPLED],
    ['not sampled by its producer', UNSAMPLED],
    ['without a trace', undefined],
    ['with something else for a trace', 'x'],
  ])('is kept by our own dice alone: %s', async (_name, producer) => {
    for (const [dice, kept] of [
      [0.09, 1],
      [0.1, 0],
    ] as const) {
      const { telemetry, spans } = makeWorld({ dice });
      await telemetry.span('hve.accept', { producer }, {}, nothing);
      expect(spans).toHaveLength(kept);
    }
  });

  it('belongs to its producer’s trace, under the producer’s span', async () => {
    const { telemetry, spans } = makeWorld({ percent: 100 });
    const work = async (span: { traceparent: string | null }) => span.traceparent;
    const kept = await telemetry.span('hve.accept', { producer: SAMPLED }, {}, work);
    expect(spans[0]).toMatchObject({ traceId: TRACE, parentSpanId: '00f067aa0ba902b7', keptPercent: 100 });
    expect(parseTraceparent(kept)).toEqual({ traceId: TRACE, spanId: spans[0]!.spanId, isSampled: true });
  });

  it('has a trace of its own where the producer has none', async () => {
    const { telemetry, spans } = makeWorld({ percent: 100 });
    await telemetry.span('hve.accept', { producer: null }, {}, nothing);
    expect(spans[0]).toMatchObject({ traceId: '01'.repeat(16), parentSpanId: null });
  });
});

describe('a span under one that was kept in a row', () => {
  it.each([
    [SAMPLED, 0.99, 1],
    [UNSAMPLED, 0, 0],
  ])('goes by what was decided then: %s', async (kept, dice, count) => {
    const { telemetry, spans } = makeWorld({ dice });
    await telemetry.span('hve.attempt', { kept }, {}, nothing);
    expect(spans).toHaveLength(count);
  });

  it('has the span that runs in it as its child, and the log lines written there', async () => {
    const { telemetry, line, spans, lines } = makeWorld();
    await telemetry.span('hve.attempt', { kept: SAMPLED }, {}, async () => {
      await telemetry.span('hve.smtp', 'current', { account: 'hve@contoso.com' }, async (span) => {
        span.stage('mail', 10);
        span.stage('rcpt', 5);
        line('warn', 'something', {});
      });
    });
    line('info', 'elsewhere', {});
    const [smtp, attempt] = spans;
    expect(smtp).toMatchObject({ parentSpanId: attempt?.spanId, traceId: TRACE, kind: 'client' });
    expect(smtp?.stages).toEqual([
      { name: 'mail', ms: 10, endMs: 999_995 },
      { name: 'rcpt', ms: 5, endMs: 1_000_000 },
    ]);
    expect(lines.map(({ trace }) => trace?.spanId)).toEqual([smtp?.spanId, undefined]);
  });
});

describe('what fails', () => {
  it('is kept though nothing is sampled, by its word', async () => {
    const { telemetry, spans } = makeWorld({ percent: 0 });
    await telemetry.span('hve.attempt', { kept: null }, {}, async (span) => span.fail('held'));
    expect(spans).toMatchObject([{ failure: 'held', keptPercent: 100 }]);
  });

  it('is kept where the work rejects, which goes on to whoever called', async () => {
    const { telemetry, spans } = makeWorld({ percent: 0 });
    const work = async (): Promise<void> => Promise.reject(new TypeError('ann@contoso.com'));
    await expect(telemetry.span('hve.attempt', { kept: null }, {}, work)).rejects.toThrow(TypeError);
    expect(spans).toMatchObject([{ failure: 'TypeError' }]);
  });

  it('is kept sixty times a minute at the most', async () => {
    const { telemetry, spans, state } = makeWorld({ percent: 0 });
    const failSome = async (): Promise<void> => {
      for (let n = 0; n < 100; n++) {
        await telemetry.span('hve.attempt', { kept: null }, {}, async (span) => span.fail('failed'));
      }
    };
    await failSome();
    expect(spans).toHaveLength(60);
    state.now += 60_000;
    await failSome();
    expect(spans).toHaveLength(120);
  });
});

it('names no address but those of the accounts, wherever it stands', async () => {
  const { telemetry, line, spans, lines, measured } = makeWorld({ percent: 100 });
  await telemetry.span(
    'hve.smtp',
    'current',
    { account: 'hve@contoso.com', cause: 'ann@x.org' },
    async (span) => span.fail('no ann@x.org'),
  );
  line('warn', 'ann@x.org', { to: ['ann@x.org'], account: 'hve@contoso.com', n: 5, none: null });
  telemetry.measure('hve.claims.taken_over', 1, { account: 'ann@x.org' });
  expect(JSON.stringify([spans, lines, measured])).not.toContain('@x.org');
  expect(spans[0]?.attributes).toEqual({ account: 'hve@contoso.com', cause: '[address]' });
  expect(lines[0]?.fields).toEqual({ to: '["[address]"]', account: 'hve@contoso.com', n: 5 });
});

it('counts what an attribute takes beyond fifty values together', () => {
  const { telemetry, measured } = makeWorld();
  for (let n = 0; n < 60; n++) telemetry.measure('hve.deliveries', 1, { status: 'sent', app: `app${n}` });
  telemetry.measure('hve.deliveries', 1, { status: 'sent', app: 'app3' });
  const apps = measured.map(({ attributes }) => attributes['app']);
  expect(new Set(apps).size).toBe(51);
  expect(apps.at(-2)).toBe('(other)');
  expect(apps.at(-1)).toBe('app3');
});

describe('telemetry that breaks', () => {
  const broken = (): never => {
    throw new Error('the export broke');
  };
  const recordBroken = () =>
    recordTelemetry({
      target: {
        span: broken,
        line: broken,
        measure: broken,
        flush: async () => undefined,
        close: async () => undefined,
      },
      samplePercent: 100,
      chance: { random: () => 0, bytes: (count) => new Uint8Array(count).fill(1) },
      now: () => 1,
      hideAddresses: makeHideAddresses([]),
    });

  it('takes the place of no outcome, and hides no error', async () => {
    const { telemetry } = recordBroken();
    expect(await telemetry.span('hve.smtp', 'current', {}, async () => 'accepted')).toBe('accepted');
    const failing = async (): Promise<never> => {
      throw new Error('of the work');
    };
    await expect(telemetry.span('hve.smtp', 'current', {}, failing)).rejects.toThrow('of the work');
  });

  it('stops neither a measurement nor a log line, whatever its fields are', () => {
    const { telemetry, line } = recordBroken();
    telemetry.measure('hve.messages', 1, { source: 'http', result: 'accepted' });
    line('info', 'text', { big: { n: 1n } });
    const { line: unbroken, lines } = makeWorld();
    unbroken('info', 'text', { big: { n: 1n } });
    expect(lines).toEqual([]);
  });
});
