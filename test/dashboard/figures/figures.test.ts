import { describe, expect, it } from 'vitest';
import type { DeadLetterView, MessageView, PastDayView, UsageView } from '../../../dashboard/api/answers.ts';
import { axisEnd, dayBars, hourBars, showsLimit } from '../../../dashboard/figures/bars.ts';
import { groupFailures } from '../../../dashboard/figures/failureGroups.ts';
import { gaugeOf, gaugesOf } from '../../../dashboard/figures/gauges.ts';
import { timeLineOf } from '../../../dashboard/figures/timeLine.ts';

const letter = (id: string, at: string, more: Partial<DeadLetterView> = {}): DeadLetterView => ({
  id: `${id}.0.1`,
  messageId: id,
  delivery: 0,
  attempt: 1,
  app: 'payroll',
  subject: `Subject of ${id}`,
  day: at.slice(0, 10),
  at,
  reason: 'failed',
  detail: 'd',
  lastReply: null,
  failures: [{ cause: 'no such recipient', remedy: 'correct the address', whoActs: 'app', recipients: 1 }],
  ...more,
});

describe('failures by cause', () => {
  const days = { today: '2026-11-25', yesterday: '2026-11-24', dayOf: (at: string) => at.slice(0, 10) };

  it('count each message once, however many of its deliveries failed, and say on which day', () => {
    const full = { cause: 'mailbox full', remedy: 'wait', whoActs: 'nobody', recipients: 7 } as const;
    const groups = groupFailures(
      [
        letter('a', '2026-11-24T09:00:00Z'),
        letter('b', '2026-11-24T10:00:00Z', { app: 'crm' }),
        { ...letter('b', '2026-11-24T10:00:01Z', { app: 'crm' }), id: 'b.2.1', delivery: 2 },
        letter('c', '2026-11-25T08:00:00Z', { failures: [full] }),
        letter('d', '2026-11-20T08:00:00Z'),
      ],
      days,
    );
    expect(groups).toMatchObject([
      { cause: 'mailbox full', messages: 1, recipients: 7, today: 1, yesterday: 0 },
      {
        cause: 'no such recipient',
        messages: 3,
        recipients: 4,
        today: 0,
        yesterday: 2,
        apps: ['crm', 'payroll'],
      },
    ]);
    expect(groups[1]!.letterIds).toEqual(['b.2.1', 'b.0.1', 'a.0.1', 'd.0.1']);
    expect(groups[1]!.examples[0]).toEqual({ messageId: 'b', subject: 'Subject of b' });
  });

  it('show a message of two causes with both', () => {
    const two = [
      { cause: 'x', remedy: 'r', whoActs: 'app', recipients: 1 },
      { cause: 'y', remedy: 's', whoActs: 'operator', recipients: 2 },
    ] as const;
    expect(groupFailures([letter('a', '2026-11-24T09:00:00Z', { failures: two })], days)).toHaveLength(2);
  });
});

describe('a gauge', () => {
  const scope = (changes: Partial<UsageView['scopes'][number]>): UsageView['scopes'][number] => ({
    scope: 'tenant',
    limit: 100,
    used: 0,
    leased: 0,
    remaining: 100,
    waiting: 0,
    byHour: [],
    forecast: { reachedAt: null },
    ...changes,
  });

  it.each([
    ['ample', { used: 79 }],
    ['short', { used: 80 }],
    ['short', { used: 10, waiting: 70 }],
    ['full', { used: 100 }],
    ['ample', { limit: null, used: 1e6 }],
    ['ample', { limit: 0 }],
    ['full', { limit: 0, waiting: 1 }],
  ] as const)('is %s with %j', (level, changes) => {
    expect(gaugeOf(scope(changes)).level).toBe(level);
  });

  it('never shows more than the whole', () => {
    const { shares } = gaugeOf(scope({ used: 70, leased: 20, waiting: 500 }));
    expect(shares.used + shares.leased + shares.waiting).toBeCloseTo(1);
    expect(gaugeOf(scope({ used: 120, leased: 20 })).shares).toEqual({ used: 1, leased: 0, waiting: 0 });
  });

  it('is there for the tenant, external and accounts always, for apps that are bound', () => {
    const scopes = [
      scope({}),
      scope({ scope: 'account:a@contoso.com', limit: null }),
      scope({ scope: 'app:free', limit: null, used: 9 }),
      scope({ scope: 'app:bound' }),
    ];
    const window = {
      kind: 'calendar',
      day: '2026-11-24',
      timeZone: 'UTC',
      startsAt: '',
      endsAt: '',
    } as const;
    const shown = gaugesOf({ window, scopes, cost: { currency: 'USD', amount: 0 } });
    expect(shown.map((gauge) => gauge.scope)).toEqual(['tenant', 'account:a@contoso.com', 'app:bound']);
  });
});

describe('bars', () => {
  const usage: UsageView = {
    window: {
      kind: 'calendar',
      day: '2026-10-25',
      timeZone: 'Europe/Berlin',
      startsAt: '2026-10-24T22:00:00.000Z',
      endsAt: '2026-10-25T23:00:00.000Z',
    },
    scopes: [
      {
        scope: 'tenant',
        limit: null,
        used: 12,
        leased: 0,
        remaining: null,
        waiting: 0,
        byHour: [5, 7],
        forecast: { reachedAt: null },
      },
    ],
    cost: { currency: 'USD', amount: 0 },
  };

  it('of a calendar day have all its hours, 25 where summer time ends; those to come have no value', () => {
    const bars = hourBars(usage, 'tenant', (at) => new Date(at).toISOString().slice(11, 16));
    expect(bars).toHaveLength(25);
    expect(bars.slice(0, 3).map(({ value }) => value)).toEqual([5, 7, null]);
    expect(bars.findIndex(({ isCurrent }) => isCurrent)).toBe(1);
    expect(bars[0]!.label).toBe('22:00 to 23:00');
  });

  it('of the days before today: one that was not closed has no value, one without that scope has none used', () => {
    const day = (name: string, used: number): PastDayView => ({
      day: name,
      timeZone: 'UTC',
      closedAt: '',
      messages: 1,
      accepted: used,
      unknownSpends: 0,
      scopes: [{ scope: 'tenant', limit: null, used }],
      cost: { currency: 'USD', amount: 0 },
    });
    const past = [day('2026-02-28', 3), day('2026-02-26', 4)];
    expect(dayBars(past, '2026-03-01', 3, 'tenant').map(({ key, value }) => [key, value])).toEqual([
      ['2026-02-26', 4],
      ['2026-02-27', null],
      ['2026-02-28', 3],
    ]);
    expect(dayBars(past, '2026-03-01', 1, 'app:x')[0]!.value).toBe(0);
  });

  it('end at a round number above all of them, and at the limit where that is near', () => {
    const bars = [{ key: 'x', label: 'x', tick: '', value: 1300, isCurrent: false }];
    expect(axisEnd(bars, null)).toBe(2000);
    expect(axisEnd(bars, 2400)).toBe(2500);
    expect(axisEnd(bars, 100_000)).toBe(2000);
    expect(axisEnd([], null)).toBe(1);
    expect(showsLimit(1300, 0)).toBe(false);
  });
});

describe('a time line', () => {
  const message = (changes: Partial<MessageView>): MessageView => ({
    id: '01K9',
    status: 'sent',
    app: 'portal',
    reference: null,
    idempotencyKey: null,
    from: 'hve@contoso.com',
    subject: 's',
    priority: 'normal',
    tags: [],
    createdAt: '2026-11-24T08:00:00.000Z',
    updatedAt: '2026-11-24T08:05:00.000Z',
    nextAttemptAt: null,
    waitsFor: null,
    problems: [],
    contentRemovedAt: null,
    counts: {
      recipients: 2,
      internal: 2,
      external: 0,
      accepted: 2,
      failed: 0,
      unknown: 0,
      waiting: 0,
      unknownSpends: 0,
    },
    recipients: [],
    deliveries: [],
    ...changes,
  });
  const delivery = (number: number, ...at: readonly string[]): MessageView['deliveries'][number] => ({
    delivery: number,
    status: 'sent',
    account: 'hve@contoso.com',
    messageId: null,
    attempts: at.map((instant, index) => ({
      attempt: index + 1,
      at: `2026-11-24T${instant}.000Z`,
      account: 'hve@contoso.com',
      accepted: index === at.length - 1 ? 1 : 0,
      refused: index === at.length - 1 ? 0 : 1,
      unknown: 0,
    })),
  });

  it('tells each attempt in its order, and how it ended', () => {
    const events = timeLineOf(message({ deliveries: [delivery(0, '08:00:01', '08:00:31')] }));
    expect(events.map(({ title, detail }) => [title, detail])).toEqual([
      ['Accepted', 'from portal, for 2 recipients, priority normal'],
      ['Attempt 1', '1 recipient refused · from hve@contoso.com'],
      ['Attempt 2', '1 recipient accepted · from hve@contoso.com'],
      ['Sent', 'every recipient was accepted'],
    ]);
  });

  it('tells the attempts of many deliveries by the minute', () => {
    const deliveries = [1, 2, 3, 4].map((n) => delivery(n, `08:0${n > 2 ? 1 : 0}:0${n}`));
    const titles = timeLineOf(message({ deliveries })).map(({ title }) => title);
    expect(titles).toEqual(['Accepted', '2 attempts', '2 attempts', 'Sent']);
  });

  it('says what is waited for, and when it goes on', () => {
    const waiting = message({
      status: 'deferred',
      waitsFor: 'quota:tenant',
      nextAttemptAt: '2026-11-25T00:00:00.000Z',
    });
    expect(timeLineOf(waiting).slice(1)).toEqual([
      { at: null, title: 'Now: deferred', detail: 'waits for the quota of all mail', tone: 'waits' },
      { at: '2026-11-25T00:00:00.000Z', title: 'Goes on', detail: null, tone: 'waits' },
    ]);
  });

  it('says of an account in trouble when it is tried again', () => {
    const at = '2026-11-24T08:06:00.000Z';
    const waitsFor = 'account:hve@contoso.com';
    const events = timeLineOf(message({ status: 'deferred', waitsFor, nextAttemptAt: at }));
    expect(events.at(-1)).toEqual({ at, title: 'Is tried again', detail: null, tone: 'waits' });
  });
});
