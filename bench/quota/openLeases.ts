/** Ours: the quota of an instance as `makeMailer` makes it, over the real ports. */
import { makeAppBook } from '../../shared/flows/appBook.ts';
import { makeLimits } from '../../shared/flows/limits.ts';
import { makeQuota } from '../../shared/flows/quota.ts';
import type { QuotaRequest } from '../../shared/core/quotaLedger.ts';
import { connectPorts } from '../../shared/wiring.ts';
import type { OpenContender } from './contender.ts';
import { ACCOUNTS, makeQuotaRules } from './quotaSettings.ts';

const REQUEST: QuotaRequest = {
  recipients: 1,
  external: 0,
  account: ACCOUNTS[0],
  app: 'default',
  priority: 'normal',
};
const ALL_OF_IT = { recipients: 1, external: 0 };

export const openLeases: OpenContender = async ({ connectionString, tablePrefix, limit }) => {
  const rules = makeQuotaRules({ connectionString, tablePrefix });
  const { durations, windows, instance } = rules;
  const log = (): void => undefined;
  const { ports, primeClock } = connectPorts(rules, log);
  await primeClock();
  const base = { ...ports, durations, log };
  const limits = makeLimits({ limits: { ...rules.limits, tenant: limit }, appBook: makeAppBook(base) });
  const quota = makeQuota({ ...base, windows, limits, shownScopes: [], instance });
  return {
    async spend() {
      const reservation = await quota.reserve(REQUEST);
      if (!reservation.ok) return 'full';
      reservation.settle(ALL_OF_IT);
      return 'spent';
    },
    close: () => quota.close(),
  };
};
