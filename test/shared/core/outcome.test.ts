import { describe, expect, it } from 'vitest';
import type { Claim, Delivery } from '../../../shared/core/delivery.ts';
import { makeDurations } from '../../../shared/core/durations.ts';
import type { Fate, Fates, Settled } from '../../../shared/core/outcome.ts';
import { expire } from '../../../shared/core/ending.ts';
import { mergeLateOutcome, settleClaim } from '../../../shared/core/outcome.ts';
import { NOON, sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';

const durations = makeDurations(1);
const SECOND = 1000;
const HOUR = 3_600_000;
const note = (text: string) => ({ text, cause: `cause of ${text}`, remedy: `remedy of ${text}` });
const accepted: Fate = { kind: 'accepted', note: { text: '250 2.1.5 ok', cause: null, remedy: null } };
const failed: Fate = { kind: 'failed', note: note('550 5.1.10 gone') };
const retry: Fate = { kind: 'retry', note: note('451 4.3.0 busy') };
const unknown: Fate = { kind: 'unknown', note: note('lost after the last byte') };
const duplicate: Fate = { kind: 'duplicate', note: note('554 5.2.0 DuplicateDelivery') };
const givenUp: Fate = { kind: 'notSent', note: note('given up'), trouble: null, throttle: false };
const trouble = (scope: 'account' | 'tenant' | 'external'): Fate => ({
  kind: 'notSent',
  note: note(`${scope} trouble`),
  trouble: scope,
  throttle: false,
});

/** A delivery to four: two internal, two external; claimed by its attempt for all that are open. */
const PEOPLE = [
  sampleRecipient('ann@contoso.com'),
  sampleRecipient('bob@contoso.com'),
  sampleRecipient('cy@example.org', { kind: 'external' }),
  sampleRecipient('di@example.org', { kind: 'external' }),
];

function claimed(changes: Partial<Delivery> = {}, lease = '1'): { delivery: Delivery; claim: Claim } {
  const delivery = sampleDelivery({ recipients: PEOPLE, ...changes, status: 'sending' });
  const recipients = delivery.recipients.flatMap(({ status }, index) =>
    status === 'waiting' || status === 'unknown' ? [index] : [],
  );
  const external = recipients.filter((index) => delivery.recipients[index]!.kind === 'external').length;
  const claim: Claim = {
    token: `token-${delivery.attempt}`,
    instance: 'instance',
    account: delivery.sender,
    at: delivery.updatedAt,
    endsAt: delivery.updatedAt + durations.claim,
    charge: { lease, account: delivery.sender, recipients: recipients.length, external },
    recipients,
  };
  return { delivery: { ...delivery, claim }, claim };
}

/** Settles the claim a second after it began. */
function settle(
  { delivery, claim }: { delivery: Delivery; claim: Claim },
  fates: readonly (Fate | null)[],
  random = 0,
): Settled {
  const map: Fates = new Map(fates.flatMap((fate, index) => (fate ? [[index, fate]] : [])));
  return settleClaim(delivery, claim, map, { now: claim.at + SECOND, random, durations });
}

const charged = (delivery: Delivery): number[] => {
  const sum = (field: 'recipients' | 'external'): number =>
    delivery.charges.reduce((total, charge) => total + charge[field], 0);
  return [sum('recipients'), sum('external')];
};
const statuses = (delivery: Delivery): string[] => delivery.recipients.map((recipient) => recipient.status);
/** A row before its next claim, made at `at`. */
const again = (settled: Settled, at = settled.delivery.updatedAt): { delivery: Delivery; claim: Claim } =>
  claimed({ ...settled.delivery, updatedAt: at });

describe('an outcome', () => {
  it.each<[string, readonly Fate[], Delivery['status'], readonly string[]]>([
    ['all accepted', [accepted, accepted, accepted, accepted], 'sent', Array(4).fill('accepted')],
    ['all refused for good', [failed, failed, failed, failed], 'failed', Array(4).fill('failed')],
    [
      'some of both',
      [accepted, failed, accepted, failed],
      'partially_sent',
      ['accepted', 'failed', 'accepted', 'failed'],
    ],
    [
      'a duplicate among accepted',
      [accepted, duplicate, accepted, accepted],
      'sent',
      Array(4).fill('accepted'),
    ],
  ])('with %s is final, with nothing left to do', (_name, fates, status, expected) => {
    const { delivery, itemAfterMs, trouble: parksFor } = settle(claimed(), fates);
    expect(delivery).toMatchObject({
      status,
      claim: null,
      due: null,
      room: null,
      nextAttemptAt: null,
      attempt: 2,
      tries: 0,
    });
    expect(statuses(delivery)).toEqual(expected);
    expect([itemAfterMs, parksFor]).toEqual([null, null]);
  });

  it('refused in passing goes again by the schedule, those only who are open', () => {
    const first = settle(claimed(), [accepted, retry, failed, retry]);
    expect(first.delivery).toMatchObject({ status: 'queued', tries: 1, firstTryAt: NOON, unknownSpends: 0 });
    expect(first.itemAfterMs).toBe(30 * SECOND);
    expect(first.delivery.nextAttemptAt).toBe(NOON + SECOND + 30 * SECOND);
    expect(first.delivery.due).toBe(NOON + SECOND + 30 * SECOND + durations.itemOverdue);
    expect(again(first).claim.recipients).toEqual([1, 3]);
    const second = settle(again(first), [null, accepted, null, accepted]);
    expect(second.delivery.status).toBe('partially_sent');
  });

  it('refused in passing waits longer each time, up to an hour, with jitter, and is given up after 24 hours', () => {
    const delays: number[] = [];
    let at = NOON;
    let row = settle(claimed(), [retry, retry, retry, retry]);
    while (row.itemAfterMs !== null) {
      delays.push(row.itemAfterMs);
      at += SECOND + row.itemAfterMs;
      row = settle(again(row, at), [retry, retry, retry, retry]);
    }
    const minutes = delays.map((delay) => delay / 60_000);
    expect(minutes.slice(0, 8)).toEqual([0.5, 2, 5, 15, 30, 60, 60, 60]);
    expect(new Set(minutes.slice(5))).toEqual(new Set([60]));
    // The last try was within 24 hours of the first, and the next would not have been.
    expect(at - NOON).toBeLessThanOrEqual(24 * HOUR);
    expect(at + HOUR - NOON).toBeGreaterThan(24 * HOUR);
    expect(row.delivery).toMatchObject({ status: 'failed', due: null });
    const [recipient] = row.delivery.recipients;
    const reply = row.delivery.replies[recipient!.reply!]!;
    expect(reply.text).toBe('451 4.3.0 busy');
    expect(reply.cause).toContain('not delivered within 24 hours');
    expect(reply.cause).toContain('cause of 451');
    // Jitter makes it later, by a fifth at the most.
    expect(settle(claimed(), [retry, retry, retry, retry], 0.999).itemAfterMs).toBeGreaterThan(35_900);
    expect(settle(claimed(), [retry, retry, retry, retry], 0.999).itemAfterMs).toBeLessThanOrEqual(36_000);
  });

  it('given up on keeps whom it may have reached as unknown', () => {
    const old = claimed({ firstTryAt: NOON - 24 * HOUR, tries: 20 });
    const { delivery, itemAfterMs } = settle(old, [accepted, unknown, retry, retry]);
    expect(itemAfterMs).toBeNull();
    expect(delivery.status).toBe('partially_sent');
    expect(statuses(delivery)).toEqual(['accepted', 'unknown', 'failed', 'failed']);
  });

  it('unknown goes again under the schedule of retries, and counts as a try', () => {
    const { delivery, itemAfterMs } = settle(claimed(), [accepted, unknown, accepted, unknown]);
    expect(delivery).toMatchObject({ status: 'queued', tries: 1, unknownSpends: 2, unknownInRow: 1 });
    expect(itemAfterMs).toBe(30 * SECOND);
  });

  it('unknown is held at once where the message says so', () => {
    const { delivery, itemAfterMs } = settle(claimed({ onUnknown: 'hold' }), [
      accepted,
      unknown,
      retry,
      failed,
    ]);
    expect(delivery).toMatchObject({ status: 'held', due: null, room: null, claim: null });
    expect(statuses(delivery)).toEqual(['accepted', 'unknown', 'waiting', 'failed']);
    expect(itemAfterMs).toBeNull();
  });

  it('unknown for the third time in a row is held; an answer in between begins anew', () => {
    const lost = [unknown, unknown, unknown, unknown];
    const twice = settle(again(settle(claimed(), lost)), lost);
    expect(twice.delivery).toMatchObject({ status: 'queued', unknownInRow: 2 });
    expect(settle(again(twice), lost).delivery).toMatchObject({ status: 'held', unknownSpends: 12 });
    const answered = settle(again(twice), [accepted, retry, retry, retry]);
    expect(answered.delivery.unknownInRow).toBe(0);
    expect(settle(again(answered), lost).delivery.status).toBe('queued');
  });

  it('unknown twice, and then trouble that never came to the message, is still the third time when it is lost again', () => {
    const lost = [unknown, unknown, unknown, unknown];
    const twice = settle(again(settle(claimed(), lost)), lost);
    const parked = settle(again(twice), Array(4).fill(trouble('tenant')));
    expect(parked.delivery).toMatchObject({ status: 'deferred', unknownInRow: 2 });
    expect(settle(again(parked), lost).delivery.status).toBe('held');
  });

  it('of a claim that ended without a word is unknown for all that it took', () => {
    const { delivery } = settle(claimed(), []);
    expect(statuses(delivery)).toEqual(Array(4).fill('unknown'));
    expect(delivery).toMatchObject({ status: 'queued', unknownSpends: 4, attempt: 2 });
    expect(delivery.replies[delivery.recipients[0]!.reply!]!.text).toContain('without a word');
  });

  it.each<[string, readonly Fate[], string]>([
    [
      'the account',
      [trouble('account'), trouble('account'), trouble('account'), trouble('account')],
      'account',
    ],
    ['the tenant', [trouble('tenant'), trouble('tenant'), trouble('tenant'), trouble('tenant')], 'tenant'],
    ['external mail', [accepted, accepted, trouble('external'), trouble('external')], 'external'],
    [
      'the tenant before the account',
      [trouble('account'), trouble('tenant'), trouble('external'), accepted],
      'tenant',
    ],
    ['the account before external', [accepted, trouble('account'), trouble('external'), accepted], 'account'],
  ])('in trouble of %s is parked for it and costs neither a try nor time', (_name, fates, scope) => {
    const settled = settle(claimed(), fates);
    expect(settled.trouble).toBe(scope);
    expect(settled.itemAfterMs).toBeNull();
    expect(settled.delivery).toMatchObject({ status: 'deferred', tries: 0, firstTryAt: null, attempt: 2 });
  });

  it('in trouble of external mail is not parked with those who are inside: they go without the others', () => {
    const spared: Fate = { kind: 'notSent', note: note('external trouble'), trouble: null, throttle: false };
    const { delivery, trouble: parksFor } = settle(claimed(), [
      spared,
      spared,
      trouble('external'),
      trouble('external'),
    ]);
    expect(parksFor).toBeNull();
    expect(delivery).toMatchObject({ status: 'queued', tries: 0 });
    const alone = settle(claimed(), [accepted, failed, trouble('external'), trouble('external')]);
    expect([alone.delivery.status, alone.trouble]).toEqual(['deferred', 'external']);
  });

  it('in trouble after 24 hours of it is still not given up: they begin with the first try', () => {
    let row = settle(claimed(), Array(4).fill(trouble('tenant')));
    row = settle(again(row, NOON + 48 * HOUR), [retry, retry, retry, retry]);
    expect(row.delivery).toMatchObject({ status: 'queued', firstTryAt: NOON + 48 * HOUR });
  });

  it('that was only given up before the last byte goes again soon and costs no try', () => {
    const { delivery, itemAfterMs } = settle(claimed(), [givenUp, givenUp, givenUp, givenUp]);
    // Not at once: whatever makes an attempt give up at once must not make it spin.
    const delayMs = durations.retries[0]!;
    expect(itemAfterMs).toBe(delayMs);
    expect(delivery).toMatchObject({ status: 'queued', tries: 0, nextAttemptAt: NOON + SECOND + delayMs });
    expect(delivery.due).toBe(NOON + SECOND + delayMs + durations.itemOverdue);
  });

  it('leaves a mixed delivery queued at once for those whom its claim did not take', () => {
    const { delivery, claim } = claimed();
    const internal: Claim = {
      ...claim,
      recipients: [0, 1],
      charge: { ...claim.charge, recipients: 2, external: 0 },
    };
    const settled = settle({ delivery, claim: internal }, [accepted, accepted]);
    expect(settled.delivery.status).toBe('queued');
    expect(statuses(settled.delivery)).toEqual(['accepted', 'accepted', 'waiting', 'waiting']);
    expect(settled.itemAfterMs).toBe(0);
    expect(charged(settled.delivery)).toEqual([2, 0]);
  });

  it('of a message canceled meanwhile ends it: canceled, unless everybody got it', () => {
    const canceled = claimed({ cancelRequested: true });
    const { delivery, itemAfterMs } = settle(canceled, [accepted, unknown, retry, failed]);
    expect(delivery.status).toBe('canceled');
    expect(statuses(delivery)).toEqual(['accepted', 'unknown', 'failed', 'failed']);
    expect(delivery.replies[delivery.recipients[2]!.reply!]!.text).toBe('canceled before it was sent');
    expect(itemAfterMs).toBeNull();
    expect(settle(canceled, [accepted, accepted, accepted, accepted]).delivery.status).toBe('sent');
  });

  it('forgets how the row was released, and numbers the attempt', () => {
    const released = claimed({ releasedFrom: 'quota:tenant', probe: true });
    expect(settle(released, [retry, retry, retry, retry]).delivery).toMatchObject({
      releasedFrom: null,
      probe: false,
      attempts: [{ attempt: 1, at: NOON, account: 'hve@contoso.com', accepted: 0, refused: 4, unknown: 0 }],
    });
  });
});

describe('the charge of an attempt', () => {
  it.each<[string, readonly Fate[], readonly number[]]>([
    ['accepted', [accepted, accepted, accepted, accepted], [4, 2]],
    ['unknown counts as spent', [accepted, unknown, accepted, unknown], [4, 2]],
    ['refused goes back', [failed, retry, failed, retry], [0, 0]],
    ['not sent goes back', Array(4).fill(trouble('tenant')), [0, 0]],
    ['a duplicate goes back', [accepted, accepted, duplicate, accepted], [3, 1]],
    ['internal refused, external kept', [failed, accepted, accepted, accepted], [3, 2]],
  ])('%s', (_name, fates, charges) => {
    const { delivery, spent } = settle(claimed(), fates);
    expect(charged(delivery)).toEqual(charges);
    expect([spent.recipients, spent.external]).toEqual(charges);
  });

  it('of the same lease and account is one charge; of another lease another; a repeat counts again', () => {
    const lost = [unknown, unknown, unknown, unknown];
    const first = settle(claimed(), lost);
    const same = settle(claimed({ ...first.delivery }, '1'), lost);
    expect(same.delivery.charges).toEqual([
      { lease: '1', account: 'hve@contoso.com', recipients: 8, external: 4 },
    ]);
    const other = settle(claimed({ ...first.delivery }, '2'), lost);
    expect(other.delivery.charges.map(({ lease, recipients }) => [lease, recipients])).toEqual([
      ['1', 4],
      ['2', 4],
    ]);
  });
});

describe('the identity', () => {
  it('is bound to who ended unknown, with its Date and to how many it was given', () => {
    const { delivery } = settle(claimed({ updatedAt: NOON + 789 }), [accepted, unknown, failed, retry]);
    const { id } = delivery;
    expect(delivery.identities).toEqual([{ messageId: `<${id}.0.1@contoso.com>`, dateMs: NOON, given: 4 }]);
    expect(delivery.recipients.map((recipient) => recipient.identity)).toEqual([null, 0, null, null]);
  });

  it('stays as it was bound, whatever comes; who was not bound gets that of the attempt that was lost', () => {
    const first = settle(claimed(), [retry, unknown, retry, failed]);
    const second = settle(again(first, NOON + HOUR), [unknown, unknown, accepted, null]);
    const { id } = second.delivery;
    expect(second.delivery.identities).toEqual([
      first.delivery.identities[0],
      { messageId: `<${id}.0.2@contoso.com>`, dateMs: NOON + HOUR, given: 2 },
    ]);
    expect(second.delivery.recipients.map((recipient) => recipient.identity)).toEqual([1, 0, null, null]);
    const third = settle(again(second), [retry, retry, null, null]);
    expect(third.delivery.recipients.map((recipient) => recipient.identity)).toEqual([1, 0, null, null]);
    // Who may have got it once stays unknown, whatever a later attempt was told.
    expect(statuses(third.delivery)).toEqual(['unknown', 'unknown', 'accepted', 'failed']);
  });
});

describe('a late outcome (R7)', () => {
  const lateFates = (...fates: (Fate | null)[]): Fates =>
    new Map(fates.flatMap((fate, index) => (fate ? [[index, fate]] : [])));

  it('settles a row that was queued to go again, and nothing goes back', () => {
    const takenOver = settle(claimed(), []).delivery;
    const merged = mergeLateOutcome(
      takenOver,
      lateFates(accepted, accepted, accepted, accepted),
      NOON + HOUR,
    )!;
    expect(merged).toMatchObject({ status: 'sent', due: null, unknownSpends: 4 });
    expect(charged(merged)).toEqual([4, 2]);
  });

  it('counts acceptances only', () => {
    const takenOver = settle(claimed(), []).delivery;
    expect(mergeLateOutcome(takenOver, lateFates(failed, retry, unknown, givenUp), NOON)).toBeNull();
    const merged = mergeLateOutcome(takenOver, lateFates(accepted, failed, unknown, null), NOON + 5)!;
    expect(merged.status).toBe('queued');
    expect(statuses(merged)).toEqual(['accepted', 'unknown', 'unknown', 'unknown']);
    expect(merged.recipients[0]).toMatchObject({ at: NOON + 5 });
    expect(merged.replies[merged.recipients[0]!.reply!]!.text).toBe('250 2.1.5 ok');
  });

  it('takes a repeat that was refused as a duplicate for an acceptance', () => {
    const takenOver = settle(claimed(), []).delivery;
    expect(statuses(mergeLateOutcome(takenOver, lateFates(duplicate), NOON)!)[0]).toBe('accepted');
  });

  it('adds nothing to what is accepted already', () => {
    const sent = settle(claimed(), [accepted, accepted, accepted, accepted]).delivery;
    expect(mergeLateOutcome(sent, lateFates(accepted, accepted), NOON)).toBeNull();
  });

  it('takes back that a recipient failed, and a final status with it', () => {
    const gaveUp = settle(claimed({ firstTryAt: NOON - 24 * HOUR }), [retry, retry, retry, retry]).delivery;
    expect(gaveUp.status).toBe('failed');
    expect(mergeLateOutcome(gaveUp, lateFates(accepted), NOON)!.status).toBe('partially_sent');
  });

  it('leaves a canceled message canceled', () => {
    const canceled = settle(claimed({ cancelRequested: true }), []).delivery;
    const merged = mergeLateOutcome(canceled, lateFates(accepted, accepted, accepted, accepted), NOON)!;
    expect(merged.status).toBe('canceled');
    expect(statuses(merged)).toEqual(Array(4).fill('accepted'));
  });

  it.each<[string, Fate, number[]]>([
    ['failed', failed, [3, 1]],
    ['retry', retry, [3, 1]],
    ['unknown', unknown, [4, 2]],
    ['not sent', trouble('tenant'), [3, 1]],
  ])('stands when the claim under way ends as %s for the same recipient', (_name, fate, spent) => {
    const takenOver = settle(claimed(), []);
    const next = claimed({ ...takenOver.delivery, charges: [] });
    // The first attempt's word comes while the second one is under way.
    const merged = mergeLateOutcome(next.delivery, lateFates(null, null, null, accepted), NOON + 5)!;
    expect(merged.claim).toEqual(next.claim);
    const { delivery, itemAfterMs } = settle({ delivery: merged, claim: next.claim }, [
      accepted,
      accepted,
      accepted,
      fate,
    ]);
    expect(statuses(delivery)).toEqual(Array(4).fill('accepted'));
    expect(delivery.status).toBe('sent');
    expect(itemAfterMs).toBeNull();
    // What the second attempt spent is spent all the same.
    expect(charged(delivery)).toEqual(spent);
  });

  it('that settles the only one in doubt does not hold the message for it', () => {
    const takenOver = settle(claimed({ onUnknown: 'resend' }), [unknown, retry, accepted, accepted]);
    const next = claimed({ ...takenOver.delivery, onUnknown: 'hold' });
    const merged = mergeLateOutcome(next.delivery, lateFates(accepted), NOON + 5)!;
    const { delivery } = settle({ delivery: merged, claim: next.claim }, [unknown, retry, null, null]);
    expect(delivery).toMatchObject({ status: 'queued', unknownInRow: 0, unknownSpends: 2 });
  });
});

describe('what expires', () => {
  it('fails for those who were not reached, with the reason, and is expired', () => {
    const row = settle(claimed(), [accepted, unknown, failed, retry]).delivery;
    const expired = expire(row, NOON + HOUR);
    expect(expired).toMatchObject({ status: 'expired', due: null, room: null, nextAttemptAt: null });
    expect(statuses(expired)).toEqual(['accepted', 'unknown', 'failed', 'failed']);
    expect(expired.replies[expired.recipients[3]!.reply!]).toMatchObject({
      cause: 'expiresAt has passed',
      remedy: expect.stringContaining('redrive'),
    });
    expect(expired.replies[expired.recipients[2]!.reply!]!.text).toBe('550 5.1.10 gone');
  });
});
