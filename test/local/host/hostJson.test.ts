import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseHostJson, readHostJson } from '../../../local/host/hostJson.ts';

describe('host.json', () => {
  it('has the defaults of Azure where it says nothing', () => {
    expect(parseHostJson('{"version":"2.0"}')).toEqual({
      queues: {
        batchSize: 16,
        newBatchThreshold: 8,
        visibilityTimeoutMs: 0,
        maxDequeueCount: 5,
        messageEncoding: 'base64',
        maxPollingIntervalMs: 2000,
      },
      routePrefix: 'api',
      functionTimeoutMs: 30 * 60 * 1000,
    });
  });

  it('is read into units', () => {
    const settings = parseHostJson(
      JSON.stringify({
        version: '2.0',
        functionTimeout: '-1',
        extensions: {
          http: { routePrefix: '/v1/' },
          queues: { batchSize: 5, visibilityTimeout: '1.02:03:04.5', maxPollingInterval: '00:00:00.5' },
        },
      }),
    );
    expect(settings.functionTimeoutMs).toBeUndefined();
    expect(settings.routePrefix).toBe('v1');
    expect(settings.queues.newBatchThreshold).toBe(2);
    expect(settings.queues.visibilityTimeoutMs).toBe(((26 * 60 + 3) * 60 + 4) * 1000 + 500);
    expect(settings.queues.maxPollingIntervalMs).toBe(500);
  });

  it('of this project is one that the local host takes', () => {
    const path = fileURLToPath(new URL('../../../host.json', import.meta.url));
    expect(readHostJson(path)).toMatchObject({
      queues: { batchSize: 16, messageEncoding: 'none', maxDequeueCount: 10_000 },
      routePrefix: 'api',
    });
  });
});
