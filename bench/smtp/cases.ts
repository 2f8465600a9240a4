import type { Measured } from './clientProcess.ts';
import { CONTENDERS, PEER } from './contenders.ts';
import type { Load, Pace } from './smtpOptions.ts';

/** One load at one pace, with what came of it. */
export interface Case {
  readonly load: Load;
  readonly pace: Pace;
  /** By the contender's name. */
  readonly measured: ReadonlyMap<string, Measured>;
}

export interface Ratios {
  /** Mails a second by those of the peer. */
  readonly times: number;
  /** Mails a second in per cent of those of its limit; null: it is held against none. */
  readonly limitPercent: number | null;
  /** CPU for a mail by that of the peer; null: not known. */
  readonly cpuShare: number | null;
}

export function ratiosOf({ measured }: Case, name: string): Ratios {
  const own = measured.get(name)!;
  const peer = measured.get(PEER)!;
  const limit = CONTENDERS.find(({ contender }) => contender.name === name)?.limit ?? null;
  return {
    times: own.perSecond / peer.perSecond,
    limitPercent: limit === null ? null : (own.perSecond * 100) / measured.get(limit)!.perSecond,
    cpuShare: own.cpuMs === null || peer.cpuMs === null ? null : own.cpuMs / peer.cpuMs,
  };
}
