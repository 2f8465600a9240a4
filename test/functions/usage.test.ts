/** `GET /api/usage` and its history, over the real tables with a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import type { HttpHandler } from '@azure/functions';
import { makeGetUsage } from '../../functions/getUsage.ts';
import { makeGetUsageHistory } from '../../functions/getUsageHistory.ts';
import { makeCloseDay } from '../../shared/flows/closeDay.ts';
import { makeUsageReader } from '../../shared/flows/usage.ts';
import { NO_LIMITS, granted, makeStoredFlows } from '../shared/flows/storedFlows.ts';
import { oldReport, sampleFailure, sampleReport } from '../shared/core/sampleReports.ts';
import { call } from './invocation.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Date.parse('2026-11-25T00:00:00Z');

function makeWorld() {
  const flows = makeStoredFlows({ limits: { ...NO_LIMITS, tenant: 100 } });
  const priced = { ...flows, pricePerMillionUsd: 42 };
  const usage = makeUsageReader(priced);
  const use = async () => ({ usage });
  const get = (handler: HttpHandler, path: string) => call(handler, { path });
  return {
    ...flows,
    closeDay: makeCloseDay(priced),
    usage: async (query = '') => get(makeGetUsage(use), `/api/usage${query}`),
    history: async (query = '') => get(makeGetUsageHistory(use), `/api/usage/history${query}`),
    /** A message to so many, of whom all accepted. */
    async sent(now: number, recipients: number): Promise<void> {
      flows.time.now = now;
      const charge = await flows.use({ recipients });
      await flows.days.touch('2026-11-24', now);
      const delivery = await flows.stored({ status: 'sent', createdAt: now, charges: [charge] });
      const [first] = delivery.recipients;
      const accepted = Array.from({ length: recipients }, () => ({
        ...first!,
        status: 'accepted' as const,
        at: now,
      }));
      const { etag } = (await flows.store.readDelivery(delivery.id, 0))!;
      await flows.store.replace({ ...delivery, recipients: accepted }, etag);
    },
  };
}
const errorsOf = ({ body }: { body: Record<string, unknown> }): string[] =>
  (body['errors'] as { pointer: string; code: string }[]).map(({ pointer, code }) => `${pointer} ${code}`);

describe('getUsage', () => {
  it('answers the open window, also by the name of today', async () => {
    const { usage, use, time } = makeWorld();
    await use({ recipients: 3 });
    const answer = await usage();
    expect(answer).toMatchObject({
      status: 200,
      body: {
        window: { kind: 'calendar', day: '2026-11-24', timeZone: 'UTC', endsAt: '2026-11-25T00:00:00.000Z' },
        cost: { currency: 'USD', amount: 0.000126 },
      },
    });
    expect((answer.body['scopes'] as unknown[])[0]).toEqual({
      scope: 'tenant',
      limit: 100,
      used: 3,
      leased: 0,
      remaining: 97,
      waiting: 0,
      byHour: [...Array<number>(12).fill(0), 3],
      forecast: { reachedAt: null },
    });
    expect((await usage('?day=2026-11-24&code=key')).body).toEqual(answer.body);
    time.now = MIDNIGHT;
    expect((await usage('?day=2026-11-25')).body).toMatchObject({ window: { day: '2026-11-25' } });
  });

  it('answers 404 to a day that is not closed, with why, and the report once it is', async () => {
    const { usage, sent, quotaOf, time, closeDay } = makeWorld();
    expect(await usage('?day=2026-11-23')).toMatchObject({ status: 404, body: { code: 'no_record' } });
    await sent(MIDNIGHT - 12 * HOUR, 5);
    const slow = quotaOf('slow');
    const request = {
      recipients: 1,
      external: 0,
      account: 'hve@contoso.com',
      app: 'payroll',
      priority: 'normal',
    } as const;
    granted(await slow.reserve(request)).settle({ recipients: 0, external: 0 });
    const why = async (day = '2026-11-24'): Promise<unknown[]> => {
      const { status, headers, body } = await usage(`?day=${day}`);
      return [status, headers.get('Content-Type'), body['code'], body['detail']];
    };
    const answer = (code: string, detail: string): unknown[] => [
      404,
      'application/problem+json',
      code,
      detail,
    ];
    expect(await why('2026-11-25')).toEqual(
      answer(
        'day_not_ended',
        '2026-11-25 has not ended; it is closed by the hour after 2026-11-26T00:19:00.000Z',
      ),
    );
    time.now = MIDNIGHT + 7 * MINUTE;
    expect(await why()).toEqual(
      answer(
        'claims_open',
        '2026-11-24 has ended, but its last mail may still be on its way; it is closed by the hour after 2026-11-25T00:19:00.000Z',
      ),
    );
    time.now = MIDNIGHT + HOUR;
    expect(await why()).toEqual(
      answer('leases_open', expect.stringContaining('leases of its hours are still open') as string),
    );
    await slow.close();
    expect(await why()).toEqual(
      answer('day_not_closed', '2026-11-24 has ended; it is closed within the hour'),
    );
    await closeDay();
    const byHour = [...Array<number>(12).fill(0), 5, ...Array<number>(11).fill(0)];
    expect(await usage('?day=2026-11-24')).toMatchObject({
      status: 200,
      body: {
        day: '2026-11-24',
        timeZone: 'UTC',
        closedAt: '2026-11-25T01:00:00.000Z',
        messages: 1,
        accepted: 5,
        unknownSpends: 0,
        byStatus: { sent: 1 },
        scopes: [
          { scope: 'tenant', limit: 100, used: 5, ledger: 5, byHour },
          { scope: 'external', limit: null, used: 0, ledger: 0, byHour: [] },
          { scope: 'account:hve@contoso.com', limit: null, used: 5, ledger: 5, byHour },
          { scope: 'app:payroll', limit: null, used: 5, ledger: 5, byHour },
        ],
        cost: { currency: 'USD', amount: 0.00021 },
        failed: 0,
        unknown: 0,
        held: 0,
        failures: { causes: [], others: { recipients: 0, messages: 0 } },
        apps: [{ app: 'payroll', messages: 1, accepted: 5, failed: 0, unknown: 0 }],
      },
    });
  });

  it('answers who must act on each failure of a closed day', async () => {
    const { usage, days } = makeWorld();
    const causes = [
      sampleFailure(),
      sampleFailure({ cause: 'too many recipients', remedy: 'lower the recipients per message' }),
      sampleFailure({ cause: 'canceled', remedy: 'none: it was meant so' }),
    ];
    await days.insertReport(sampleReport({ failures: { causes, others: { recipients: 1, messages: 1 } } }));
    const { failures } = (await usage('?day=2026-11-28')).body as { failures: { causes: object[] } };
    expect(failures).toEqual({
      causes: [
        { ...causes[0], whoActs: 'app' },
        { ...causes[1], whoActs: 'operator' },
        { ...causes[2], whoActs: 'nobody' },
      ],
      others: { recipients: 1, messages: 1 },
    });
  });

  it('answers null for what an earlier version did not note', async () => {
    const { usage, days } = makeWorld();
    await days.insertReport(oldReport(true));
    const { body } = await usage('?day=2026-11-28');
    expect(body).toMatchObject({ failed: null, unknown: null, held: null, failures: null, apps: null });
    expect((body['scopes'] as { byHour: unknown }[])[0]).toMatchObject({ used: 12_345, byHour: null });
  });

  it('answers 400 to what is no day, and to what it does not know', async () => {
    const { usage } = makeWorld();
    const answer = await usage('?day=tomorrow&days=3');
    expect([answer.status, errorsOf(answer).toSorted()]).toEqual([
      400,
      ['/day invalid_parameter', '/days unknown_field'],
    ]);
  });
});

describe('getUsageHistory', () => {
  it('answers each closed day with its scopes against their limits, the newest first', async () => {
    const { history, sent, time, closeDay } = makeWorld();
    expect(await history()).toMatchObject({ status: 200, body: { items: [] } });
    await sent(MIDNIGHT - 12 * HOUR, 5);
    time.now = MIDNIGHT + 36 * HOUR;
    await closeDay();
    const { body } = await history('?days=2&code=key');
    expect(Object.keys(body)).toEqual(['items']);
    const [newest, oldest, ...others] = body['items'] as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(newest).toMatchObject({ day: '2026-11-25', messages: 0, accepted: 0, cost: { amount: 0 } });
    expect(oldest).toEqual({
      day: '2026-11-24',
      timeZone: 'UTC',
      closedAt: '2026-11-26T12:00:00.000Z',
      messages: 1,
      accepted: 5,
      unknownSpends: 0,
      scopes: [
        { scope: 'tenant', limit: 100, used: 5 },
        { scope: 'external', limit: null, used: 0 },
        { scope: 'account:hve@contoso.com', limit: null, used: 5 },
        { scope: 'app:payroll', limit: null, used: 5 },
      ],
      cost: { currency: 'USD', amount: 0.00021 },
    });
    expect((await history('?days=1')).body['items']).toHaveLength(1);
    expect((await history('?days=400&cursor=2026-11-25')).body['items']).toEqual([oldest]);
  });

  it.each(['days=0', 'days=401', 'days=1.5', 'days=all', 'days=', 'cursor=5', 'day=2026-11-24'])(
    'answers 400 to %s',
    async (query) => {
      const answer = await makeWorld().history(`?${query}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_query' } });
      expect(errorsOf(answer)[0]).toMatch(new RegExp(`^/${query.split('=')[0]!} `));
    },
  );
});
