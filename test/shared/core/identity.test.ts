import { describe, expect, it } from 'vitest';
import { identityOfAttempt } from '../../../shared/core/identity.ts';
import { sampleId } from '../../contracts/sampleMessages.ts';

const id = sampleId();
const of = (delivery: number, attempt: number, atMs = 1_800_000_000_999) =>
  identityOfAttempt({ id, delivery, attempt }, 'hve@contoso.com', atMs);

describe('the identity of an attempt', () => {
  it('is made of id, delivery and attempt, in the domain of the account', () => {
    expect(of(7, 3).messageId).toBe(`<${id}.7.3@contoso.com>`);
  });

  it('differs with each attempt and each delivery, and not with the instant', () => {
    const all = [of(0, 1), of(0, 2), of(1, 1), of(1, 2), of(0, 12), of(1, 21)].map((one) => one.messageId);
    expect(new Set(all).size).toBe(all.length);
    expect(of(0, 1, 5000).messageId).toBe(of(0, 1).messageId);
  });

  it('has the instant of the claim in whole seconds, as a Date header does', () => {
    expect(of(0, 1).dateMs).toBe(1_800_000_000_000);
    expect(new Date(Date.parse(new Date(of(0, 1).dateMs).toUTCString())).getTime()).toBe(of(0, 1).dateMs);
  });
});
