import type { SmtpStage } from '../../../core/reply.ts';
import type { StageTime } from '../../../ports.ts';

/** How long was waited at each stage, all answers of a stage together, in the order of the stages. */
export class StageTimes {
  readonly #times = new Map<SmtpStage, number>();

  add(stage: SmtpStage, ms: number): void {
    this.#times.set(stage, (this.#times.get(stage) ?? 0) + ms);
  }

  list(): readonly StageTime[] {
    return [...this.#times].map(([stage, ms]) => ({ stage, ms }));
  }
}
