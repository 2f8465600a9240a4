/**
 * The app behind the triggers. It is made on first use, and its triggers are registered before that: a broken
 * configuration must not leave the host with zero functions, which says nothing to anybody.
 */
import type { SettingProblem, SettingsResult } from '../shared/core/settings.ts';
import type { Log } from '../shared/ports.ts';

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

export function makeUseMailer<Mailer extends { primeClock(): Promise<void> }>(deps: {
  readSettings: () => SettingsResult;
  wire: (settings: (SettingsResult & { ok: true })['settings'], log: Log) => Mailer;
  log: Log;
}): UseMailer<Mailer> {
  let mailer: Mailer | null = null;
  let priming: Promise<void> | null = null;
  return async () => {
    if (!mailer) {
      const read = deps.readSettings();
      if (!read.ok) throw new BrokenConfiguration(read.problems);
      for (const { setting, expected, got } of read.warnings) {
        deps.log('warn', `${setting}: expected ${expected}, got ${got}`, { setting });
      }
      mailer = deps.wire(read.settings, deps.log);
    }
    priming ??= mailer.primeClock().catch((error: unknown) => {
      priming = null;
      throw error;
    });
    await priming;
    return mailer;
  };
}
