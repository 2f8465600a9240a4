import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/core/delivery.ts';
import type { ScopeLimits } from '../../../shared/core/quotaLedger.ts';
import type { Standing } from '../../../shared/core/records.ts';
import { makeGate } from '../../../shared/flows/gate.ts';
import { makeSenders } from '../../../shared/flows/senders.ts';
import { makeTroubles } from '../../../shared/flows/troubles.ts';
import { NOON, sampleDelivery, sampleId, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { NO_LIMITS, makeStoredFlows } from './storedFlows.ts';

const MINUTE = 60_000;
const ENDS = Date.parse('2026-11-25T00:00:00Z');

/** A gate over real rooms and ledger; `asked` counts the reservations it tried. */
function makeWorld(limits: Partial<ScopeLimits> = {}, pool: string | null = null) {
  const accounts = ['hve@contoso.com', 'b@contoso.com'].map((address) => ({ address, pool }));
  const flows = makeStoredFlows({ limits: { ...NO_LIMITS, ...limits } });
  const asked: number[] = [];
  const quota = {
    ...flows.quota,
    async reserve(request: Parameters<typeof flows.quota.reserve>[0]) {
      asked.push(request.recipients);
      return flows.quota.reserve(request);
    },
  };
  const troubles = makeTroubles(flows);
  const senders = makeSenders({ accounts });
  return { ...flows, asked, troubles, gate: makeGate({ ...flows, quota, troubles, senders }) };
}

const people = (count: number, external = 0) =>
  Array.from({ length: count }, (_, n) =>
    sampleRecipient(`r${n}@x`, { kind: n < count - external ? 'internal' : 'external' }),
  );
/** Younger than whatever is stored. */
const newcomer = (changes: Partial<Delivery> = {}): Delivery =>
  sampleDelivery({ id: sampleId(200, NOON + MINUTE), createdAt: NOON + MINUTE, ...changes });

const standing = (name: string, changes: Partial<Standing>): Standing => ({
  name,
  trouble: null,
  pausedByPerson: null,
  ...changes,
});
const trouble = {
  action: 'pause' as const,
  cause: 'c',
  remedy: 'r',
  reply: '535',
  since: NOON,
  until: NOON + MINUTE,
  stepMs: MINUTE,
};

describe('the gate', () => {
  it('lets go what nothing stands in the way of, charged to the ledger', async () => {
    const { gate, quota, windows } = makeWorld({ tenant: 10 });
    const recipients = [...people(3, 1), sampleRecipient('done@x', { status: 'accepted' })];
    const passage = await gate.pass(newcomer({ recipients }));
    expect(passage).toMatchObject({
      kind: 'go',
      recipients: [0, 1, 2],
      reservation: { charge: { account: 'hve@contoso.com', recipients: 3, external: 1 } },
    });
    const usage = await quota.usage();
    expect(usage.find(({ scope }) => scope === 'tenant')).toMatchObject({ used: 3 });
    expect(windows(NOON).endsAt).toBe(ENDS);
  });

  it('parks what does not fit, until the window turns', async () => {
    const { gate, use } = makeWorld({ tenant: 10 });
    await use({ recipients: 9 });
    expect(await gate.pass(newcomer({ recipients: people(2) }))).toEqual({
      kind: 'wait',
      room: 'quota:tenant',
      turnsAt: ENDS,
    });
  });

  it('says of what could never fit that it never will', async () => {
    const { gate } = makeWorld({ account: () => 5 });
    expect(await gate.pass(newcomer({ recipients: people(6) }))).toEqual({
      kind: 'never',
      recipients: [0, 1, 2, 3, 4, 5],
      scope: 'account:hve@contoso.com',
    });
  });

  it('says so at once, whoever waits, and counts the reserve as what its priority can never use', async () => {
    const { gate, parked, asked } = makeWorld({ tenant: 10, reserveCriticalPercent: 20 });
    await parked('quota:tenant');
    expect(await gate.pass(newcomer({ recipients: people(9) }))).toMatchObject({
      kind: 'never',
      scope: 'tenant',
    });
    expect(asked).toEqual([]);
    expect(await gate.pass(newcomer({ recipients: people(9), priority: 'critical' }))).toMatchObject({
      kind: 'go',
    });
  });

  it('of a mixed delivery sends the internal ones when only the external ones must wait', async () => {
    const { gate, use } = makeWorld({ external: 2, tenant: 100 });
    await use({ recipients: 2, external: 2 });
    const recipients = people(4, 1);
    expect(await gate.pass(newcomer({ recipients }))).toMatchObject({
      kind: 'go',
      recipients: [0, 1, 2],
      reservation: { charge: { recipients: 3, external: 0 } },
    });
    const reached = sampleRecipient('r@x', { status: 'accepted' });
    const rest = [reached, reached, reached, recipients[3]!];
    expect(await gate.pass(newcomer({ recipients: rest }))).toMatchObject({
      kind: 'wait',
      room: 'quota:external',
    });
  });

  it('of a mixed delivery refuses only the external ones that could never fit', async () => {
    const { gate } = makeWorld({ external: 1 });
    expect(await gate.pass(newcomer({ recipients: people(4, 2) }))).toMatchObject({
      kind: 'never',
      recipients: [2, 3],
      scope: 'external',
    });
  });
});

describe('the order', () => {
  it('lets no newcomer overtake who waits, though it would fit', async () => {
    const { gate, parked, asked } = makeWorld({ tenant: 10 });
    await parked('quota:tenant', { recipients: people(10) });
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'wait', room: 'quota:tenant' });
    expect(asked).toEqual([]);
  });

  it('lets a higher priority and an older acceptance pass', async () => {
    const { gate, parked } = makeWorld({ tenant: 10 });
    await parked('quota:tenant', { recipients: people(10) });
    expect(await gate.pass(newcomer({ priority: 'critical' }))).toMatchObject({ kind: 'go' });
    const older = newcomer({ id: sampleId(0, NOON - 1), createdAt: NOON - 1 });
    expect(await gate.pass(older)).toMatchObject({ kind: 'go' });
    expect(await gate.pass(newcomer({ priority: 'bulk' }))).toMatchObject({ kind: 'wait' });
  });

  it('concerns limited scopes of the delivery only', async () => {
    const { gate, parked } = makeWorld({ external: 10 });
    await parked('quota:tenant');
    await parked('quota:external', { recipients: people(1, 1) });
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'go' });
    expect(await gate.pass(newcomer({ recipients: people(1, 1) }))).toMatchObject({
      kind: 'wait',
      room: 'quota:external',
    });
  });

  it('is passed by what the sweep released from that very room, and by no other', async () => {
    const { gate, parked } = makeWorld({ tenant: 10, external: 10 });
    await parked('quota:tenant', { recipients: people(10) });
    expect(await gate.pass(newcomer({ releasedFrom: 'quota:tenant' }))).toMatchObject({ kind: 'go' });
    expect(await gate.pass(newcomer({ releasedFrom: 'quota:external' }))).toMatchObject({ kind: 'wait' });
    expect(await gate.pass(newcomer({ releasedFrom: 'tenant' }))).toMatchObject({ kind: 'wait' });
  });

  it('and the memory of a full scope do not reject what says onQuota: reject; only what is really taken does', async () => {
    const { gate, parked, use } = makeWorld({ tenant: 10 });
    await use({ recipients: 9 });
    await parked('quota:tenant', { recipients: people(10) });
    expect(await gate.pass(newcomer({ recipients: people(2) }))).toMatchObject({ kind: 'wait' });
    expect(await gate.pass(newcomer({ onQuota: 'reject' }))).toMatchObject({ kind: 'go' });
    expect(await gate.pass(newcomer({ onQuota: 'reject' }))).toMatchObject({
      kind: 'wait',
      room: 'quota:tenant',
    });
  });

  it('is read at most once a minute', async () => {
    const { gate, parked, rooms, time, waiting } = makeWorld({ tenant: 10 });
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'go' });
    const { id } = await parked('quota:tenant', { recipients: people(10) });
    expect(await waiting('quota:tenant')).toHaveLength(1);
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'go' });
    time.now += MINUTE;
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'wait' });
    expect((await rooms.front('quota:tenant'))?.id).toBe(id);
  });
});

describe('the memory that a scope is full', () => {
  it('saves the ledger for a minute what would not fit, and asks for what is smaller', async () => {
    const { gate, use, asked, time } = makeWorld({ tenant: 10 });
    await use({ recipients: 8 });
    await gate.pass(newcomer({ recipients: people(3) }));
    await gate.pass(newcomer({ recipients: people(3) }));
    await gate.pass(newcomer({ recipients: people(4) }));
    expect(asked).toEqual([3]);
    expect(await gate.pass(newcomer({ recipients: people(2) }))).toMatchObject({ kind: 'go' });
    expect(asked).toEqual([3, 2]);
    time.now += MINUTE;
    expect(await gate.pass(newcomer({ recipients: people(3) }))).toMatchObject({
      kind: 'wait',
      turnsAt: ENDS,
    });
    expect(asked).toEqual([3, 2, 3]);
  });

  it('does not hold for a row released from that room', async () => {
    const { gate, use, asked } = makeWorld({ tenant: 10 });
    await use({ recipients: 9 });
    await gate.pass(newcomer({ recipients: people(2) }));
    await gate.pass(newcomer({ recipients: people(2), releasedFrom: 'quota:tenant' }));
    expect(asked).toEqual([2, 2]);
  });

  it('of normal mail does not keep critical mail from the reserve', async () => {
    const { gate, use } = makeWorld({ tenant: 10, reserveCriticalPercent: 20 });
    await use({ recipients: 8 });
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'wait', room: 'quota:tenant' });
    expect(await gate.pass(newcomer({ priority: 'critical' }))).toMatchObject({ kind: 'go' });
  });

  it('of bulk mail, which may use a share only, does not keep normal mail from the rest', async () => {
    const { gate, use, asked } = makeWorld({ tenant: 10, bulkPercent: 50 });
    await use({ recipients: 5 });
    expect(await gate.pass(newcomer({ priority: 'bulk' }))).toMatchObject({
      kind: 'wait',
      room: 'quota:tenant',
    });
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'go' });
    expect(await gate.pass(newcomer({ priority: 'bulk' }))).toMatchObject({ kind: 'wait' });
    expect(asked).toEqual([1, 1]);
  });

  it('ends when the window turns', async () => {
    const { gate, use, time } = makeWorld({ tenant: 10 });
    time.now = ENDS - 1000;
    await use({ recipients: 10 });
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'wait' });
    time.now = ENDS;
    expect(await gate.pass(newcomer())).toMatchObject({ kind: 'go' });
  });
});

describe('trouble', () => {
  it.each<[string, Standing, Partial<Delivery>, string | null]>([
    ['the account’s', standing('hve@contoso.com', { trouble }), {}, 'account:hve@contoso.com'],
    ['another account’s', standing('payroll@contoso.com', { trouble }), {}, null],
    ['the tenant’s', standing('tenant', { trouble }), {}, 'tenant'],
    ['that of external mail', standing('external', { trouble }), { recipients: people(1, 1) }, 'external'],
    ['that of external mail, for who is inside', standing('external', { trouble }), {}, null],
    [
      'the tenant’s, for a row released from it',
      standing('tenant', { trouble }),
      { releasedFrom: 'tenant' },
      null,
    ],
    [
      'the tenant’s, for a row of another room',
      standing('tenant', { trouble }),
      { releasedFrom: 'external' },
      'tenant',
    ],
    ['the tenant’s, for a probe', standing('tenant', { trouble }), { probe: true }, null],
  ])('of the kind: %s', async (_name, value, changes, room) => {
    const { gate, standings } = makeWorld();
    await standings.replace(value, null);
    const passage = await gate.pass(newcomer(changes));
    expect(passage).toMatchObject(
      room === null ? { kind: 'go' } : { kind: 'wait', room, turnsAt: trouble.until },
    );
  });

  it('by a person is obeyed by probes and released rows too', async () => {
    const { gate, standings } = makeWorld();
    const pausedByPerson = { since: NOON, reason: 'Sunday' };
    await standings.replace(standing('tenant', { pausedByPerson }), null);
    for (const changes of [{}, { probe: true }, { releasedFrom: 'tenant' }]) {
      expect(await gate.pass(newcomer(changes))).toEqual({ kind: 'wait', room: 'tenant', turnsAt: null });
    }
  });

  it('of external mail holds back the external recipients of a mixed delivery only', async () => {
    const { gate, standings } = makeWorld();
    await standings.replace(standing('external', { trouble }), null);
    expect(await gate.pass(newcomer({ recipients: people(3, 1) }))).toMatchObject({
      kind: 'go',
      recipients: [0, 1],
    });
  });

  it('takes nothing of the quota', async () => {
    const { gate, standings, asked } = makeWorld({ tenant: 10 });
    await standings.replace(standing('tenant', { trouble }), null);
    await gate.pass(newcomer());
    expect(asked).toEqual([]);
  });
});

describe('a pool', () => {
  const ofPool = (changes: Partial<Delivery> = {}): Delivery => newcomer({ sender: 'team', ...changes });
  const A = 'hve@contoso.com';
  const B = 'b@contoso.com';

  it('takes its accounts in turn, and the least busy first', async () => {
    const { gate } = makeWorld({}, 'team');
    const first = await gate.pass(ofPool());
    const second = await gate.pass(ofPool());
    expect(new Set([first, second].map((passage) => passage.kind === 'go' && passage.account))).toEqual(
      new Set([A, B]),
    );
    const senders = makeSenders({ accounts: [A, B].map((address) => ({ address, pool: 'team' })) });
    const leave = senders.occupy(A);
    expect([senders.candidates('team')[0], senders.candidates('team')[0]]).toEqual([B, B]);
    leave();
    leave();
    expect(new Set([senders.candidates('team')[0], senders.candidates('team')[0]])).toEqual(new Set([A, B]));
  });

  it.each([
    ['in trouble', A, { trouble }],
    ['paused by a person', A, { pausedByPerson: { since: NOON, reason: 'Sunday' } }],
  ])('passes over an account that is %s', async (_what, name, changes) => {
    const { gate, standings } = makeWorld({}, 'team');
    await standings.replace(standing(name, changes), null);
    for (let n = 0; n < 3; n++) expect(await gate.pass(ofPool())).toMatchObject({ kind: 'go', account: B });
  });

  it('passes over an account whose quota is used up, and over one that could not log in just now', async () => {
    const { gate, quota } = makeWorld({ account: (address) => (address === A ? 1 : null) }, 'team');
    await quota.reserve({ recipients: 1, external: 0, account: A, app: 'x', priority: 'normal' });
    expect(await gate.pass(ofPool())).toMatchObject({ kind: 'go', account: B });
    expect(await gate.pass(ofPool(), new Set([B]))).toMatchObject({ kind: 'wait', room: 'pool:team' });
  });

  it('waits in its own room when none may, until the first may again', async () => {
    const { gate, standings } = makeWorld({}, 'team');
    await standings.replace(standing(A, { trouble: { ...trouble, until: NOON + 5 * MINUTE } }), null);
    await standings.replace(standing(B, { trouble }), null);
    expect(await gate.pass(ofPool())).toEqual({ kind: 'wait', room: 'pool:team', turnsAt: trouble.until });
  });

  it('is stopped by what stops the tenant, in that room', async () => {
    const { gate, standings } = makeWorld({}, 'team');
    await standings.replace(standing('tenant', { trouble }), null);
    expect(await gate.pass(ofPool())).toMatchObject({ kind: 'wait', room: 'tenant' });
  });

  it('lets no newcomer overtake who waits in its room, but whoever the sweep let go from there', async () => {
    const flows = makeWorld({}, 'team');
    await flows.parked('pool:team');
    expect(await flows.gate.pass(ofPool())).toMatchObject({ kind: 'wait', room: 'pool:team' });
    expect(await flows.gate.pass(ofPool({ releasedFrom: 'pool:team' }))).toMatchObject({ kind: 'go' });
  });

  it('says never only where every account is too small for ever', async () => {
    const { gate } = makeWorld({ account: () => 2 }, 'team');
    expect(await gate.pass(ofPool({ recipients: people(3) }))).toMatchObject({ kind: 'never' });
  });

  it('waits for an account that is large enough and paused, though another one is too small for ever', async () => {
    const { gate, standings } = makeWorld({ account: (address) => (address === A ? 2 : null) }, 'team');
    await standings.replace(standing(B, { pausedByPerson: { since: NOON, reason: 'Sunday' } }), null);
    for (let n = 0; n < 2; n++) {
      const passage = await gate.pass(ofPool({ recipients: people(3) }));
      expect(passage).toEqual({ kind: 'wait', room: 'pool:team', turnsAt: null });
    }
  });

  it('of what says onQuota: reject names the account that is full, whoever waits in its room; of trouble its own room', async () => {
    const { gate, parked, use } = makeWorld({ account: () => 2 }, 'team');
    await parked('pool:team');
    const rejecting = ofPool({ onQuota: 'reject', recipients: people(2) });
    await use({ recipients: 2, account: A });
    expect(await gate.pass(rejecting)).toMatchObject({ kind: 'go', account: B });
    const isFull = { kind: 'wait', room: expect.stringMatching(/^quota:account:/) };
    expect(await gate.pass(rejecting)).toMatchObject(isFull);
    const other = makeWorld({ account: () => 2 }, 'team');
    await other.use({ recipients: 2, account: A });
    await other.standings.replace(standing(B, { trouble }), null);
    expect(await other.gate.pass(rejecting)).toMatchObject({ kind: 'wait', room: 'pool:team' });
  });
});
