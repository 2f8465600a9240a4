import { expect, test } from 'vitest';
import type { QuotaRequest } from '../../../shared/core/quotaLedger.ts';
import { granted, makeStoredFlows, NO_LIMITS } from './storedFlows.ts';

const REQUEST: QuotaRequest = {
  recipients: 1,
  external: 0,
  account: 'hve@contoso.com',
  app: 'payroll',
  priority: 'normal',
};

test('callers that ask with one and the same object get a reservation each, and the limit holds', async () => {
  const { quota, tend, ledger } = makeStoredFlows({ limits: { ...NO_LIMITS, tenant: 3 } });
  const answers = await Promise.all(Array.from({ length: 5 }, () => quota.reserve(REQUEST)));
  const reserved = answers.filter(({ ok }) => ok).map(granted);
  expect(reserved).toHaveLength(3);
  expect(new Set(reserved).size).toBe(3);
  for (const one of reserved) one.settle(one.charge);
  await tend();
  const { leases, scopes } = await ledger.read();
  // Each of them was settled: nothing keeps the lease open.
  expect(leases).toEqual([]);
  expect(Object.values(scopes.get('tenant')?.taken ?? {})).toEqual([3]);
});
