/** A limit that is lowered holds once the leases before it have ended, however slow whoever takes from the ledger is. */
import { describe, expect, it } from 'vitest';
import { NO_LIMITS, makeStoredFlows } from './storedFlows.ts';

const REQUEST = {
  recipients: 5,
  external: 0,
  account: 'hve@contoso.com',
  app: 'payroll',
  priority: 'normal',
} as const;

describe('a take', () => {
  it('goes by the limits of when it is decided, not of before the ledger was read', async () => {
    let tenant = 100;
    const flows = makeStoredFlows({
      wrapLedger: (ledger) => ({
        ...ledger,
        async read() {
          // It stands still while it reads, and a limit is lowered meanwhile.
          flows.time.now += 30 * 60_000;
          tenant = 4;
          return ledger.read();
        },
      }),
    });
    const quota = flows.quotaOf('a slow one', { limits: { of: async () => ({ ...NO_LIMITS, tenant }) } });
    expect(await quota.reserve(REQUEST)).toMatchObject({ ok: false, scope: 'tenant', tooLarge: true });
  });

  it('begins its lease no later than it asked for the limits', async () => {
    const flows = makeStoredFlows();
    let askedAt = 0;
    const limits = {
      async of() {
        askedAt = flows.time.now;
        flows.time.now += 5 * 60_000;
        return { ...NO_LIMITS, tenant: 100 };
      },
    };
    const quota = flows.quotaOf('a slow one', { limits });
    expect(await quota.reserve(REQUEST)).toMatchObject({ ok: true });
    const { leases } = await flows.ledger.read();
    expect(leases.map(({ lease }) => lease.takenAt)).toEqual([askedAt]);
  });
});
