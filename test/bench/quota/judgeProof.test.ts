import { expect, test } from 'vitest';
import type { AcceptedRecipient } from '../../../bench/quota/acceptedFile.ts';
import type { ProofFacts } from '../../../bench/quota/judgeProof.ts';
import { judgeProof } from '../../../bench/quota/judgeProof.ts';

/** Ten recipients, two of them external; one of them was accepted and never heard of, and was sent once more. */
const ACCEPTED = Array.from({ length: 10 }, (_, n): AcceptedRecipient => {
  return { messageId: '<1@contoso.com>', address: `p${n === 9 ? 8 : n}@contoso.com`, isExternal: n < 2 };
});
const GOOD: ProofFacts = {
  limits: { recipients: 11, external: 2 },
  kills: 1,
  accepted: ACCEPTED,
  used: { tenant: 11, external: 2 },
  told: { tenant: 11, external: 2 },
  leases: 0,
  record: {
    charged: { tenant: 11, external: 2 },
    accepted: 9,
    unknownSpends: 2,
    moving: 0,
    waiting: { recipients: 5, external: 1 },
    byStatus: { sent: 3, deferred: 2 },
  },
  watch: { looks: 7, mostTaken: { tenant: 11, external: 2 }, problems: [] },
};

test('a run that ends exactly at the limits, with all of it accounted for, is good', () => {
  expect(judgeProof(GOOD)).toEqual([]);
});

test.each<[string, Partial<ProofFacts>, string]>([
  [
    'one recipient of the limit is left',
    { used: { tenant: 10, external: 2 } },
    'tenant: 10 recipients are used',
  ],
  ['one is used too many', { used: { tenant: 12, external: 2 } }, 'tenant: 12 recipients are used'],
  ['an external one is left', { used: { tenant: 11, external: 1 } }, 'external: 1 recipients are used'],
  [
    'more was accepted than used',
    { accepted: [...ACCEPTED, ...ACCEPTED] },
    '20 recipients were accepted, 11 are used',
  ],
  ['some of it is explained by nothing', { accepted: ACCEPTED.slice(0, 8) }, 'together are only 10'],
  ['nobody was killed, and it differs all the same', { kills: 0 }, 'tenant: 11 are used, 10 were accepted'],
  [
    'the rows charge something else',
    { used: { tenant: 11, external: 2, 'app:news': 1 } },
    'app:news: the ledger says 1',
  ],
  ['the usage tells something else', { told: { tenant: 10 } }, 'tenant: the usage tells 10'],
  ['a lease is left', { leases: 1 }, '1 leases are still open'],
  ['a delivery moves', { record: { ...GOOD.record, moving: 1 } }, '1 deliveries still move'],
  [
    'a repeat is explained by nothing',
    { record: { ...GOOD.record, unknownSpends: 0 } },
    '1 recipients were accepted again',
  ],
  [
    'the limit never stopped anybody',
    { record: { ...GOOD.record, waiting: { recipients: 0, external: 0 } } },
    'nobody waits',
  ],
  ['it was exceeded meanwhile', { watch: { ...GOOD.watch, problems: ['12 were taken'] } }, '12 were taken'],
])('it is found where %s', (_, changes, words) => {
  expect(judgeProof({ ...GOOD, ...changes }).join('\n')).toContain(words);
});
