/**
 * The app behind the triggers. It is made on first use, and its triggers are registered before that: a broken
 * configuration must not leave the host with zero functions, which says nothing to anybody.
 */
import type { SettingProblem, SettingsResult } from '../shared/core/settings.ts';
import type { Clock, Log } from '../shared/ports.ts';

/** Nothing can be done with this configuration; the items stay on their queues. */
export class BrokenConfiguration extends Error {
  readonly problems: readonly SettingProblem[];
  constructor(problems: readonly SettingProblem[]) {
    const words = problems.map(
      ({ setting, expected, got }) => `${setting}: expected ${expected}, got ${got}`,
    );
    super(`the configuration is broken, nothing is sent: ${words.join('; ')}`);
    this.name = 'BrokenConfiguration';
    this.problems = problems;
  }
}

/** Rejects with `BrokenConfiguration`, or `Unavailable` where Storage does not answer. */
export type UseMailer<Mailer> = () => Promise<Mailer>;

export interface AppMailer<Mailer> {
  readonly useMailer: UseMailer<Mailer>;
  /** When the host ends the worker. */
  close(): Promise<void>;
}

export function makeApp<
  Mailer extends { primeClock(): Promise<void>; close(): Promise<void>; readonly clock: Clock },
>(deps: {
  readSettings: () => SettingsResult;
  /** Loads what wires the app, which is most of it. */
  loadWire: () => Promise<(settings: (SettingsResult & { ok: true })['settings'], log: Log) => Mailer>;
  log: Log;
}): AppMailer<Mailer> {
  let mailer: Mailer | null = null;
  let making: Promise<Mailer> | null = null;
  let priming: Promise<void> | null = null;

  async function make(): Promise<Mailer> {
    const read = deps.readSettings();
    if (!read.ok) throw new BrokenConfiguration(read.problems);
    for (const { setting, expected, got } of read.warnings) {
      deps.log('warn', `${setting}: expected ${expected}, got ${got}`, { setting });
    }
    // A file that cannot be read is no matter of the settings: the next call tries again.
    const wire = await deps.loadWire();
    try {
      return wire(read.settings, deps.log);
    } catch (error) {
      const got = error instanceof Error ? error.message : String(error);
      throw new BrokenConfiguration([{ setting: 'HVE_…', expected: 'settings the app can start with', got }]);
    }
  }

  /** Storage's time is not known: nothing was heard of it yet, or not for an hour. */
  function isTimeUnknown({ clock }: Mailer): boolean {
    try {
      clock.now();
      return false;
    } catch {
      return true;
    }
  }

  return {
    async useMailer() {
      if (mailer === null) {
        making ??= make().finally(() => (making = null));
        mailer = await making;
      }
      if (isTimeUnknown(mailer)) {
        priming ??= mailer.primeClock().finally(() => (priming = null));
        await priming;
      }
      return mailer;
    },
    async close() {
      // One that is being made is for an item that has just come: it has the mailer a moment later.
      await (mailer ?? (await making?.catch(() => null)))?.close();
    },
  };
}
