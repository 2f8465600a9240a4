/** Rules of the row that hold over any sequence of claims and outcomes, late ones and lost ones included. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claim, Delivery } from '../../../shared/core/delivery.ts';
import { openRecipients } from '../../../shared/core/delivery.ts';
import { makeDurations } from '../../../shared/core/durations.ts';
import type { Fate, Fates } from '../../../shared/core/outcome.ts';
import { mergeLateOutcome, settleClaim } from '../../../shared/core/outcome.ts';
import { isFinal } from '../../../shared/core/status.ts';
import { NOON, sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';

const durations = makeDurations(1);

const KINDS = ['accepted', 'duplicate', 'failed', 'retry', 'unknown', 'notSent', 'nothing'] as const;
interface Round {
  readonly kinds: readonly (typeof KINDS)[number][];
  readonly lease: number;
  readonly onlyInternal: boolean;
  /** The word of an earlier claim, so many before, comes while this one is under way. */
  readonly late: number | null;
}
const rounds = fc.array(
  fc.record<Round>({
    kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 6, maxLength: 6 }),
    lease: fc.nat(2),
    onlyInternal: fc.boolean(),
    late: fc.option(fc.nat(3)),
  }),
  { minLength: 1, maxLength: 12 },
);

function fateOf(kind: Exclude<Round['kinds'][number], 'nothing'>, text: string): Fate {
  const note = { text, cause: kind === 'accepted' ? null : `cause ${text}`, remedy: null };
  return kind === 'notSent' ? { kind, note, trouble: 'tenant', throttle: false } : { kind, note };
}

function claimFor(delivery: Delivery, round: Round, at: number): Claim {
  const open = openRecipients(delivery).filter(
    (index) => !round.onlyInternal || delivery.recipients[index]!.kind === 'internal',
  );
  const external = open.filter((index) => delivery.recipients[index]!.kind === 'external').length;
  return {
    token: `${delivery.attempt}`,
    instance: 'i',
    account: delivery.sender,
    at,
    endsAt: at + durations.claim,
    charge: { lease: String(round.lease), account: delivery.sender, recipients: open.length, external },
    recipients: open,
  };
}

describe('over any sequence of claims and outcomes', () => {
  it('the row charges what was accepted or unknown, binds identities for good, and never takes an acceptance back', () => {
    fc.assert(
      fc.property(fc.nat(6), rounds, (externals, sequence) => {
        let row = sampleDelivery({
          recipients: Array.from({ length: 6 }, (_, n) =>
            sampleRecipient(`r${n}@x`, { kind: n < 6 - externals ? 'internal' : 'external' }),
          ),
        });
        const spent = { recipients: 0, external: 0 };
        const said: Fates[] = [];
        let doubts = 0;
        let at = NOON;
        for (const round of sequence) {
          at += 60_000;
          const claim = claimFor(row, round, at);
          if (claim.recipients.length === 0) continue;
          const fates: Fates = new Map(
            claim.recipients.flatMap((index) => {
              const kind = round.kinds[index]!;
              return kind === 'nothing' ? [] : [[index, fateOf(kind, `${kind} ${row.attempt}`)]];
            }),
          );
          const before = row;
          let standing: Delivery = { ...row, status: 'sending', claim };
          const earlier = round.late === null ? undefined : said.at(-1 - round.late);
          if (earlier) standing = mergeLateOutcome(standing, earlier, at) ?? standing;
          const {
            delivery,
            spent: stillCharged,
            itemAfterMs,
          } = settleClaim(standing, claim, fates, {
            now: at + 1000,
            random: 0.5,
            durations,
          });
          said.push(fates);

          // Spent: each attempt's accepted and unknown ones; what is neither goes back.
          const kept = claim.recipients.filter((index) =>
            ['accepted', 'unknown'].includes(fates.get(index)?.kind ?? 'unknown'),
          );
          const spentBefore = { ...spent };
          spent.recipients += kept.length;
          spent.external += kept.filter((index) => row.recipients[index]!.kind === 'external').length;
          const total = (field: 'recipients' | 'external'): number =>
            delivery.charges.reduce((sum, charge) => sum + charge[field], 0);
          expect([total('recipients'), total('external')]).toEqual([spent.recipients, spent.external]);
          // What the lease keeps is what the row charges.
          expect(stillCharged).toMatchObject({
            recipients: spent.recipients - spentBefore.recipients,
            external: spent.external - spentBefore.external,
          });

          doubts += claim.recipients.filter(
            (index) => (fates.get(index)?.kind ?? 'unknown') === 'unknown',
          ).length;
          expect(delivery.unknownSpends).toBe(doubts);
          const accepted = delivery.recipients.filter((recipient) => recipient.status === 'accepted').length;
          // Accepted ≤ used ≤ accepted + unknown spends; a duplicate's spend is the unknown one before.
          expect(spent.recipients).toBeLessThanOrEqual(accepted + doubts);

          expect(delivery.identities.slice(0, before.identities.length)).toEqual(before.identities);
          const wrong = delivery.recipients.filter((recipient, index) => {
            const was = standing.recipients[index]!;
            return (
              (was.identity !== null && recipient.identity !== was.identity) ||
              (was.status === 'accepted' && recipient.status !== 'accepted') ||
              (recipient.status === 'unknown' && recipient.identity === null) ||
              (recipient.reply !== null && !delivery.replies[recipient.reply]) ||
              (recipient.identity !== null && !delivery.identities[recipient.identity])
            );
          });
          expect(wrong).toEqual([]);
          expect(delivery.claim).toBeNull();
          expect(delivery.attempt).toBe(before.attempt + 1);
          // Somebody looks at it again, or it is over, parked or held.
          expect(itemAfterMs !== null).toBe(delivery.status === 'queued');
          expect(openRecipients(delivery).length > 0 || isFinal(delivery.status)).toBe(true);
          row = delivery;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a row of 500 recipients stays under 700 KB after 50 attempts, whatever servers say (R8)', () => {
    const LONG = 'x'.repeat(5000);
    let row = sampleDelivery({
      recipients: Array.from({ length: 500 }, (_, n) =>
        sampleRecipient(`${String(n).padStart(64, 'a')}@${'d'.repeat(180)}.example.org`, {
          kind: 'external',
        }),
      ),
    });
    for (let n = 0; n < 50; n++) {
      const round: Round = { kinds: [], lease: n, onlyInternal: false, late: null };
      const claim = claimFor(row, round, NOON + n * 60_000);
      // Each attempt somebody new is in doubt, and everybody gets a reply of their own, with a cause that quotes it.
      const fates: Fates = new Map(
        claim.recipients.map((index) => [
          index,
          {
            kind: index <= n * 10 ? 'unknown' : 'retry',
            note: { text: `${n} ${index} ${LONG}`, cause: `said ${index}: ${LONG}`, remedy: `do ${LONG}` },
          },
        ]),
      );
      row = settleClaim({ ...row, status: 'sending', claim }, claim, fates, {
        now: claim.at + 1000,
        random: 0,
        durations,
      }).delivery;
    }
    expect(row.attempt).toBe(51);
    expect(row.attempts).toHaveLength(10);
    expect(row.charges.length).toBeLessThanOrEqual(100);
    expect(row.recipients.every((recipient) => recipient.reply !== null)).toBe(true);
    expect(JSON.stringify(row).length).toBeLessThan(700 * 1024);
    expect(row.unknownSpends).toBe(Array.from({ length: 50 }, (_, n) => n * 10 + 1).reduce((a, b) => a + b));
  });
});
