import { describe, expect, it } from 'vitest';
import { addDays } from '../../../shared/core/calendarDay.ts';
import type { Standing } from '../../../shared/core/records.ts';
import {
  DAY,
  hugeReport,
  oldReport,
  sampleFailure,
  sampleReport,
  sampleScope,
  writeReport,
} from './sampleReports.ts';

const failures = (...causes: ReturnType<typeof sampleFailure>[]) => ({
  causes,
  others: { recipients: 0, messages: 0 },
});
const trouble = (name: string, remedy: string, action: 'pause' | 'throttle' = 'pause'): Standing => ({
  name,
  trouble: { action, cause: 'wrong password', remedy, reply: '535', since: 0, until: 0, stepMs: 1 },
  pausedByPerson: null,
});

describe('the subject', () => {
  it.each([
    ['a quiet day', { messages: 0, accepted: 0, byStatus: {} }, 'no mail'],
    ['one recipient', { accepted: 1 }, '1 recipient'],
    ['many', {}, '12,345 recipients'],
    [
      'failures',
      { failed: 3, unknown: 2, failures: failures(sampleFailure()) },
      '12,350 recipients, 3 failed, 2 unknown — action needed',
    ],
    [
      'failures that nobody can cure',
      { failed: 3, failures: failures(sampleFailure({ remedy: 'none: it was meant so' })) },
      '12,348 recipients, 3 failed',
    ],
    [
      'failures beyond those that are named',
      { failed: 1, failures: { causes: [], others: { recipients: 1, messages: 1 } } },
      '12,346 recipients, 1 failed — action needed',
    ],
    [
      'rejected messages only',
      {
        accepted: 0,
        byStatus: { rejected: 2 },
        failures: failures(sampleFailure({ recipients: 0, messages: 2, remedy: 'correct the producer' })),
      },
      '0 recipients, 2 messages rejected — action needed',
    ],
    ['held ones', { held: 1 }, '12,345 recipients — action needed'],
    ['a day of an earlier version', oldReport(true), '12,345 recipients'],
  ])('of %s', (_, report, expected) => {
    expect(writeReport(report).subject).toBe(`${DAY}: ${expected}`);
  });
});

describe('what needs a person', () => {
  it('is an account that sends nothing now, with its remedy; not one that is only slow, or that time cures', () => {
    const standings = [
      trouble('payroll@contoso.com', 'correct the secret in Key Vault'),
      trouble('slow@contoso.com', 'none: it goes on more slowly', 'throttle'),
      trouble('external', 'wait for the window to turn; it goes on by itself'),
      { name: 'hve@contoso.com', trouble: null, pausedByPerson: null },
    ];
    expect(writeReport({}, { standings }).actions).toEqual([
      {
        what: 'payroll@contoso.com sends nothing now: wrong password',
        remedy: 'correct the secret in Key Vault',
      },
    ]);
  });

  it('is a pause that a person has forgotten', () => {
    const paused = { since: 0, reason: 'maintenance' };
    const standings = ['tenant', 'external'].map((name) => ({ name, trouble: null, pausedByPerson: paused }));
    expect(writeReport({}, { standings }).actions.map(({ what }) => what)).toEqual([
      'Nothing goes at all: paused by a person, maintenance',
      'External mail does not go now: paused by a person, maintenance',
    ]);
  });

  it('is more in the record than in the ledger that no unknown outcome accounts for; less is only shown', () => {
    const more = writeReport({ scopes: [sampleScope('tenant', 7, { ledger: 5 })] });
    expect(more.actions.map(({ what }) => what)).toEqual([
      'all recipients: the record has 7, the ledger only 5',
    ]);
    expect(more.differences).toEqual([{ name: 'all recipients', record: 7, ledger: 5 }]);
    const late = writeReport({ scopes: [sampleScope('tenant', 7, { ledger: 5, unknownSpends: 2 })] });
    expect([late.actions, late.differences.length]).toEqual([[], 1]);
    const less = writeReport({ scopes: [sampleScope('tenant', 5, { ledger: 7 })] });
    expect([less.actions, less.differences.length]).toEqual([[], 1]);
    const uncompared = writeReport({ scopes: [sampleScope('tenant', 5, { ledger: null })] });
    expect([uncompared.differences, uncompared.isUncompared]).toEqual([[], true]);
  });

  it('is no dead letter of another day', () => {
    expect(writeReport({}, { deadLetters: { open: 500, isMore: true } }).actions).toEqual([]);
  });
});

describe('the hours', () => {
  it.each([
    ['2026-11-28', 24, '00 01 02 03 04'],
    ['2026-03-29', 23, '00 01 03 04 05'],
    ['2026-10-25', 25, '00 01 02 02 03'],
  ])('of %s in Vienna are its %i, by the clock there', (day, count, first) => {
    const byHour = Array.from({ length: count }, (_, n) => n);
    const { hours } = writeReport({ day, scopes: [sampleScope('tenant', 300, { byHour })] });
    expect(hours!.map(({ recipients }) => recipients)).toEqual(byHour);
    expect(
      hours!
        .slice(0, 5)
        .map(({ hour }) => hour)
        .join(' '),
    ).toBe(first);
  });

  it('of a day without mail are there, and empty; of the first version unknown', () => {
    const quiet = writeReport({ scopes: [sampleScope('tenant', 0), sampleScope('external', 0)] });
    expect(quiet.hours).toHaveLength(24);
    expect(quiet.hours!.every(({ recipients }) => recipients === 0)).toBe(true);
    expect(writeReport(oldReport(false)).hours).not.toBeNull();
    expect(writeReport(oldReport(true)).hours).toBeNull();
  });
});

describe('the week', () => {
  it('is the seven days up to the report’s; a day that was not closed is none', () => {
    const others = [1, 3, 6, 7].map((n) =>
      sampleReport({ day: addDays(DAY, -n), accepted: n, failed: 10 * n }),
    );
    const { week } = writeReport({}, {}, others);
    expect(week.map(({ name, accepted, failed }) => [name, accepted, failed])).toEqual([
      ['Sun 22 Nov', 6, 60],
      ['Mon 23 Nov', null, null],
      ['Tue 24 Nov', null, null],
      ['Wed 25 Nov', 3, 30],
      ['Thu 26 Nov', null, null],
      ['Fri 27 Nov', 1, 10],
      ['Sat 28 Nov', 12_345, 0],
    ]);
  });
});

describe('the lines', () => {
  it('have the tenant and external first, then the accounts and the apps with the most', () => {
    const { scopes, apps } = writeReport();
    expect(scopes.shown.map(({ name }) => name)).toEqual([
      'all recipients',
      'external recipients',
      'hve@contoso.com',
      'payroll@contoso.com',
    ]);
    expect(apps.shown).toEqual([
      { app: 'crm', used: 9000, limit: null, accepted: 9000, failed: 0 },
      { app: 'payroll', used: 3345, limit: 4000, accepted: 3345, failed: 0 },
    ]);
  });

  it('have an app that used nothing and failed, and one that only the ledger knows', () => {
    const { apps } = writeReport({
      scopes: [
        sampleScope('tenant', 0),
        sampleScope('external', 0),
        sampleScope('app:lost', 0, { ledger: 2 }),
      ],
      apps: [{ app: 'broken', messages: 1, accepted: 0, failed: 9, unknown: 0 }],
    });
    expect(apps.shown).toEqual([
      { app: 'broken', used: 0, limit: null, accepted: 0, failed: 9 },
      { app: 'lost', used: 0, limit: null, accepted: 0, failed: 0 },
    ]);
  });

  it('of thousands are fifteen, and the others added up', () => {
    const { scopes, apps } = writeReport(hugeReport());
    expect(scopes.shown).toHaveLength(15);
    expect(scopes.others).toEqual({ lines: 87, recipients: 87 * 999_999 });
    expect(apps.shown).toHaveLength(15);
    expect(apps.others).toEqual({ lines: 985, recipients: 985 * 999_999 });
  });

  it('are kept for those near to their limit too, however little they used', () => {
    const scopes = [
      sampleScope('tenant', 1000, { limit: 2000 }),
      sampleScope('external', 0, { limit: 2000 }),
      ...Array.from({ length: 300 }, (_, n) => sampleScope(`app:big${n}`, 1000 - n, { limit: 5000 })),
      sampleScope('app:near', 8, { limit: 10 }),
      sampleScope('app:full', 5, { limit: 5 }),
      sampleScope('app:far', 7, { limit: 10 }),
      sampleScope('app:free', 9),
    ];
    const { apps } = writeReport({ scopes, apps: [] });
    const names = Array.from({ length: 13 }, (_, n) => `big${n}`);
    expect(apps.shown.map(({ app }) => app)).toEqual([...names, 'near', 'full']);
    expect(apps.others.lines).toBe(304 - 15);
    const all = scopes.slice(2).reduce((sum, { recipients }) => sum + recipients, 0);
    const shown = apps.shown.reduce((sum, { used }) => sum + used, 0);
    expect(apps.others.recipients).toBe(all - shown);
  });

  it('of rooms in which mail waits are ten', () => {
    const waiting = Array.from({ length: 40 }, (_, n) => ({ room: `quota:app:a${n}`, recipients: 40 - n }));
    const short = writeReport({}, { waiting }).now.waiting;
    expect(short.shown).toEqual(waiting.slice(0, 10));
    expect(short.others).toEqual({ lines: 30, recipients: (30 * 31) / 2 });
  });

  it.each([true, false])('say of an earlier version’s day what it noted, and no more', (isFirst) => {
    const { failures: causes, totals, apps, cost } = writeReport(oldReport(isFirst));
    expect(causes).toEqual([]);
    expect(totals).toEqual({ messages: 4211, accepted: 12_345, failed: null, unknown: null, held: null });
    expect(apps.shown).toEqual([
      { app: 'crm', used: 9000, limit: null, accepted: null, failed: null },
      { app: 'payroll', used: 3345, limit: 4000, accepted: null, failed: null },
    ]);
    // At today's price where the day's was not noted.
    expect(cost?.dayUsd ?? 0).toBe(isFirst ? 0.51849 : 0);
  });
});

describe('the cost', () => {
  const costing = (day: string, costUsd: number) => sampleReport({ day, costUsd });
  it('is the day’s and the month’s so far, other months and later days left out', () => {
    const others = [costing('2026-10-31', 100), costing('2026-11-01', 1), costing('2026-11-29', 50)];
    expect(writeReport({ costUsd: 0.5 }, {}, others).cost).toEqual({ dayUsd: 0.5, monthUsd: 1.5 });
  });

  it('is not shown where there is none', () => {
    expect(writeReport({ costUsd: 0 }).cost).toBeNull();
  });
});

describe('the forecast', () => {
  it('is of what has a limit, and of the tenant', () => {
    const { forecasts } = writeReport().now;
    expect(forecasts.shown).toEqual([
      { name: 'all recipients', used: 12, limit: 100_000, reachedAt: null },
      { name: 'external recipients', used: 900, limit: 2000, reachedAt: Date.parse('2026-11-29T14:40:00Z') },
    ]);
  });

  it('of hundreds of limits is of those that are reached first, then of those that are nearest', () => {
    const limited = (scope: string, used: number, hour: number | null) => ({
      scope,
      limit: 100,
      used,
      forecast: { reachedAt: hour === null ? null : `2026-11-29T${hour}:00:00.000Z` },
    });
    const { forecasts } = writeReport(
      {},
      {
        scopes: [
          ...Array.from({ length: 200 }, (_, n) => limited(`app:quiet${n}`, n % 50, null)),
          limited('app:late', 10, 23),
          limited('account:hve@contoso.com', 90, null),
          limited('app:soon', 20, 11),
          limited('tenant', 1, null),
        ],
      },
    ).now;
    expect(forecasts.shown.map(({ name }) => name).slice(0, 5)).toEqual([
      'all recipients',
      'the app soon',
      'the app late',
      'hve@contoso.com',
      'the app quiet49',
    ]);
    expect(forecasts.shown).toHaveLength(10);
    expect([forecasts.others.lines, forecasts.othersReached]).toEqual([194, 0]);
    const allReached = Array.from({ length: 20 }, (_, n) => limited(`app:a${n}`, 1, 12));
    expect(writeReport({}, { scopes: allReached }).now.forecasts.othersReached).toBe(10);
  });

  it('is not of what is refused anyway, as external recipients are in some profiles', () => {
    const scopes = [
      { scope: 'tenant', limit: null, used: 5, forecast: { reachedAt: null } },
      { scope: 'external', limit: 0, used: 0, forecast: { reachedAt: '2026-11-29T00:07:00.000Z' } },
    ];
    expect(writeReport({}, { scopes }).now.forecasts.shown).toEqual([
      { name: 'all recipients', used: 5, limit: null, reachedAt: null },
    ]);
  });
});
