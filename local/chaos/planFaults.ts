import type { ReplyScope } from '../../shared/core/reply.ts';
import { REPLY_RULES } from '../../shared/core/replyRules.ts';
import type { ReplyRule } from '../../shared/core/replyRules.ts';
import { FAULT_STAGES } from '../simulator/faults.ts';
import type { FaultRequest, FaultStage } from '../simulator/faults.ts';

/** One thing that goes wrong at the server. */
export interface ServerFault {
  readonly fault: FaultRequest;
  /** Only said of external recipients: it is to strike one of them. */
  readonly external: boolean;
  /** It stops an account, all external mail or the tenant for a while: never a second one before that is over. */
  readonly stops: boolean;
}

/** The simulator has no stage at which it could refuse an EHLO name. */
const NOT_PRODUCED = 'Invalid domain name';

/** Where a reply is said whose scope does not tell: it is about the login. */
const LOGIN_CODES = new Set(['535', '501', '504', '454']);
const LOGIN_ENHANCED = new Set(['5.7.240', '5.7.30']);
/** Said of the envelope's sender, so at MAIL, though they concern the message. */
const SENDER_ENHANCED = new Set(['5.7.62', '5.7.60']);
const STOPPING_SCOPES = new Set<ReplyScope>(['account', 'external', 'tenant']);
const THROTTLE_STAGES: readonly FaultStage[] = ['mail', 'end-of-data'];
/** A connection that fails is tried once more; only the second failure is a trouble. */
const CONNECTS_TO_FAIL = 2;
const LOSSES_AT_END_PER_OTHER = 4;

/** Every row of the table of replies, at each stage where the server would say it. */
export function ruleFaults(): ServerFault[] {
  return REPLY_RULES.filter((rule) => rule.text !== NOT_PRODUCED).flatMap((rule) =>
    stagesOf(rule).map((stage) => makeFault(sampleOf(rule), stage, rule)),
  );
}

/**
 * Lost connections and silence, at every stage. Most at the end of the data, where they leave the outcome unknown; few
 * before MAIL, where each of them stops an account or the tenant for a while.
 */
export function lossFaults(timesAtEnd: number): ServerFault[] {
  return FAULT_STAGES.flatMap((stage) => {
    const times = stage === 'end-of-data' ? timesAtEnd : Math.ceil(timesAtEnd / LOSSES_AT_END_PER_OTHER);
    return Array.from({ length: times }, () => ['drop', 'stall'])
      .flat()
      .map((reply) => makeFault(reply, stage, null));
  });
}

function makeFault(reply: string, stage: FaultStage, rule: ReplyRule | null): ServerFault {
  const scope = rule?.scope ?? 'session';
  return {
    fault: { reply, stage, count: stage === 'connect' ? CONNECTS_TO_FAIL : 1 },
    external: scope === 'external' || rule?.enhanced === '5.5.105',
    stops: stage === 'connect' || stage === 'auth' || STOPPING_SCOPES.has(scope),
  };
}

function stagesOf({ code, enhanced, scope, action }: ReplyRule): readonly FaultStage[] {
  if (LOGIN_CODES.has(code) || LOGIN_ENHANCED.has(enhanced)) return ['auth'];
  if (SENDER_ENHANCED.has(enhanced)) return ['mail'];
  if (action === 'throttle') return code === '421' ? ['connect', ...THROTTLE_STAGES] : THROTTLE_STAGES;
  switch (scope) {
    case 'recipient':
      return enhanced === '5.5.105' ? ['rcpt', 'end-of-data'] : ['rcpt'];
    case 'external':
    case 'message':
      return ['end-of-data'];
    case 'account':
    case 'tenant':
      return ['mail'];
    case 'session':
      return ['mail', 'data', 'end-of-data'];
  }
}

/** The row's own sample, or the least that the row matches. */
function sampleOf({ code, enhanced, sample, cause }: ReplyRule): string {
  if (sample !== null) return sample;
  return `${code.replace('xx', '50').replace('x', '0')} ${enhanced} ${cause}`;
}
