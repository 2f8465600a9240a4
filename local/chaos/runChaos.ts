import { createWriteStream } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Environment } from '../stack/appSettings.ts';
import { OFFERS } from '../simulator/extensions.ts';
import { startStack } from '../stack/startStack.ts';
import type { ChaosOptions } from './chaosOptions.ts';
import { describeRun, isGood } from './describeRun.ts';
import type { RunFacts } from './describeRun.ts';
import type { Verdict } from './judge.ts';
import { boundQuota } from './quotaBounds.ts';
import type { QuotaVerdict } from './quotaBounds.ts';
import { sendThroughChaos } from './sendThroughChaos.ts';

export interface RunChaosOptions {
  readonly options: ChaosOptions;
  /** The project's folder; the app is built. */
  readonly root: string;
  /** An empty folder, for storage, inbox and `hosts.log`. */
  readonly stateDir: string;
  readonly env: Environment;
  /** Gets what is to be shown, line by line. */
  readonly write: (line: string) => void;
  /** Aborted: it stops all and rejects with the reason. */
  readonly signal: AbortSignal;
}

export interface ChaosResult {
  readonly good: boolean;
  readonly verdict: Verdict;
  readonly quota: QuotaVerdict;
  readonly facts: RunFacts;
}

/**
 * A whole run: starts the stack, sends messages through it while it is torn apart, waits until all of them are final, stops
 * the stack, and says what came of it. Rejects where the run itself failed; whatever it started is stopped then too.
 */
export async function runChaos(run: RunChaosOptions): Promise<ChaosResult> {
  const { options, root, stateDir, env, write, signal } = run;
  const startMs = performance.now();
  // A bundle of its own: a build meanwhile must not change what is started again.
  await cp(join(root, 'dist'), join(stateDir, 'app'), { recursive: true });
  const bundle = join(stateDir, 'app', 'main.cjs');
  const hostJson = join(root, 'host.json');
  const log = createWriteStream(join(stateDir, 'hosts.log'));
  const note = (line: string): void => void log.write(`${new Date().toISOString()} ${line}\n`);
  try {
    const stack = await startStack({
      stateDir,
      bundle,
      hostJson,
      env: { ...env, ...chaosSettings(options) },
      hosts: options.hosts,
      extensions: OFFERS[options.extensions],
      say: (line) => note(`stack ${line}`),
      onHostLine: (host, line) => note(`host${host} ${line}`),
      signal,
    });
    try {
      const {
        verdict,
        quota: counted,
        ...done
      } = await sendThroughChaos(stack, { options, write, note, signal });
      const quota = boundQuota(verdict, counted);
      const facts: RunFacts = { ...done, tookMs: performance.now() - startMs };
      write('');
      for (const line of describeRun(verdict, quota, facts)) write(line);
      return { good: isGood(verdict, quota), verdict, quota, facts };
    } finally {
      await stack.stop();
    }
  } finally {
    log.end();
    await once(log, 'close');
  }
}

/** The last 24 hours as the window: a run over midnight counts as any other. */
function chaosSettings({ timeScale, transport, window }: ChaosOptions): Environment {
  return {
    HVE_LOCAL_TIME_SCALE: String(timeScale),
    HVE_WINDOW: 'rolling',
    HVE_SMTP_TRANSPORT: transport,
    HVE_SMTP_WINDOW: String(window),
  };
}
