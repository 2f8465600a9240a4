import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../shared/core/message.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';
import {
  DELIVERIES_AT_MOST,
  RECIPIENTS_PER_DELIVERY_AT_MOST,
  planMessage,
} from '../../../shared/core/plan.ts';

const RULES = { internalDomains: ['contoso.com', '*.contoso.com'], recipientsPerMessage: 50 };

function message(to: readonly string[], more: Partial<Message> = {}): Message {
  const parsed = parseMessage({ to: ['a@contoso.com'], subject: 's', text: 't' }, { now: 0 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const mailboxes = to.map((address) => ({ address, displayName: null }));
  return { ...parsed.message, to: mailboxes, ...more };
}

const internal = (count: number): string[] => Array.from({ length: count }, (_, n) => `i${n}@contoso.com`);
const external = (count: number): string[] => Array.from({ length: count }, (_, n) => `e${n}@example.org`);

function sizes(to: readonly string[], rules = RULES): number[] {
  const plan = planMessage(message(to), rules);
  if (!plan.ok) throw new Error(plan.problem.detail);
  return plan.deliveries.map((delivery) => delivery.length);
}

describe('the plan of a message', () => {
  it.each([
    [1, [1]],
    [50, [50]],
    [51, [50, 1]],
    [120, [50, 50, 20]],
    [4950, Array(99).fill(50)],
  ])('cuts %i recipients into deliveries of at most 50', (count, expected) => {
    expect(sizes(internal(count))).toEqual(expected);
  });

  it('begins with waiting recipients about whom nothing was said', () => {
    const plan = planMessage(message(['a@contoso.com', 'b@sub.contoso.com', 'c@example.org']), RULES);
    expect(plan).toEqual({
      ok: true,
      deliveries: [
        ['a@contoso.com', 'b@sub.contoso.com', 'c@example.org'].map((address) => ({
          address,
          kind: address.endsWith('contoso.com') ? 'internal' : 'external',
          status: 'waiting',
          reply: null,
          at: null,
          identity: null,
        })),
      ],
    });
  });

  it('has each recipient once, the internal ones first, full deliveries, and at most one that is mixed', () => {
    const kinds = fc.array(fc.boolean(), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 60 }), (isInternal, size) => {
        const to = isInternal.map((inside, n) => `r${n}@${inside ? 'contoso.com' : 'example.org'}`);
        fc.pre(Math.ceil(to.length / size) <= DELIVERIES_AT_MOST);
        const plan = planMessage(message(to), { ...RULES, recipientsPerMessage: size });
        if (!plan.ok) throw new Error(plan.problem.detail);
        const all = plan.deliveries.flat();
        expect(all.map((recipient) => recipient.address).toSorted()).toEqual(to.toSorted());
        const firstExternal = isInternal.filter(Boolean).length;
        expect(all.slice(0, firstExternal).every((recipient) => recipient.kind === 'internal')).toBe(true);
        expect(all.slice(firstExternal).every((recipient) => recipient.kind === 'external')).toBe(true);
        const isMixed = (kindsOf: Set<string>): boolean => kindsOf.size === 2;
        expect(
          plan.deliveries.filter((delivery) => isMixed(new Set(delivery.map((one) => one.kind)))).length,
        ).toBeLessThanOrEqual(1);
        for (const delivery of plan.deliveries.slice(0, -1)) expect(delivery).toHaveLength(size);
      }),
      { numRuns: 60 },
    );
  });

  it('counts who stands in To, Cc and Bcc once', () => {
    const twice = { address: 'A@contoso.com', displayName: 'A' };
    const plan = planMessage(message(['a@contoso.com'], { cc: [twice], bcc: [twice] }), RULES);
    expect(plan.ok && plan.deliveries.map((delivery) => delivery.length)).toEqual([1]);
  });

  it('where the profile sets no limit of recipients, cuts by what a row holds', () => {
    const count = RECIPIENTS_PER_DELIVERY_AT_MOST + 1;
    expect(sizes(internal(count), { ...RULES, recipientsPerMessage: null as never })).toEqual([count - 1, 1]);
  });

  it('with split "never" is refused where it does not fit into one, and says what to do', () => {
    expect(planMessage(message(internal(50), { split: 'never' }), RULES).ok).toBe(true);
    const plan = planMessage(message(internal(51), { split: 'never' }), RULES);
    expect(plan).toMatchObject({
      ok: false,
      problem: { pointer: '', code: 'too_many_recipients', detail: expect.stringMatching(/51 .* 50.*split/) },
    });
  });

  it('of more than 99 deliveries is refused with the advice to use several messages or a list', () => {
    const plan = planMessage(message([...internal(4950), ...external(1)]), RULES);
    expect(plan).toMatchObject({
      ok: false,
      problem: {
        code: 'too_many_recipients',
        detail: expect.stringMatching(
          /4951 recipients; at most 4950 .*several messages or a distribution list/,
        ),
      },
    });
  });
});
