import { describe, expect, it } from 'vitest';
import type { AppRules } from '../../../shared/core/appRules.ts';
import { boundPriority, maySend, wishedSender } from '../../../shared/core/appRules.ts';

const NO_RULES: AppRules = { name: 'payroll', accounts: null, quotaPerDay: null, highestPriority: null };

describe('the rules of an app', () => {
  it('bound its priority, and never raise it', () => {
    const atMostNormal: AppRules = { ...NO_RULES, highestPriority: 'normal' };
    expect(boundPriority(atMostNormal, 'critical')).toBe('normal');
    expect(boundPriority(atMostNormal, 'normal')).toBe('normal');
    expect(boundPriority(atMostNormal, 'bulk')).toBe('bulk');
    for (const rules of [NO_RULES, null]) expect(boundPriority(rules, 'critical')).toBe('critical');
  });

  it('name the senders that it may use, the default first', () => {
    const rules: AppRules = { ...NO_RULES, accounts: ['Payroll@contoso.com', 'team'] };
    expect(wishedSender(rules, null)).toBe('Payroll@contoso.com');
    expect(wishedSender(rules, 'team')).toBe('team');
    expect(maySend(rules, 'payroll@Contoso.com')).toBe(true);
    expect(maySend(rules, 'hve@contoso.com')).toBe(false);
  });

  it('leave every sender open where they name none', () => {
    for (const rules of [NO_RULES, null]) {
      expect(wishedSender(rules, null)).toBeNull();
      expect(maySend(rules, 'hve@contoso.com')).toBe(true);
    }
    expect(maySend({ ...NO_RULES, accounts: [] }, 'hve@contoso.com')).toBe(false);
  });
});
