import type { TelemetryExport } from './telemetryExport.ts';

export interface LazyExportOptions {
  /** Loads the SDK; what it costs is most of what telemetry costs at a cold start. */
  readonly load: () => Promise<TelemetryExport>;
  /** After so long from the first use, so that the first message does not wait for it. */
  readonly loadAfterMs: number;
  /** It could not be loaded: everything is dropped from now on. */
  readonly onFailure: (error: unknown) => void;
}

/** What is kept until the SDK is there; more than that in a second is dropped. */
const KEPT_AT_MOST = 2000;

/** The export, once it is needed; what comes before it is there waits for it. */
export function makeLazyExport({ load, loadAfterMs, onFailure }: LazyExportOptions): TelemetryExport {
  let waiting: ((target: TelemetryExport) => void)[] = [];
  let target: TelemetryExport | null = null;
  let loading: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let hasFailed = false;

  async function loadNow(): Promise<void> {
    try {
      const loaded = await load();
      for (const use of waiting) use(loaded);
      target = loaded;
    } catch (error) {
      hasFailed = true;
      onFailure(error);
    }
    waiting = [];
  }

  function ready(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    loading ??= loadNow();
    return loading;
  }

  function use(with_: (target: TelemetryExport) => void): void {
    if (target !== null) return with_(target);
    if (hasFailed) return;
    if (waiting.length < KEPT_AT_MOST) waiting.push(with_);
    if (loading !== null || timer !== null) return;
    timer = setTimeout(() => void ready(), loadAfterMs);
    timer.unref();
  }

  return {
    span: (record) => use((to) => to.span(record)),
    line: (record) => use((to) => to.line(record)),
    measure: (name, value, attributes) => use((to) => to.measure(name, value, attributes)),
    async flush() {
      if (waiting.length > 0) await ready();
      await target?.flush();
    },
    async close() {
      if (waiting.length > 0) await ready();
      if (timer !== null) clearTimeout(timer);
      await target?.close();
    },
  };
}
