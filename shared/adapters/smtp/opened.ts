import type { StageTime, TransportFailure } from '../../ports.ts';

/** A connection that is logged in, or why there is none. */
export type Opened<Session> = (
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly failure: TransportFailure }
) & {
  /** How long each stage took, up to where it failed. */
  readonly stages: readonly StageTime[];
};
