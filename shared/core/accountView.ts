/** Sender accounts as the API shows them: whether their mail goes, and if not: why, until when, what to do. Pure. */
import type { Standing } from './records.ts';

export interface AccountView {
  readonly address: string;
  readonly status: 'active' | 'throttled' | 'paused';
  /** Both may hold; then the person's is shown. */
  readonly by: 'reply' | 'person' | null;
  /** When it is probed next; null where it does not go on by itself. */
  readonly until: string | null;
  readonly cause: string | null;
  readonly remedy: string | null;
  readonly pool: string | null;
  /** Recipients in the account's room. */
  readonly waiting: number;
}

type Obstacle = Pick<AccountView, 'status' | 'by' | 'until' | 'cause' | 'remedy'>;

const NONE: Obstacle = { status: 'active', by: null, until: null, cause: null, remedy: null };

/** `own` and `tenant`: their standings, null where nothing is known of them. What stops everything stops the account. */
export function viewAccount(
  account: { readonly address: string; readonly pool: string | null },
  own: Standing | null,
  tenant: Standing | null,
  waiting: number,
): AccountView {
  const { address, pool } = account;
  const obstacle =
    byPerson(own, `/api/accounts/${address}/resume`, '') ??
    byPerson(tenant, '/api/resume', 'everything is paused: ') ??
    byReply(own, '') ??
    byReply(tenant, 'the whole tenant: ') ??
    NONE;
  return { address, ...obstacle, pool, waiting };
}

function byPerson(standing: Standing | null, resume: string, whose: string): Obstacle | null {
  if (!standing?.pausedByPerson) return null;
  const { reason } = standing.pausedByPerson;
  const remedy = `resume it when that is over: POST ${resume}`;
  return { status: 'paused', by: 'person', until: null, cause: whose + reason, remedy };
}

function byReply(standing: Standing | null, whose: string): Obstacle | null {
  if (!standing?.trouble) return null;
  const { action, until, cause, remedy } = standing.trouble;
  return {
    status: action === 'throttle' ? 'throttled' : 'paused',
    by: 'reply',
    until: new Date(until).toISOString(),
    cause: whose + cause,
    remedy,
  };
}
