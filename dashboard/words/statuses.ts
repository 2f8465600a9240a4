/** The statuses as the page says them, with what each means and what may be done about it. */
import type { DeliveryStatus } from '../../shared/core/status.ts';

export type Tone = 'good' | 'busy' | 'waits' | 'bad' | 'quiet';

export interface StatusWords {
  readonly label: string;
  readonly tone: Tone;
  readonly meaning: string;
}

export const STATUS_WORDS: Readonly<Record<DeliveryStatus, StatusWords>> = {
  queued: { label: 'queued', tone: 'busy', meaning: 'its next attempt is due, or it has just come' },
  sending: { label: 'sending', tone: 'busy', meaning: 'it is on its way now' },
  scheduled: { label: 'scheduled', tone: 'waits', meaning: 'it goes at the time its app asked for' },
  deferred: { label: 'deferred', tone: 'waits', meaning: 'it waits for something, and goes on by itself' },
  held: {
    label: 'held',
    tone: 'bad',
    meaning: 'whether it arrived is not known; a person decides: release or cancel',
  },
  sent: { label: 'sent', tone: 'good', meaning: 'every recipient was accepted' },
  partially_sent: { label: 'partially sent', tone: 'bad', meaning: 'some recipients were not reached' },
  failed: { label: 'failed', tone: 'bad', meaning: 'no recipient was reached' },
  expired: { label: 'expired', tone: 'bad', meaning: 'its time was over before it could go' },
  canceled: { label: 'canceled', tone: 'quiet', meaning: 'a person or its app stopped it' },
  rejected: {
    label: 'rejected',
    tone: 'bad',
    meaning: 'it is not a valid message, or the quota was used up',
  },
  captured: {
    label: 'captured',
    tone: 'quiet',
    meaning: 'all was done but sending, as it asked (mode: capture)',
  },
};

export type Action = 'cancel' | 'release' | 'redrive';

/** What the API lets a person do with a message in that status. */
export function actionsFor(status: DeliveryStatus): readonly Action[] {
  switch (status) {
    case 'held':
      return ['release', 'cancel'];
    case 'queued':
    case 'sending':
    case 'scheduled':
    case 'deferred':
      return ['cancel'];
    case 'failed':
    case 'partially_sent':
    case 'expired':
    case 'rejected':
      return ['redrive'];
    case 'sent':
    case 'canceled':
    case 'captured':
      return [];
  }
}

/** It moves by itself, so that it is worth to look again soon. */
export function isOnTheMove(status: DeliveryStatus): boolean {
  return status === 'queued' || status === 'sending';
}

export function isOver(status: DeliveryStatus): boolean {
  return !actionsFor(status).includes('cancel');
}

/** What a room waits for, in words. */
export function formatRoom(room: string): string {
  const [kind = '', ...rest] = room.split(':');
  const name = rest.join(':');
  switch (kind) {
    case 'quota':
      return `the quota of ${formatScope(name)}`;
    case 'account':
      return `the sender account ${name}`;
    case 'pool':
      return `an account of the pool ${name}`;
    case 'tenant':
      return 'the whole tenant’s trouble to be over';
    case 'external':
      return 'mail to external recipients to go again';
    case 'time':
      return 'its time';
    default:
      return room;
  }
}

/** What comes of a message that waits there: of a trouble one goes first, to find out whether it is over. */
export function formatNext(room: string | null): string {
  const isTrouble = room === 'tenant' || room === 'external' || room?.startsWith('account:') === true;
  return isTrouble ? 'is tried again' : 'goes on';
}

/** A scope of the quota in words. */
export function formatScope(scope: string): string {
  if (scope === 'tenant') return 'all mail';
  if (scope === 'external') return 'external recipients';
  if (scope.startsWith('account:')) return scope.slice('account:'.length);
  return scope.startsWith('app:') ? `app ${scope.slice('app:'.length)}` : scope;
}
