/** Health as the API tells it. Pure. */

export interface HealthCheck {
  /** docs/operations.md lists them, with what each of them looks at. */
  readonly name: string;
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly cause: string | null;
  readonly remedy: string | null;
  /** What was found, where that is worth a word although it is well. */
  readonly detail?: string;
  /** What an operator can run to see it, or to mend it; words in capitals are to be filled in. */
  readonly command?: string;
}

export interface HealthView {
  /** `degraded`: some mail waits, or something wants a look; `failing`: none goes. */
  readonly status: 'ok' | 'degraded' | 'failing';
  /** From cause to effect: the first one that is failing is the one to mend. */
  readonly checks: readonly HealthCheck[];
  /** When the neighbours were asked: they are asked once a minute at most. Only of a deep look. */
  readonly askedAt?: string;
}

export function wellCheck(name: string, detail?: string): HealthCheck {
  return { name, status: 'ok', cause: null, remedy: null, ...(detail === undefined ? {} : { detail }) };
}

export function worstStatus(checks: readonly HealthCheck[]): HealthView['status'] {
  if (checks.some(({ status }) => status === 'failing')) return 'failing';
  return checks.some(({ status }) => status === 'degraded') ? 'degraded' : 'ok';
}
