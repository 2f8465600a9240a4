import { expect, test } from 'vitest';
import type { Verdict } from '../../../local/chaos/judge.ts';
import { boundQuota } from '../../../local/chaos/quotaBounds.ts';

const verdict = (acceptedByServer: number, acceptedByRecord: number, unknownSpends: number): Verdict => ({
  accepted: 0,
  unanswered: 0,
  byStatus: {},
  mails: 0,
  explained: 0,
  lost: [],
  unexplained: [],
  refused: [],
  acceptedByServer,
  acceptedByRecord,
  unknownSpends,
});

const problemsOf = (found: Verdict, used: number, leased = 0) => boundQuota(found, { used, leased }).problems;

test('used lies between what the server has accepted and that with the unknown spends', () => {
  expect(problemsOf(verdict(101, 100, 2), 101)).toEqual([]);
  expect(problemsOf(verdict(101, 100, 2), 103)).toEqual([]);
});

test('less than the server has accepted is a limit exceeded', () => {
  expect(problemsOf(verdict(103, 100, 3), 102)).toHaveLength(1);
});

test('less than is recorded as accepted is a wrong count', () => {
  expect(problemsOf(verdict(90, 100, 0), 99)).toHaveLength(2);
});

test('one more than the unknown spends explain was never given back', () => {
  expect(problemsOf(verdict(100, 100, 2), 103)).toHaveLength(1);
});

test('a lease that nobody closes is a finding', () => {
  expect(problemsOf(verdict(100, 100, 0), 100, 5)).toHaveLength(1);
});
