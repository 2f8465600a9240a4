import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countDay, isOvercharged, scopesOfDay } from '../../../shared/core/dayCount.ts';
import type { Charge, Delivery } from '../../../shared/core/delivery.ts';
import { makeCalendar } from '../../../shared/core/calendarDay.ts';
import type { ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import { NOON, sampleDelivery, sampleId, sampleRecipient } from '../../contracts/sampleMessages.ts';

const FROM = Date.parse('2026-11-24T00:00:00Z');
const TO = Date.parse('2026-11-25T00:00:00Z');
const HOUR = 3_600_000;
const limits: ScopeLimits = {
  tenant: 100,
  external: 10,
  account: (address) => (address === 'hve@contoso.com' ? 50 : null),
  app: () => null,
  reserveCriticalPercent: 0,
  bulkPercent: 100,
};

const charge = (hour: number, recipients: number, external = 0, account = 'hve@contoso.com'): Charge => ({
  lease: String(hour),
  account,
  recipients,
  external,
});

async function count(
  rows: readonly Delivery[],
  ledger: Record<string, number> | null = {},
  bounds = { from: FROM, to: TO },
) {
  async function* all(): AsyncGenerator<Delivery> {
    yield* rows;
  }
  const { byHour, unknownBy, ...counted } = await countDay(all(), bounds);
  return { ...counted, scopes: scopesOfDay({ byHour, unknownBy }, ledger, limits) };
}
const recipientsBy = (scopes: readonly { scope: string; recipients: number }[]): Record<string, number> =>
  Object.fromEntries(scopes.map(({ scope, recipients }) => [scope, recipients]));

describe('a day counted from the record', () => {
  it('adds up what its rows charge, by scope', async () => {
    const { scopes } = await count([
      sampleDelivery({ charges: [charge(NOON, 5, 2), charge(NOON + HOUR, 1, 1)] }),
      sampleDelivery({ app: 'crm', charges: [charge(NOON, 7, 0, 'payroll@contoso.com')] }),
    ]);
    expect(recipientsBy(scopes)).toEqual({
      tenant: 13,
      external: 3,
      'account:hve@contoso.com': 6,
      'account:payroll@contoso.com': 7,
      'app:payroll': 6,
      'app:crm': 7,
    });
    expect(scopes.find(({ scope }) => scope === 'account:hve@contoso.com')).toMatchObject({ limit: 50 });
    expect(scopes.find(({ scope }) => scope === 'app:crm')).toMatchObject({ limit: null });
  });

  it('counts a claim that stands like a charge: its spend may have been', async () => {
    const claim = {
      token: 't',
      instance: 'i',
      account: 'hve@contoso.com',
      at: NOON,
      endsAt: NOON,
      charge: charge(NOON, 4, 1),
      recipients: [0],
    };
    const { scopes } = await count([
      sampleDelivery({ status: 'sending', claim, charges: [charge(NOON, 1)] }),
    ]);
    expect(recipientsBy(scopes)).toMatchObject({ tenant: 5, external: 1 });
  });

  it('has the hours from midnight to midnight, and no other', async () => {
    const { scopes } = await count([
      sampleDelivery({
        charges: [charge(FROM - HOUR, 100), charge(FROM, 1), charge(TO - HOUR, 2), charge(TO, 100)],
      }),
    ]);
    expect(recipientsBy(scopes)).toMatchObject({ tenant: 3 });
  });

  it('counts messages that were accepted in it, their deliveries by status, and who accepted in it', async () => {
    const accepted = (at: number) => sampleRecipient('a@b.c', { status: 'accepted', at });
    const result = await count([
      sampleDelivery({ delivery: 1, status: 'sent', recipients: [accepted(NOON), accepted(TO)] }),
      sampleDelivery({
        delivery: 2,
        status: 'failed',
        recipients: [sampleRecipient('x@y.z', { status: 'failed', at: NOON })],
      }),
      sampleDelivery({ id: sampleId(2), status: 'sent', createdAt: FROM - 1, recipients: [accepted(FROM)] }),
      sampleDelivery({ id: sampleId(3), status: 'rejected', createdAt: TO - 1, recipients: [] }),
      sampleDelivery({ id: sampleId(4), status: 'queued', createdAt: TO }),
    ]);
    expect(result).toMatchObject({
      messages: 2,
      byStatus: { sent: 1, failed: 1, rejected: 1 },
      accepted: 2,
    });
  });

  const noSuch = { text: '550 5.1.10', cause: 'no such recipient', remedy: 'correct the address' };
  const said = (status: 'accepted' | 'failed' | 'unknown', at: number | null, reply = 0) =>
    sampleRecipient('a@b.c', { status, at, reply });

  it('counts who failed, is unknown or held by the day of the outcome, and not who was canceled', async () => {
    const row = { replies: [noSuch], createdAt: FROM - HOUR };
    const result = await count([
      sampleDelivery({
        ...row,
        recipients: [
          said('failed', NOON),
          said('failed', TO),
          said('failed', FROM - 1),
          said('unknown', NOON),
        ],
      }),
      sampleDelivery({
        ...row,
        status: 'canceled',
        recipients: [said('failed', NOON), said('unknown', NOON)],
      }),
      sampleDelivery({ ...row, status: 'held', updatedAt: NOON, recipients: [said('unknown', NOON)] }),
      sampleDelivery({ ...row, status: 'held', updatedAt: TO, recipients: [said('unknown', FROM - 1)] }),
    ]);
    expect(result).toMatchObject({ failed: 1, unknown: 3, held: 1 });
  });

  it('counts the failures by cause: messages once, rejected ones without recipients, what says no cause by its reply', async () => {
    const { failures, failed } = await count([
      sampleDelivery({
        delivery: 1,
        replies: [noSuch, { text: '599 <a@b.c>?', cause: null, remedy: null }],
        recipients: [said('failed', NOON), said('failed', NOON), said('failed', NOON, 1)],
      }),
      sampleDelivery({ delivery: 2, replies: [noSuch], recipients: [said('failed', NOON)] }),
      sampleDelivery({ id: sampleId(2), app: 'crm', status: 'rejected', recipients: [] }),
      sampleDelivery({ id: sampleId(3), app: 'crm', status: 'rejected', createdAt: TO, recipients: [] }),
      sampleDelivery({
        id: sampleId(4),
        status: 'canceled',
        replies: [noSuch],
        recipients: [said('failed', NOON)],
      }),
    ]);
    expect(failed).toBe(4);
    expect(
      failures.causes.map(({ cause, recipients, messages, apps }) => [cause, recipients, messages, apps]),
    ).toEqual([
      ['no such recipient', 3, 1, ['payroll']],
      ['599 <(address)>?', 1, 1, ['payroll']],
      ['rejected: the message was not valid', 0, 1, ['crm']],
    ]);
  });

  it('adds up by app, the most recipients first', async () => {
    const { apps } = await count([
      sampleDelivery({
        delivery: 1,
        recipients: [said('accepted', NOON), said('failed', NOON)],
        replies: [noSuch],
      }),
      sampleDelivery({ delivery: 2, recipients: [said('accepted', NOON)], replies: [noSuch] }),
      sampleDelivery({
        id: sampleId(2),
        app: 'crm',
        recipients: Array<never>(4).fill(said('unknown', NOON) as never),
      }),
      sampleDelivery({ id: sampleId(3), app: 'idle', createdAt: TO, recipients: [] }),
    ]);
    expect(apps).toEqual([
      { app: 'crm', messages: 1, accepted: 0, failed: 0, unknown: 4 },
      { app: 'payroll', messages: 1, accepted: 2, failed: 1, unknown: 0 },
    ]);
  });

  it('names the unknown spends of whom it charges', async () => {
    const { unknownSpends } = await count([
      sampleDelivery({ unknownSpends: 2, charges: [charge(NOON, 2)] }),
      sampleDelivery({ unknownSpends: 5, charges: [charge(TO, 5)] }),
    ]);
    expect(unknownSpends).toBe(2);
  });

  it('shows the ledger beside it, for scopes too of which the record knows nothing', async () => {
    const { scopes } = await count([sampleDelivery({ charges: [charge(NOON, 2)] })], {
      tenant: 3,
      'app:lost': 1,
    });
    expect(scopes.find(({ scope }) => scope === 'tenant')).toMatchObject({
      limit: 100,
      recipients: 2,
      ledger: 3,
    });
    expect(scopes.find(({ scope }) => scope === 'app:lost')).toMatchObject({ recipients: 0, ledger: 1 });
    expect(scopes.find(({ scope }) => scope === 'app:payroll')).toMatchObject({ recipients: 2, ledger: 0 });
  });

  it('has the tenant and external first, then by name, and none that was not used', async () => {
    const { scopes } = await count(
      [sampleDelivery({ app: 'crm', charges: [charge(NOON, 2, 0, 'z@contoso.com')] })],
      { external: 0, tenant: 2, 'app:idle': 0, 'app:lost': 1, 'account:a@contoso.com': 1 },
    );
    expect(scopes.map(({ scope }) => scope)).toEqual([
      'tenant',
      'external',
      'account:a@contoso.com',
      'account:z@contoso.com',
      'app:crm',
      'app:lost',
    ]);
  });

  it('says how much of what it has more than the ledger may be of unknown outcome, and what is more is a defect', async () => {
    const late = sampleDelivery({ charges: [charge(NOON, 2)], unknownSpends: 2 });
    const claim = {
      token: 't',
      instance: 'i',
      account: 'hve@contoso.com',
      at: NOON,
      endsAt: NOON,
      charge: charge(NOON, 1),
      recipients: [0],
    };
    const rows = [
      late,
      sampleDelivery({ status: 'sending', claim }),
      sampleDelivery({ charges: [charge(NOON, 4)] }),
    ];
    const tenantOf = async (taken: number) =>
      (await count(rows, { tenant: taken })).scopes.find(({ scope }) => scope === 'tenant')!;
    expect(await tenantOf(4)).toMatchObject({ recipients: 7, ledger: 4, unknownSpends: 3 });
    expect(await tenantOf(7)).not.toHaveProperty('unknownSpends');
    expect(
      await Promise.all([8, 7, 4, 3].map(async (taken) => isOvercharged(await tenantOf(taken)))),
    ).toEqual([false, false, false, true]);
    // Of another app nothing is unknown.
    const { scopes } = await count([late, sampleDelivery({ app: 'crm', charges: [charge(NOON, 1)] })], {});
    expect(scopes.filter(isOvercharged).map(({ scope }) => scope)).toEqual([
      'tenant',
      'account:hve@contoso.com',
      'app:crm',
    ]);
  });

  it('is compared with nothing where the ledger has lost its hours', async () => {
    const { scopes } = await count([sampleDelivery({ charges: [charge(NOON, 2)] })], null);
    expect(scopes.map(({ ledger }) => ledger)).toEqual([null, null, null, null]);
  });

  it('of a day without mail is zero for the tenant and external', async () => {
    expect(await count([])).toEqual({
      messages: 0,
      byStatus: {},
      accepted: 0,
      unknownSpends: 0,
      failed: 0,
      unknown: 0,
      held: 0,
      failures: { causes: [], others: { recipients: 0, messages: 0 } },
      apps: [],
      scopes: [
        { scope: 'tenant', limit: 100, recipients: 0, ledger: 0, byHour: [] },
        { scope: 'external', limit: 10, recipients: 0, ledger: 0, byHour: [] },
      ],
    });
  });

  it('keeps the curve of each scope', async () => {
    const { scopes } = await count([
      sampleDelivery({ charges: [charge(FROM, 5, 2), charge(TO - HOUR, 1)] }),
      sampleDelivery({ app: 'crm', charges: [charge(TO - HOUR, 7)] }),
    ]);
    const curves = Object.fromEntries(scopes.map(({ scope, byHour }) => [scope, byHour]));
    const curve = (first: number, last: number): number[] => [first, ...Array<number>(22).fill(0), last];
    expect(curves).toEqual({
      tenant: curve(5, 8),
      external: curve(2, 0),
      'account:hve@contoso.com': curve(5, 8),
      'app:payroll': curve(5, 1),
      'app:crm': curve(0, 7),
    });
  });

  it.each([
    ['2026-03-29', '2026-03-30', 23],
    ['2026-10-25', '2026-10-26', 25],
  ])('of %s in Berlin, until %s, has %i hours', async (day, next, hours) => {
    const { startOf } = makeCalendar('Europe/Berlin');
    const bounds = { from: startOf(day), to: startOf(next) };
    const charges = [charge(bounds.from, 1), charge(bounds.to - HOUR, 2), charge(bounds.to, 4)];
    const { scopes } = await count([sampleDelivery({ charges })], {}, bounds);
    expect(scopes[0]!.byHour).toEqual([1, ...Array<number>(hours - 2).fill(0), 2]);
  });

  it('of any charges: the hours of a scope together are its recipients, those of all accounts and of all apps the tenant’s', async () => {
    const anyCharge = fc
      .tuple(fc.integer({ min: -2, max: 25 }), fc.integer({ min: 1, max: 50 }), fc.nat(50), fc.nat(2))
      .map(([hour, recipients, external, account]) =>
        charge(FROM + hour * HOUR, recipients, Math.min(external, recipients), `a${account}@contoso.com`),
      );
    const anyRow = fc
      .tuple(fc.array(anyCharge, { maxLength: 4 }), fc.constantFrom('crm', 'payroll'))
      .map(([charges, app]) => sampleDelivery({ charges, app }));
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 6 }), async (rows) => {
        const { scopes } = await count(rows);
        const total = (start: string): number =>
          scopes.reduce((sum, { scope, recipients }) => sum + (scope.startsWith(start) ? recipients : 0), 0);
        for (const { recipients, byHour } of scopes) {
          expect(byHour!.reduce((sum, n) => sum + n, 0)).toBe(recipients);
        }
        expect([total('account:'), total('app:')]).toEqual([total('tenant'), total('tenant')]);
        expect(total('external')).toBeLessThanOrEqual(total('tenant'));
      }),
    );
  });
});
