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

const facts = (used: number, kills = 0) => ({ used, kills, pauses: 0, hosts: 3, deliveriesAtOnce: 72 });

test('used is what was accepted and what was unknown', () => {
  expect(boundQuota(verdict(101, 100, 2), facts(102))).toMatchObject({ unused: 0, problems: [] });
});

test('less than the server has accepted is a limit exceeded', () => {
  expect(boundQuota(verdict(103, 100, 3), facts(102)).problems).toHaveLength(1);
});

test('less than is recorded as accepted is a wrong count', () => {
  expect(boundQuota(verdict(90, 100, 0), facts(99)).problems).toHaveLength(1);
});

test('what no record charges needs a kill that explains it', () => {
  expect(boundQuota(verdict(100, 100, 0), facts(110)).problems).toHaveLength(1);
  expect(boundQuota(verdict(100, 100, 0), facts(110, 1))).toMatchObject({ unused: 10, problems: [] });
  expect(boundQuota(verdict(100, 100, 0), facts(173, 1)).problems).toHaveLength(1);
});
