import { expect, it } from 'vitest';
import { addNeeds, needsOf } from '../../../shared/core/quotaNeeds.ts';
import { sampleDelivery, sampleRecipient } from '../../contracts/sampleMessages.ts';

const failed = sampleDelivery({
  status: 'partially_sent',
  recipients: [
    sampleRecipient('has-it@contoso.com', { status: 'accepted' }),
    sampleRecipient('failed@contoso.com', { status: 'failed' }),
    sampleRecipient('unknown@contoso.com', { status: 'unknown' }),
    sampleRecipient('failed@example.org', { status: 'failed', kind: 'external' }),
  ],
});

it('counts those who have not got it, in every scope', () => {
  expect([...needsOf([failed, failed], true)]).toEqual([
    ['tenant', 6],
    ['account:hve@contoso.com', 6],
    ['app:payroll', 6],
    ['external', 2],
  ]);
});

it('leaves out external recipients where none are allowed, what is captured, and the account of a pool', () => {
  const needs = needsOf([failed, { ...failed, mode: 'capture' }, { ...failed, sender: 'Team' }], false);
  expect([...needs]).toEqual([
    ['tenant', 4],
    ['account:hve@contoso.com', 2],
    ['app:payroll', 4],
  ]);
});

it('adds up over messages', () => {
  const needs = addNeeds(
    new Map([['tenant', 1]]),
    new Map([['tenant', 2] as const, ['app:crm', 3] as const]),
  );
  expect([...needs]).toEqual([
    ['tenant', 3],
    ['app:crm', 3],
  ]);
});
