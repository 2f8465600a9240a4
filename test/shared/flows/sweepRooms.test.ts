import { describe, expect, it } from 'vitest';
import { STATE_VERSION } from '../../../shared/core/delivery.ts';
import type { Priority } from '../../../shared/core/message.ts';
import type { ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import type { Standing } from '../../../shared/core/records.ts';
import { makeSweepRooms } from '../../../shared/flows/sweepRooms.ts';
import { makeSenders } from '../../../shared/flows/senders.ts';
import { makeTroubles } from '../../../shared/flows/troubles.ts';
import type { QueueName } from '../../../shared/ports.ts';
import { NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import type { StoredFlows } from './storedFlows.ts';
import { NO_LIMITS, makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const people = (count: number, external = 0) =>
  Array.from({ length: count }, (_, n) =>
    sampleRecipient(`r${n}@contoso.com`, { kind: n < count - external ? 'internal' : 'external' }),
  );

async function sweep(
  flows: StoredFlows,
  {
    standings = [] as Standing[],
    releasePerSweep = 3000,
    accounts = ['hve@contoso.com'],
    pool = null as string | null,
  } = {},
): Promise<void> {
  await makeSweepRooms({
    ...flows,
    troubles: makeTroubles(flows),
    senders: makeSenders({ accounts: accounts.map((address) => ({ address, pool })) }),
    releasePerSweep,
  })(standings);
}

function withLimits(limits: Partial<ScopeLimits>): StoredFlows {
  return makeStoredFlows({ limits: { ...NO_LIMITS, ...limits } });
}

function inTrouble(name: string, since = NOON): Standing {
  const words = { cause: 'c', remedy: 'r', reply: '535' };
  const trouble = { action: 'pause' as const, ...words, since, until: NOON + HOUR, stepMs: MINUTE };
  return { name, trouble, pausedByPerson: null };
}

/** An item that nobody took, visible since then. */
async function putItem(flows: StoredFlows, queue: QueueName, visibleAt: number): Promise<void> {
  const { id } = await flows.stored();
  await flows.queues.put(queue, { v: STATE_VERSION, messageId: id, delivery: 0, attempt: 1, visibleAt }, 0);
}

async function waitingIds(flows: StoredFlows, room: string): Promise<string[]> {
  return (await flows.waiting(room)).map((row) => row.id);
}

describe('a room of quota', () => {
  it('goes in its order, highest priority and oldest first, as long as the scope has room', async () => {
    const flows = withLimits({ tenant: 10 });
    await flows.use({ recipients: 5 });
    const put = async (priority: Priority, count: number): Promise<string> =>
      (await flows.parked('quota:tenant', { priority, recipients: people(count) })).id;
    const bulk = await put('bulk', 1);
    const old = await put('normal', 2);
    const young = await put('normal', 2);
    const critical = await put('critical', 2);
    await sweep(flows);
    expect(await flows.items()).toEqual([critical, old]);
    expect(await waitingIds(flows, 'quota:tenant')).toEqual([young, bulk]);
    // They took their four: the next one needs two where one is left, and the smaller one behind it does not overtake.
    await flows.use({ recipients: 4 });
    await sweep(flows);
    expect(await flows.items()).toEqual([]);
  });

  it('is stopped by a front that does not fit, though what lies behind would', async () => {
    const flows = withLimits({ tenant: 10 });
    await flows.use({ recipients: 8 });
    const front = await flows.parked('quota:tenant', { recipients: people(3) });
    const behind = await flows.parked('quota:tenant', { recipients: people(1) });
    await sweep(flows);
    expect(await waitingIds(flows, 'quota:tenant')).toEqual([front.id, behind.id]);
    expect(await flows.items()).toEqual([]);
  });

  it('is not stopped by a front that is final, expired or elsewhere', async () => {
    const flows = withLimits({ tenant: 10 });
    await flows.use({ recipients: 8 });
    const canceled = await flows.stored({ status: 'canceled', recipients: people(9) });
    await flows.rows.putWaiting({ ...canceled, room: 'quota:tenant' });
    const expired = await flows.parked('quota:tenant', { recipients: people(9), expiresAt: NOON });
    const behind = await flows.parked('quota:tenant', { recipients: people(2) });
    await sweep(flows);
    expect(await flows.items()).toEqual([behind.id]);
    expect(await waitingIds(flows, 'quota:tenant')).toEqual([]);
    expect((await flows.read(expired.id)).status).toBe('expired');
  });

  it('lets go what is larger than a limit that was lowered since: it fails with its remedy, and stops nobody', async () => {
    const flows = withLimits({ tenant: 10 });
    const { id } = await flows.parked('quota:tenant', { recipients: people(11) });
    await sweep(flows);
    expect(await flows.items()).toEqual([id]);
  });

  it('counts external recipients only in the room of external', async () => {
    const flows = withLimits({ external: 3 });
    await flows.use({ recipients: 1, external: 1 });
    const mixed = await flows.parked('quota:external', { recipients: people(10, 1) });
    const second = await flows.parked('quota:external', { recipients: people(10, 1) });
    const third = await flows.parked('quota:external', { recipients: people(10, 1) });
    await sweep(flows);
    expect(await flows.items()).toEqual([mixed.id, second.id]);
    expect(await waitingIds(flows, 'quota:external')).toEqual([third.id]);
  });

  it('keeps the reserve for what is critical', async () => {
    const flows = withLimits({ tenant: 10, reserveCriticalPercent: 20 });
    await flows.use({ recipients: 8 });
    const normal = await flows.parked('quota:tenant', { recipients: people(1) });
    await sweep(flows);
    expect(await flows.items()).toEqual([]);
    const critical = await flows.parked('quota:tenant', { recipients: people(1), priority: 'critical' });
    await sweep(flows);
    expect(await flows.items()).toEqual([critical.id]);
    expect(await waitingIds(flows, 'quota:tenant')).toEqual([normal.id]);
  });

  it('of a scope without a limit is emptied', async () => {
    const flows = makeStoredFlows();
    const { id } = await flows.parked('quota:account:old@contoso.com', { recipients: people(50) });
    await sweep(flows);
    expect(await flows.items()).toEqual([id]);
  });
});

describe('a pool’s room', () => {
  const [small, large] = ['small@contoso.com', 'large@contoso.com'];
  const pool = { accounts: [small, large], pool: 'team' };
  const make = (ofLarge: number) => withLimits({ account: (address) => (address === small ? 2 : ofLarge) });
  const park = async (flows: StoredFlows, count: number) =>
    (await flows.parked('pool:team', { sender: 'team', recipients: people(count) })).id;

  it('waits for the account that is large enough, not for one that never will be', async () => {
    const flows = make(10);
    await flows.use({ recipients: 8, account: large });
    const id = await park(flows, 3);
    await sweep(flows, pool);
    expect(await flows.items()).toEqual([]);
    expect(await waitingIds(flows, 'pool:team')).toEqual([id]);
  });

  it('goes through an account that has room, and lets go to fail what is too large for all of them', async () => {
    const flows = make(10);
    const ids = [await park(flows, 3), await park(flows, 11)];
    await sweep(flows, pool);
    expect(await flows.items()).toEqual(ids);
  });
});

describe('the metered rate', () => {
  it('ends a sweep over all rooms; the next one goes on', async () => {
    const flows = makeStoredFlows();
    for (let n = 0; n < 3; n++) await flows.parked('quota:tenant', { recipients: people(4) });
    await flows.parked('tenant', { recipients: people(4) });
    await sweep(flows, { releasePerSweep: 8 });
    expect(await flows.items()).toHaveLength(2);
    await sweep(flows, { releasePerSweep: 8 });
    expect(await flows.items()).toHaveLength(2);
    expect([...(await waitingIds(flows, 'quota:tenant')), ...(await waitingIds(flows, 'tenant'))]).toEqual(
      [],
    );
  });

  it('does not count what is only tidied', async () => {
    const flows = makeStoredFlows();
    for (let n = 0; n < 3; n++) {
      const sent = await flows.stored({ status: 'sent', recipients: people(4) });
      await flows.rows.putWaiting({ ...sent, room: 'quota:tenant' });
    }
    const { id } = await flows.parked('quota:tenant', { recipients: people(4) });
    await sweep(flows, { releasePerSweep: 4 });
    expect(await flows.items()).toEqual([id]);
  });
});

describe('a slow queue', () => {
  it('gets nothing more, while the other one does; what is expired is tidied all the same', async () => {
    const flows = makeStoredFlows();
    await putItem(flows, 'deliveries', NOON - MINUTE - 1);
    const expired = await flows.parked('quota:tenant', { expiresAt: NOON });
    const normal = await flows.parked('quota:tenant');
    const bulk = await flows.parked('tenant', { priority: 'bulk' });
    await sweep(flows);
    expect(await flows.items('bulk')).toEqual([bulk.id]);
    expect(await waitingIds(flows, 'quota:tenant')).toEqual([normal.id]);
    expect((await flows.read(expired.id)).status).toBe('expired');
  });

  it('is one whose front has been visible for more than a minute, not less', async () => {
    const flows = makeStoredFlows();
    await putItem(flows, 'deliveries', NOON - MINUTE);
    const { id } = await flows.parked('quota:tenant');
    await sweep(flows);
    expect(await flows.items()).toContain(id);
  });
});

describe('a room of trouble', () => {
  it.each([
    ['account:hve@contoso.com', 'hve@contoso.com'],
    ['tenant', 'tenant'],
    ['external', 'external'],
  ])(
    '%s waits while %s has trouble or a person paused it, and goes when neither is so',
    async (room, name) => {
      const flows = makeStoredFlows();
      const { id } = await flows.parked(room);
      await sweep(flows, { standings: [inTrouble(name)] });
      const paused = { name, trouble: null, pausedByPerson: { since: NOON, reason: 'Sunday' } };
      await sweep(flows, { standings: [paused] });
      expect(await flows.items()).toEqual([]);
      await sweep(flows, {
        standings: [{ name, trouble: null, pausedByPerson: null }, inTrouble('other@contoso.com')],
      });
      expect(await flows.items()).toEqual([id]);
    },
  );

  it('of an account that is missing from the settings for a day is emptied into dead letters', async () => {
    const flows = makeStoredFlows();
    const room = 'account:gone@contoso.com';
    const { id } = await flows.parked(room);
    const kept = await flows.parked('account:hve@contoso.com');
    const old = [
      inTrouble('gone@contoso.com', NOON - 48 * HOUR),
      inTrouble('hve@contoso.com', NOON - 48 * HOUR),
    ];
    for (const standing of old) await flows.standings.replace(standing, null);
    const now = async (): Promise<Standing[]> => (await flows.standings.readAll()).map((row) => row.value);
    await sweep(flows, { standings: await now() });
    // A day of trouble is not a day of being missing.
    flows.time.now = NOON + 24 * HOUR - 1;
    await sweep(flows, { standings: await now() });
    expect((await flows.read(id)).status).toBe('deferred');
    flows.time.now = NOON + 24 * HOUR;
    await sweep(flows, { standings: await now() });
    expect((await flows.read(id)).status).toBe('failed');
    expect(await flows.deadLetters.read('2026-11-24', `${id}.0.1`)).toMatchObject({
      reason: 'failed',
      detail: expect.stringMatching(/missing from HVE_ACCOUNTS.*What to do: put it back/),
    });
    expect(await flows.waiting(room)).toEqual([]);
    // Trouble alone, however old, gives nothing up.
    expect((await flows.read(kept.id)).status).toBe('deferred');
  });
});

describe('the room of time', () => {
  it('lets go what has come due, and looks at nothing later', async () => {
    const reads: string[] = [];
    const flows = makeStoredFlows({
      wrapStore: (store) => ({
        ...store,
        async readDelivery(id, delivery) {
          reads.push(id);
          return store.readDelivery(id, delivery);
        },
      }),
    });
    const due = await flows.parked('time', { sendAt: NOON });
    const later = await flows.parked('time', { sendAt: NOON + 1 });
    await sweep(flows);
    expect(await flows.items()).toEqual([due.id]);
    expect(reads).toEqual([due.id]);
    flows.time.now = NOON + 1;
    await sweep(flows);
    expect(await flows.items()).toEqual([later.id]);
  });
});

describe('on two instances at once', () => {
  it('everything goes once or twice as an item, and never stays', async () => {
    const flows = makeStoredFlows();
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) ids.push((await flows.parked('quota:tenant')).id);
    await Promise.all([sweep(flows), sweep(flows)]);
    await sweep(flows);
    expect([...new Set(await flows.items())].toSorted()).toEqual(ids.toSorted());
    expect(await flows.waiting('quota:tenant')).toEqual([]);
  });
});
