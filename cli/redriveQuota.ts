/** What a redrive would take of the limits: each call of the API tells of its own letters. */
import { scopeWords } from '../shared/core/reportWords.ts';
import type { RedriveAnswer } from './answers.ts';
import { showNumber } from './screen.ts';

type RedriveQuota = RedriveAnswer['quota'];

/** What has room is the newest that was said. */
export function addQuota(some: RedriveQuota, more: RedriveQuota): RedriveQuota {
  const byScope = new Map(some.map((one) => [one.scope, one]));
  for (const one of more) {
    const before = byScope.get(one.scope)?.recipients ?? 0;
    byScope.set(one.scope, { ...one, recipients: before + one.recipients });
  }
  return [...byScope.values()];
}

/** The limits that have no room for all of it now. */
export function fullOf(quota: RedriveQuota): RedriveQuota {
  return quota.filter(({ recipients, remaining }) => recipients > remaining);
}

/** A sentence for each of them. Not safe for a terminal yet. */
export function fullWords(quota: RedriveQuota): string[] {
  return fullOf(quota).map(
    ({ scope, recipients, remaining }) =>
      `The limit of ${scopeWords(scope)} has room for ${showNumber(remaining)} of ${showNumber(recipients)} recipients: what does not fit waits (deferred), and goes by itself.`,
  );
}
