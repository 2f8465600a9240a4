/** Numbers, times and names as the daily report writes them (pure). English, whatever the machine's language is. */
import type { Actor } from './remedy.ts';

const CENTS = { minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;

/** `12,345` */
export function number(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Null: the version that closed the day did not note it. */
export function noted(n: number | null): string {
  return n === null ? '-' : number(n);
}

/** `1 recipient`, `12,345 recipients` */
export function count(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? '' : 's'}`;
}

export function limitWords(limit: number | null): string {
  return limit === null ? 'no limit' : number(limit);
}

/** `USD 12.34`; what is more than nothing is never shown as nothing. */
export function money(usd: number): string {
  return usd > 0 && usd < 0.005 ? 'less than USD 0.01' : `USD ${usd.toLocaleString('en-US', CENTS)}`;
}

/**
 * How much of a bar is filled, whole percent from 0 to 100: never more than the bar, and never nothing or all of it where that is not
 * so. `whole` 0: a limit of nothing is used up by anything.
 */
export function share(part: number, whole: number): number {
  if (part <= 0) return 0;
  if (part >= whole) return 100;
  return Math.min(99, Math.max(1, Math.round((100 * part) / whole)));
}

/** `2026-11-29 00:26`, in the zone. */
export function instantWords(timeMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return parts.format(timeMs);
}

/** `02`: the hour of the clock in the zone. */
export function hourWords(timeMs: number, timeZone: string): string {
  return instantWords(timeMs, timeZone).slice(11, 13);
}

/** `Saturday 28 November 2026` */
export function dayWords(day: string): string {
  return format(day, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** `Sat 28 Nov` */
export function shortDayWords(day: string): string {
  return format(day, { weekday: 'short', day: 'numeric', month: 'short' });
}

function format(day: string, options: Intl.DateTimeFormatOptions): string {
  const formatter = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });
  return formatter.format(Date.parse(`${day}T00:00:00Z`)).replaceAll(',', '');
}

/** A scope or account for readers: `all recipients`, `external recipients`, `hve@contoso.com`, `the app payroll`. */
export function scopeWords(scope: string): string {
  if (scope === 'tenant') return 'all recipients';
  if (scope === 'external') return 'external recipients';
  if (scope.startsWith('account:')) return scope.slice('account:'.length);
  return scope.startsWith('app:') ? `the app ${scope.slice('app:'.length)}` : scope;
}

/** What those in a room wait for. */
export function roomWords(room: string): string {
  if (room.startsWith('quota:')) return `the limit of ${scopeWords(room.slice('quota:'.length))}`;
  if (room === 'tenant') return 'the tenant, which sends nothing now';
  if (room === 'external') return 'external mail, which does not go now';
  if (room.startsWith('account:')) return `the account ${room.slice('account:'.length)}`;
  if (room === 'time') return 'its time';
  return room.startsWith('pool:') ? `an account of the pool ${room.slice('pool:'.length)}` : room;
}

export function actorWords(actor: Actor): string {
  switch (actor) {
    case 'nobody':
      return 'nobody has to act';
    case 'app':
      return 'for whoever runs the app';
    case 'operator':
      return 'for the operator of hve-mailer';
  }
}

export function forecastTitle(kind: 'calendar' | 'rolling'): string {
  return kind === 'calendar' ? 'Forecast for today' : 'Forecast for the next 24 hours';
}

/** What becomes of a limit at the present pace; the day only where it is another one. */
export function forecastWords(
  { reachedAt, limit }: { readonly reachedAt: number | null; readonly limit: number | null },
  now: { readonly at: number; readonly kind: 'calendar' | 'rolling' },
  timeZone: string,
): string {
  if (reachedAt !== null) {
    const instant = instantWords(reachedAt, timeZone);
    const day = instant.slice(0, 10);
    const isToday = instantWords(now.at, timeZone).startsWith(day);
    return `reached at about ${isToday ? instant.slice(11) : instant}`;
  }
  if (limit === null) return 'no limit';
  return now.kind === 'calendar' ? 'not reached today' : 'not reached within 24 hours';
}

export function footWords(writtenAt: number, timeZone: string): string {
  return [
    `Written by hve-mailer at ${instantWords(writtenAt, timeZone)} ${timeZone}.`,
    'Accepted: Exchange took the message for the recipient. Unknown: the connection was lost after the last byte.',
    'This mail goes to HVE_REPORT_RECIPIENTS, and counts for the day on which it is sent.',
  ].join(' ');
}

/** With a capital and a full stop. */
export function sentence(words: string): string {
  const text = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
