import { describe, expect, it } from 'vitest';
import type { LogHookHandler, PostInvocationHandler, SetupOptions } from '@azure/functions';
import { makeObserved } from '../../functions/observed.ts';
import { makeReportInvocations } from '../../functions/reportInvocations.ts';
import { SILENT_TELEMETRY } from '../../shared/adapters/telemetry/silentTelemetry.ts';
import { parseTelemetrySettings } from '../../shared/core/telemetrySettings.ts';

const CONNECTION = { APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=x' };

function observe(env: Record<string, string>, isBroken = false) {
  const written: string[] = [];
  const recorded: unknown[] = [];
  const setups: SetupOptions[] = [];
  const hooks: { log?: LogHookHandler; after?: PostInvocationHandler } = {};
  const observed = makeObserved({
    settings: parseTelemetrySettings(env),
    open: ({ destination }) => ({
      telemetry: SILENT_TELEMETRY,
      record: destination && ((level, text, fields) => recorded.push([level, text, fields])),
      hideAddresses: (text) => text.replaceAll('ann@contoso.com', '[address]'),
      isBroken: () => isBroken,
      close: async () => undefined,
    }),
    write: (level, line) => written.push(`${level} ${line}`),
    app: {
      setup: (options) => void setups.push(options),
      hook: {
        log: (handler) => (hooks.log = handler),
        postInvocation: (handler) => (hooks.after = handler),
      },
    },
  });
  return { ...observed, written, recorded, setups, hooks };
}

describe('the log', () => {
  it('goes to the console with every detail where nothing is exported, and the host is told nothing', () => {
    const { log, written, recorded, setups, hooks } = observe({});
    log('detail', 'it is accepted', { messageId: '1' });
    log('error', 'trouble');
    expect(written).toEqual(['info it is accepted {"messageId":"1"}', 'error trouble']);
    expect([recorded, setups, hooks]).toEqual([[], [], {}]);
  });

  it('goes to the export alone in Azure, without details, and the host is told to leave it to us', () => {
    const { log, written, recorded, setups } = observe({ ...CONNECTION, WEBSITE_SITE_NAME: 'func' });
    log('detail', 'it is accepted', { messageId: '1' });
    log('warn', 'trouble', { n: 1 });
    expect(written).toEqual([]);
    expect(recorded).toEqual([['warn', 'trouble', { n: 1 }]]);
    expect(setups).toEqual([{ capabilities: { WorkerOpenTelemetryEnabled: true } }]);
  });

  it('goes to the console in Azure too where the export could not be loaded', () => {
    const { log, written } = observe({ ...CONNECTION, WEBSITE_SITE_NAME: 'func' }, true);
    log('warn', 'trouble with ann@contoso.com', { to: 'ann@contoso.com' });
    expect(written).toEqual(['warn trouble with [address] {"to":"[address]"}']);
  });

  it('goes to both on one’s own machine, and has the details where a setting asks for them', () => {
    const { log, written, recorded } = observe({ ...CONNECTION, HVE_LOG_DETAILS: 'on' });
    log('detail', 'it is accepted');
    expect(written).toEqual(['info it is accepted']);
    expect(recorded).toEqual([['detail', 'it is accepted', {}]]);
  });
});

describe('an invocation', () => {
  const invocationContext = { functionName: 'sendMail', invocationId: 'i1' } as never;
  const after = { invocationContext, inputs: [], hookData: {}, result: undefined } as never;

  it('that fails says so, since the host no longer does; one that succeeds says nothing', () => {
    const { hooks, recorded } = observe(CONNECTION);
    void hooks.after!({ ...(after as object), error: new RangeError('no') } as never);
    void hooks.after!(after);
    expect(recorded).toEqual([
      ['error', 'sendMail failed: RangeError: no', { function: 'sendMail', invocationId: 'i1' }],
    ]);
  });

  it('that fails again and again says so twenty times a minute', () => {
    const recorded: unknown[] = [];
    let now = 0;
    const { afterInvocation } = makeReportInvocations(
      (...entry) => recorded.push(entry),
      () => now,
    );
    const fail = (): void => {
      for (let n = 0; n < 50; n++) void afterInvocation({ ...(after as object), error: 'no' } as never);
    };
    fail();
    expect(recorded).toHaveLength(20);
    now += 60_000;
    fail();
    expect(recorded).toHaveLength(40);
  });

  it('is heard where its handler writes to its context, and only there', () => {
    const { hooks, recorded } = observe(CONNECTION);
    const entry = { level: 'critical', message: 'kept as a dead letter', invocationContext } as const;
    hooks.log!({ ...entry, category: 'user' } as never);
    hooks.log!({ ...entry, category: 'system' } as never);
    expect(recorded).toEqual([['error', 'kept as a dead letter', { function: 'sendMail' }]]);
  });
});
