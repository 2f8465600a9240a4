import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { packedJson } from '../../../shared/adapters/storage/packed.ts';
import { APPS_NAMED_AT_MOST, boundReport } from '../../../shared/core/boundReport.ts';
import type { DayReport } from '../../../shared/core/records.ts';

const { columnsOf } = packedJson<DayReport>('report');

/** Names and numbers that deflate as badly as they can; the first app has the most recipients. */
function reportOf(appCount: number): DayReport {
  const names = Array.from({ length: appCount }, () => randomBytes(32).toString('hex'));
  const numberBelow = (below: number): number => randomBytes(4).readUInt32BE() % below;
  const scopeOf = (scope: string, recipients: number) => ({
    scope,
    limit: null,
    recipients,
    ledger: recipients,
    byHour: Array.from({ length: 24 }, () => numberBelow(1000)),
  });
  return {
    day: '2026-11-24',
    timeZone: 'UTC',
    closedAt: 0,
    messages: appCount,
    byStatus: {},
    accepted: appCount,
    unknownSpends: 0,
    scopes: [
      scopeOf('tenant', appCount),
      scopeOf('external', 0),
      scopeOf('account:hve@contoso.com', 1),
      ...names.map((name, n) => scopeOf(`app:${name}`, appCount - n)),
    ],
    apps: names.map((app, n) => ({
      app,
      messages: 1,
      accepted: appCount - n,
      failed: 0,
      unknown: numberBelow(1000),
    })),
  };
}

it('a day of however many apps fits into its row, with those that have the most recipients', () => {
  const report = reportOf(20_000);
  expect(() => columnsOf(report)).toThrow(RangeError);
  const bound = boundReport(report);
  expect(() => columnsOf(bound)).not.toThrow();
  expect(bound.scopes).toEqual(report.scopes.slice(0, APPS_NAMED_AT_MOST + 3));
  expect(bound.apps).toEqual(report.apps?.slice(0, APPS_NAMED_AT_MOST));
});

it('one of few apps stays as it is, and so does one without them', () => {
  const report = reportOf(5);
  expect(boundReport(report)).toEqual(report);
  const { apps: _, ...earlier } = report;
  expect(boundReport(earlier)).toEqual(earlier);
});
