import type { SmtpStage } from '../../../core/reply.ts';
import type { StageTime } from '../../../ports.ts';

/** How long was waited at each stage, all answers of a stage together, in the order of the stages. */
export class StageTimes {
  readonly #times: { readonly stage: SmtpStage; ms: number }[] = [];

  add(stage: SmtpStage, ms: number): void {
    const time = this.#times.find((known) => known.stage === stage);
    if (time === undefined) this.#times.push({ stage, ms });
    else time.ms += ms;
  }

  list(): readonly StageTime[] {
    return this.#times;
  }
}
