/** The rules of the quota, like those of rules.test.ts: each has a run in which it is what keeps the books right. */
import { describe } from 'vitest';
import * as breaks from './breaksOfLedger.ts';
import type { RuleCase } from './ruleCases.ts';
import { CALM, CRASHES, testRules } from './ruleCases.ts';

/** Three quarters of a minute before an hour ends. */
const BEFORE_TEN = Date.parse('2026-11-24T09:59:15Z');

const CASES: readonly RuleCase[] = [
  {
    rule: 'the ETags of a closing',
    broken: 'a closing that is repeated makes room that is not there',
    wrap: breaks.closesTwice,
    profile: CALM,
    ignored: ['exact'],
    shows: ['quota'],
  },
  {
    rule: 'the ETags of a take',
    broken: 'of two takes at once one is forgotten',
    wrap: breaks.scopesOverwrite,
    profile: { ...CALM, instances: 3 },
    ignored: ['exact'],
    shows: ['quota'],
  },
  {
    rule: 'a reservation is settled once',
    broken: 'what a row no longer charges goes back twice',
    wrap: breaks.settlesTwice,
    profile: { ...CALM, smtpFault: 0.6, lostShare: 0 },
    ignored: ['exact'],
    shows: ['quota'],
  },
  {
    rule: 'nothing is reserved from a lease that is closing',
    broken: 'mail goes on a lease that was given back',
    wrap: breaks.spendsWhileClosing,
    profile: { ...CALM, jump: 0.03 },
    ignored: ['exact'],
    shows: ['lease', 'quota'],
  },
  {
    rule: 'a block fits into what is left',
    broken: 'a limit is exceeded',
    wrap: breaks.blocksTooLarge,
    profile: { ...CALM, tenantLimit: 8 },
    ignored: ['exact'],
    shows: ['limit'],
  },
  {
    rule: 'the margin after the end of a lease',
    broken: 'a claim names a lease that the sweep has closed',
    wrap: breaks.closesTheDeadEarly,
    // A lease that ends with its hour may be spent until then.
    profile: { ...CALM, skewMs: 90_000, jump: 0.03, instances: 3, messages: 7, startsAt: BEFORE_TEN },
    shows: ['lease', 'quota'],
  },
  {
    rule: 'a claim keeps its lease from being closed by the record',
    broken: 'what is under way on it is given back',
    wrap: breaks.claimsNotCounted,
    profile: CRASHES,
    ignored: ['exact', 'lease'],
    shows: ['quota'],
  },
  {
    rule: 'every day is counted that was touched since before the lease was taken',
    broken: 'what a dead instance sent of an old backlog is given back',
    wrap: breaks.onlyTodayCounted,
    profile: { ...CRASHES, days: 0.5, jump: 0.05 },
    ignored: ['exact', 'lease'],
    shows: ['quota'],
  },
  {
    rule: 'an hour counts that overlaps the window',
    broken: 'a zone that is changed in the middle of the day gives a part of it away',
    wrap: (ports) => ports,
    breaks: breaks.onlyWholeHours,
    profile: {
      ...CALM,
      jump: 0.06,
      tenantLimit: 8,
      messages: 7,
      window: 'calendar',
      timeZone: 'UTC',
      deployments: 2,
      change: { timeZone: 'America/St_Johns' },
      startsAt: Date.parse('2026-11-24T03:10:00Z'),
    },
    ignored: ['limit'],
    shows: ['day'],
  },
  {
    rule: 'a rolling window has 26 hours',
    broken: 'some 24 hours hold more than the limit',
    wrap: (ports) => ports,
    breaks: breaks.only24Hours,
    profile: { ...CALM, days: 0.3, jump: 0.05, tenantLimit: 5, messages: 9, window: 'rolling' },
    ignored: ['limit'],
    shows: ['day'],
  },
  {
    rule: 'what is laid down for an app holds after a minute',
    broken: 'a lowered limit is exceeded',
    wrap: breaks.appRulesRememberedForEver,
    profile: { ...CALM, ruleChanges: 3, variety: 1 },
    shows: ['limit'],
  },
];

describe('the rule that keeps the books', () => {
  testRules(CASES);
});
