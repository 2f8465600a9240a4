import { expect, test } from 'vitest';
import { watchLedger } from '../../../bench/quota/watchLedger.ts';
import type { AcceptedRecipient } from '../../../bench/quota/acceptedFile.ts';
import type { Ledger } from '../../../shared/ports.ts';

/** A ledger of which so much was taken, in two hours. */
function ledgerWith(tenant: number): Ledger {
  const taken = { '0': tenant - 1, '3600000': 1 };
  return {
    read: async () => ({ scopes: new Map([['tenant', { taken, etag: 'x' }]]), leases: [] }),
    write: async () => null,
    noteSpent: async () => null,
    removeScope: async () => false,
  };
}

const ONE: AcceptedRecipient = { messageId: '<1@contoso.com>', address: 'a@contoso.com', isExternal: false };

test('what keeps to the limit and covers what was sent is fine', async () => {
  const watch = watchLedger({ ledger: ledgerWith(10), limits: { tenant: 10 }, countAccepted: () => [ONE] });
  const { looks, mostTaken, problems } = await watch.end();
  expect(problems).toEqual([]);
  expect(mostTaken).toEqual({ tenant: 10 });
  expect(looks).toBeGreaterThan(0);
});

test('one recipient above the limit is found', async () => {
  const watch = watchLedger({ ledger: ledgerWith(11), limits: { tenant: 10 }, countAccepted: () => [] });
  expect((await watch.end()).problems).toContain('11 recipients of tenant were taken, 10 are allowed');
});

test('one recipient that was sent and not taken before is found', async () => {
  const accepted = [ONE, ONE, { ...ONE, isExternal: true }];
  const watch = watchLedger({ ledger: ledgerWith(2), limits: { tenant: 10 }, countAccepted: () => accepted });
  const { problems } = await watch.end();
  expect(problems).toContain('3 recipients of tenant were accepted, 2 were taken');
  expect(problems).toContain('1 recipients of external were accepted, 0 were taken');
});

test('a ledger that cannot be read is told, not passed over', async () => {
  const ledger: Ledger = { ...ledgerWith(1), read: async () => Promise.reject(new Error('no answer')) };
  const watch = watchLedger({ ledger, limits: {}, countAccepted: () => [] });
  await expect(watch.end()).rejects.toThrow('no answer');
});
