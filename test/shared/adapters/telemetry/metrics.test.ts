import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeMetrics } from '../../../../shared/adapters/telemetry/metrics.ts';

const MINUTE_MS = 5;

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

beforeEach(() => process.on('unhandledRejection', note));
afterEach(() => {
  process.off('unhandledRejection', note);
  unhandled.length = 0;
});

it('an exporter that throws ends no process, and is asked again with what comes later', async () => {
  let exports = 0;
  const metrics = makeMetrics({
    exporter: {
      selectAggregationTemporality: () => AggregationTemporality.DELTA,
      export: () => {
        exports += 1;
        throw new Error('the exporter broke');
      },
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    },
    resource: resourceFromAttributes({}),
    minuteMs: MINUTE_MS,
  });
  const measure = (): void => metrics.measure('hve.quota.used', 1, { scope: 'tenant' });
  measure();
  await vi.waitUntil(() => exports === 1, { timeout: 30_000 });
  measure();
  await vi.waitUntil(() => exports === 2, { timeout: 30_000 });
  metrics.stop();
  // Rejections are told once all that was to be done at once is done.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
