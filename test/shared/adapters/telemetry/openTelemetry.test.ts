import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isExportDue } from '../../../../shared/adapters/telemetry/metrics.ts';
import { openTelemetry } from '../../../../shared/adapters/telemetry/openTelemetry.ts';
import type { OpenedTelemetry } from '../../../../shared/ports.ts';
import { SILENT_TELEMETRY } from '../../../../shared/adapters/telemetry/silentTelemetry.ts';
import type { TelemetrySettings } from '../../../../shared/core/telemetrySettings.ts';
import { startIngestionServer } from '../../../ingestionServer.ts';
import type { IngestionServer } from '../../../ingestionServer.ts';
import { trustCertificates } from '../../../local/keyVault/trustCertificates.ts';
import { chance } from '../storage/openStorage.ts';

const PATIENCE_MS = 60_000;

let trusted: Awaited<ReturnType<typeof trustCertificates>>;
beforeAll(async () => {
  // The exporter reports on itself, to others; infra/ sets the same.
  Object.assign(process.env, {
    APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true',
    APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED: 'true',
  });
  trusted = await trustCertificates();
});
afterAll(async () => trusted.forget());

interface World {
  readonly ingestion: IngestionServer;
  readonly opened: OpenedTelemetry;
  readonly complaints: string[];
}

async function inWorld(
  test: (world: World) => Promise<void>,
  changes: Partial<TelemetrySettings['destination'] & object> = {},
): Promise<void> {
  await using ingestion = await startIngestionServer(trusted);
  const complaints: string[] = [];
  const opened = openTelemetry({
    settings: {
      destination: {
        connectionString: ingestion.connectionString,
        identity: null,
        appName: 'func-hve-abc',
        instanceId: 'instance-1',
        ...changes,
      },
      samplePercent: 100,
      logDetails: true,
      toConsole: false,
      accounts: ['hve@contoso.com'],
    },
    chance,
    credential: changes.identity
      ? { getToken: async (scope) => ({ token: `token for ${String(scope)}`, expiresOnTimestamp: Infinity }) }
      : null,
    complain: (words) => complaints.push(words),
  });
  try {
    await test({ ingestion, opened, complaints });
  } finally {
    await opened.close(PATIENCE_MS);
  }
}

describe('telemetry', () => {
  it('is silent where there is nowhere to export to', async () => {
    const settings: TelemetrySettings = {
      destination: null,
      samplePercent: 100,
      logDetails: true,
      toConsole: true,
      accounts: [],
    };
    const opened = openTelemetry({ settings, chance, credential: null, complain: () => undefined });
    expect(opened).toMatchObject({ telemetry: SILENT_TELEMETRY, record: null });
    await opened.close(0);
    expect(
      await opened.telemetry.span('hve.accept', { producer: null }, {}, async (span) => span.traceparent),
    ).toBeNull();
  });

  it('arrives: metrics, a span with its stages, a log line with its fields, each of this app and instance', async () => {
    await inWorld(async ({ ingestion, opened }) => {
      const { telemetry, record } = opened;
      telemetry.measure('hve.deliveries', 1, { status: 'sent', app: 'payroll' });
      telemetry.measure('hve.deliveries', 1, { status: 'sent', app: 'payroll' });
      telemetry.measure('hve.smtp.duration', 10, { stage: 'mail' });
      telemetry.measure('hve.smtp.duration', 30, { stage: 'mail' });
      telemetry.measure('hve.queue.age', 5, { queue: 'mail-bulk' });
      telemetry.measure('hve.queue.age', 7, { queue: 'mail-bulk' });
      await telemetry.span('hve.smtp', { kept: null }, { account: 'hve@contoso.com' }, async (span) => {
        span.stage('mail', 10);
        span.fail('no such recipient');
      });
      record!('warn', 'something', { signal: 'deadLetter', delivery: 0 });
      await opened.close(PATIENCE_MS);

      const metric = (name: string) =>
        ingestion.ofType('MetricData').find(({ data }) => data.baseData.metrics?.[0]?.name === name)?.data
          .baseData;
      expect(metric('hve.deliveries')).toMatchObject({
        metrics: [{ value: 2, count: 1 }],
        properties: { status: 'sent', app: 'payroll' },
      });
      expect(metric('hve.smtp.duration')?.metrics).toMatchObject([{ value: 40, count: 2, max: 30 }]);
      // The last one stands; alerts read its sum.
      expect(metric('hve.queue.age')?.metrics).toMatchObject([{ value: 7, count: 1 }]);
      expect(ingestion.ofType('RemoteDependencyData')).toMatchObject([
        {
          sampleRate: 100,
          data: {
            baseData: {
              name: 'hve.smtp',
              success: false,
              properties: { account: 'hve@contoso.com', failure: 'no such recipient' },
            },
          },
        },
      ]);
      const [first, second] = ingestion
        .ofType('MessageData')
        .toSorted((one, other) => one.data.baseData.message!.localeCompare(other.data.baseData.message!));
      expect(first?.data.baseData).toMatchObject({ message: 'mail', properties: { ms: '10' } });
      expect(second?.data.baseData).toMatchObject({
        message: 'something',
        severityLevel: 'Warning',
        properties: { signal: 'deadLetter', delivery: '0' },
      });
      for (const { tags } of ingestion.envelopes) {
        expect(tags).toMatchObject({
          'ai.cloud.role': 'func-hve-abc',
          'ai.cloud.roleInstance': 'instance-1',
        });
      }
      expect(ingestion.authorization()).toBeUndefined();
    });
  });

  it('proves itself by the app’s identity where that is asked for', async () => {
    await inWorld(
      async ({ ingestion, opened }) => {
        opened.record!('info', 'a line', {});
        await opened.close(PATIENCE_MS);
        expect(ingestion.authorization()).toBe('Bearer token for https://monitor.azure.com/.default');
        expect(ingestion.ofType('MessageData')).toHaveLength(1);
      },
      { identity: { clientId: null } },
    );
  });

  it('ends in its time, though nobody answers', async () => {
    await inWorld(async ({ ingestion, opened }) => {
      ingestion.answer('hang');
      for (let n = 0; n < 100; n++) opened.record!('info', 'a line', {});
      // Without the bound it would take half a minute and more.
      await opened.close(100);
      expect(ingestion.envelopes).toHaveLength(0);
      ingestion.answer(503);
    });
  });

  it('drops what is too much while nothing is ingested, says so once, and goes on when it is again', async () => {
    await inWorld(async ({ ingestion, opened, complaints }) => {
      ingestion.answer(400);
      opened.record!('info', 'the first', {});
      await expect.poll(() => complaints.length, { timeout: PATIENCE_MS }).toBe(1);
      for (let n = 0; n < 20_000; n++) opened.record!('info', `line ${n}`, {});
      ingestion.answer(200);
      await opened.close(PATIENCE_MS);
      const lines = ingestion.ofType('MessageData').length;
      expect(lines).toBeGreaterThan(0);
      // What waits is a thousand; some went out while these were written.
      expect(lines).toBeLessThan(10_000);
      expect(complaints).toHaveLength(1);
    });
  });

  it('says that it cannot be exported where the connection string is none, and the app goes on', async () => {
    await inWorld(
      async ({ opened, complaints }) => {
        opened.telemetry.measure('hve.queue.age', 5, { queue: 'mail-bulk' });
        await opened.close(PATIENCE_MS);
        expect(complaints).toEqual([expect.stringContaining('mail goes on without it')]);
        opened.record!('info', 'a line', {});
        expect(opened.isBroken()).toBe(true);
      },
      { connectionString: 'nonsense' },
    );
  });
});

describe('metrics go out', () => {
  it.each([
    ['each minute where there is work', { minutes: 1, measurements: 200, hasLevels: false }, true],
    ['each minute where a level was measured', { minutes: 1, measurements: 1, hasLevels: true }, true],
    ['each fifth minute where there is little', { minutes: 5, measurements: 1, hasLevels: false }, true],
    ['not before', { minutes: 4, measurements: 199, hasLevels: false }, false],
  ])('%s', (_name, since, isDue) => {
    expect(isExportDue(since)).toBe(isDue);
  });
});
