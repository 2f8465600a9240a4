/** An app's quota is data: in force within a minute, everywhere, without a deployment. */
import { describe, expect, it } from 'vitest';
import { makePutApp } from '../../../functions/apps.ts';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { makeAppBook } from '../../../shared/flows/appBook.ts';
import { makeGate } from '../../../shared/flows/gate.ts';
import type { Passage } from '../../../shared/flows/gate.ts';
import { makeLimits } from '../../../shared/flows/limits.ts';
import { makeSenders } from '../../../shared/flows/senders.ts';
import { makeSweepRooms } from '../../../shared/flows/sweepRooms.ts';
import { makeTroubles } from '../../../shared/flows/troubles.ts';
import { NOON, sampleDelivery, sampleId, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { call } from '../../functions/invocation.ts';
import { NO_LIMITS, makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const people = (count: number) =>
  Array.from({ length: count }, (_, n) => sampleRecipient(`r${n}@contoso.com`));

function makeWorld(tenant: number | null = null) {
  const flows = makeStoredFlows();
  const reads: string[] = [];
  const apps: typeof flows.apps = {
    ...flows.apps,
    async read(name) {
      reads.push(name);
      return flows.apps.read(name);
    },
  };
  const senders = makeSenders({ accounts: [{ address: 'hve@contoso.com', pool: null }] });

  /** An instance over the same tables, with a memory of its own. */
  function start(instance: string) {
    const appBook = makeAppBook({ ...flows, apps });
    const limits = makeLimits({ limits: { ...NO_LIMITS, tenant }, appBook });
    const quota = flows.quotaOf(instance, { limits });
    const base = { ...flows, limits, quota, senders, troubles: makeTroubles(flows) };
    const gate = makeGate(base);
    return {
      quota,
      limits,
      pass: async (changes: Partial<Delivery> = {}): Promise<Passage> =>
        gate.pass(sampleDelivery({ id: sampleId(250), createdAt: NOON + 1000, ...changes })),
      sweep: async () => makeSweepRooms({ ...base, releasePerSweep: 3000 })([]),
      /** As an operator does it. */
      async put(name: string, quotaPerDay: number | null): Promise<void> {
        const handler = makePutApp(async () => ({ appBook, senders }));
        const path = `/api/apps/${name}`;
        const body = { quotaPerDay };
        const { status } = await call(handler, { method: 'PUT', path, params: { name }, body });
        expect(status).toBe(200);
      },
      /** A delivery of the app goes, and all of it is spent. */
      async send(count: number, app = 'payroll'): Promise<boolean> {
        const passage = await this.pass({ app, recipients: people(count) });
        if (passage.kind === 'go') passage.reservation.settle(passage.reservation.charge);
        return passage.kind === 'go';
      },
    };
  }
  return { ...flows, reads, start };
}

describe('the quota of an app', () => {
  it('holds at once on the instance that it was put on, and within a minute on every other one', async () => {
    const { start, time } = makeWorld();
    const [here, there] = [start('here'), start('there')];
    expect([await here.send(2), await there.send(2)]).toEqual([true, true]);
    await here.put('payroll', 5);
    // What both leased before is theirs still: no longer than ten minutes.
    await Promise.all([here.quota.close(), there.quota.close()]);
    expect(await here.send(2)).toBe(false);
    expect(await here.pass({ recipients: people(2) })).toMatchObject({
      kind: 'wait',
      room: 'quota:app:payroll',
    });
    expect(await here.send(1)).toBe(true);
    time.now += MINUTE;
    expect(await there.pass()).toMatchObject({ kind: 'wait', room: 'quota:app:payroll' });
    expect(await there.send(1, 'crm')).toBe(true);
  });

  it('that is raised lets go what waits with the next sweep, as far as it fits and in its order', async () => {
    const { start, parked, read, items, waiting, time } = makeWorld();
    const [here, there] = [start('here'), start('there')];
    await there.put('payroll', 3);
    expect(await there.send(3)).toBe(true);
    await there.quota.close();
    const room = 'quota:app:payroll';
    const first = await parked(room, { recipients: people(2) });
    const second = await parked(room, { recipients: people(2) });
    await there.sweep();
    expect(await items()).toEqual([]);
    await here.put('payroll', 5);
    time.now += MINUTE;
    await there.sweep();
    expect(await items()).toEqual([first.id]);
    const released = await read(first.id);
    expect(released).toMatchObject({ status: 'queued', releasedFrom: room });
    // It passes its room, and whatever the instance remembers of it; who comes behind the next one waits.
    expect(await there.pass(released)).toMatchObject({ kind: 'go' });
    expect(await there.pass()).toMatchObject({ kind: 'wait', room });
    expect((await waiting(room)).map(({ id }) => id)).toEqual([second.id]);
    await here.put('payroll', null);
    time.now += MINUTE;
    await there.sweep();
    expect(await items()).toEqual([second.id]);
    expect(await waiting(room)).toEqual([]);
  });

  it('that is lowered keeps what waits, and what is taken stays taken', async () => {
    const { start, parked, items, time } = makeWorld();
    const here = start('here');
    await here.put('payroll', 10);
    await here.send(8);
    await here.quota.close();
    await parked('quota:app:payroll', { recipients: people(2) });
    await here.put('payroll', 9);
    await here.sweep();
    expect(await items()).toEqual([]);
    time.now += MINUTE;
    const usage = await here.quota.usage();
    expect(usage.find(({ scope }) => scope === 'app:payroll')).toMatchObject({
      limit: 9,
      used: 8,
      leased: 0,
    });
  });

  it('of nobody lets nothing go: what is sent for the app fails at once, with the remedy', async () => {
    const here = makeWorld().start('here');
    await here.put('payroll', 0);
    expect(await here.pass()).toMatchObject({ kind: 'never', scope: 'app:payroll' });
    expect(await here.send(1, 'crm')).toBe(true);
  });

  it('stands beside the tenant’s: the first that is full is told', async () => {
    const here = makeWorld(5).start('here');
    await here.put('payroll', 3);
    await here.send(4, 'crm');
    await here.quota.close();
    expect(await here.pass({ recipients: people(2) })).toMatchObject({ room: 'quota:tenant' });
    expect(await here.pass({ recipients: people(1) })).toMatchObject({ kind: 'go' });
    expect(await here.pass({ recipients: people(4) })).toMatchObject({ kind: 'never' });
  });

  it('is read once a minute for all that ask', async () => {
    const { start, reads, time } = makeWorld();
    const here = start('here');
    for (let n = 0; n < 20; n++) await here.send(1);
    expect(reads).toEqual(['payroll']);
    time.now += MINUTE;
    await here.send(1);
    expect(reads).toEqual(['payroll', 'payroll']);
    expect((await here.limits.of(['crm'])).app('payroll')).toBeNull();
  });
});

describe('what waits for the quota of an app', () => {
  it('stands before later mail of the app only, and never before another app’s', async () => {
    const { start, parked } = makeWorld(1000);
    const here = start('here');
    await here.put('payroll', 100);
    await here.put('crm', 100);
    await parked('quota:app:payroll', { recipients: people(90) });
    expect(await here.pass()).toMatchObject({ kind: 'wait', room: 'quota:app:payroll' });
    expect(await here.pass({ app: 'crm' })).toMatchObject({ kind: 'go' });
    expect(await here.pass({ app: 'other' })).toMatchObject({ kind: 'go' });
    expect(await here.pass({ priority: 'critical' })).toMatchObject({ kind: 'go' });
  });

  it('moves to the room of the next scope that is full, and stands there by its own age', async () => {
    const { start, parked, use } = makeWorld(10);
    const here = start('here');
    await here.put('payroll', 100);
    const released = await parked('quota:app:payroll', { releasedFrom: 'quota:app:payroll' });
    await use({ recipients: 10, app: 'crm' });
    const standing = { ...released, status: 'queued' as const, room: null };
    expect(await here.pass(standing)).toMatchObject({ kind: 'wait', room: 'quota:tenant' });
  });
});
