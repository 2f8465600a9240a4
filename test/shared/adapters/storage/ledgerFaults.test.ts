/** R1: the ledger while answers are lost. A lease is opened once and closed once, or whoever asked is told that nobody knows. */
import type { TestContext } from 'vitest';
import { describe, expect, it } from 'vitest';
import { makeLedger } from '../../../../shared/adapters/storage/ledger.ts';
import { QUICK_RETRIES } from '../../../../shared/adapters/storage/storageConnection.ts';
import type { Lease } from '../../../../shared/core/lease.ts';
import type { LeaseRow, Ledger } from '../../../../shared/ports.ts';
import { Unavailable } from '../../../../shared/ports.ts';
import {
  closeOver,
  done,
  PAYROLL,
  sampleLease,
  standingIn,
  takeOver,
  TENANT,
} from '../../../contracts/ledger.ts';
import { NOON } from '../../../contracts/sampleMessages.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';
import type { Fault } from './storageProxy.ts';
import { startStorageProxy } from './storageProxy.ts';

/** The SDK's tries of one operation. */
const ALL_TRIES = QUICK_RETRIES + 1;
/** Of which two are used, so that a closing gives back three. */
const LEASE = {
  ...sampleLease(1, [
    [TENANT, 5],
    [PAYROLL, 5],
  ]),
  spent: new Map([
    [TENANT, 2],
    [PAYROLL, 2],
  ]),
};
const OTHERS = sampleLease(200, [[TENANT, 10]]);

/** One instance behind the faults, one that has none, over a ledger in which 10 are taken. */
async function open(context: TestContext) {
  const proxy = await startStorageProxy(context);
  const prefix = freshPrefix();
  const opened = openStorage(prefix, proxy.connectionString);
  const ledger = makeLedger({ ...opened, chance });
  const other = makeLedger({ ...openStorage(prefix), chance });
  await take(other, OTHERS);
  const standing = async () => standingIn(await other.read());
  const leases = async (): Promise<string[]> => (await standing()).leases.map(({ id }) => id);
  const tenant = async (): Promise<number | undefined> => (await standing()).taken[TENANT]?.[NOON];
  const close = async () => {
    const read = await ledger.read();
    return ledger.write(closeOver(read, rowsOf(read.leases, LEASE)));
  };
  return { proxy, storage: opened.storage, ledger, other, leases, tenant, close };
}

async function take(ledger: Ledger, lease: Lease) {
  return ledger.write(takeOver(await ledger.read(), lease));
}

/** What another instance does to the same rows. */
async function change(other: Ledger, n: number): Promise<void> {
  done(
    await take(
      other,
      sampleLease(n, [
        [TENANT, 1],
        [PAYROLL, 1],
      ]),
    ),
  );
}

function rowsOf(leases: readonly LeaseRow[], { id }: Lease): LeaseRow[] {
  return leases.filter(({ lease }) => lease.id === id);
}

describe.concurrent('a lease that is opened', () => {
  it('costs one operation, and one more to close it', async (context) => {
    const { proxy, ledger } = await open(context);
    const read = await ledger.read();
    proxy.seen.length = 0;
    const { scopes, leaseEtag } = done(await ledger.write(takeOver(read, LEASE)));
    await ledger.write(closeOver({ scopes: scopes! }, [{ lease: LEASE, etag: leaseEtag! }]));
    expect(proxy.seen.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it.for([1, ALL_TRIES, ALL_TRIES + 1])(
    'is taken once, though the answer was lost %i times',
    async (times, context) => {
      const { proxy, ledger, other, tenant, leases } = await open(context);
      const read = await ledger.read();
      proxy.failNext('POST', 'lose', times);
      const { scopes, leaseEtag } = done(await ledger.write(takeOver(read, LEASE)));
      expect(scopes).toBeNull();
      expect(await tenant()).toBe(15);
      expect(await leases()).toEqual([LEASE.id, OTHERS.id]);
      // Its row can be used by what was answered.
      expect(leaseEtag).toEqual(expect.any(String));
      expect(await other.noteSpent(LEASE, leaseEtag!)).not.toBeNull();
    },
  );

  it('is taken once where it makes the first row of a scope, though the answer was lost', async (context) => {
    const { proxy, ledger, other } = await open(context);
    const lease = sampleLease(2, [['app:new', 4]]);
    const read = await ledger.read();
    proxy.failNext('POST', 'lose', 1);
    expect(await ledger.write(takeOver(read, lease))).not.toBeNull();
    expect(standingIn(await other.read()).taken['app:new']).toEqual({ [NOON]: 4 });
  });

  it('is taken once, though the answer was lost and others changed the rows since', async (context) => {
    const { proxy, ledger, other, tenant } = await open(context);
    const read = await ledger.read();
    let tries = 0;
    proxy.fault = async ({ method }) => {
      if (method !== 'POST' || ++tries > 2) return null;
      if (tries === 2) await change(other, 2);
      return 'lose';
    };
    expect(await ledger.write(takeOver(read, LEASE))).not.toBeNull();
    expect(await tenant()).toBe(16);
  });

  it('is taken by the very same transaction, sent again, as long as nothing tells what became of it', async (context) => {
    const { proxy, ledger, tenant } = await open(context);
    const read = await ledger.read();
    proxy.seen.length = 0;
    proxy.failNext('POST', 'refuse', ALL_TRIES);
    expect(await ledger.write(takeOver(read, LEASE))).toMatchObject({ leaseEtag: expect.any(String) });
    expect(proxy.seen.filter(({ method }) => method === 'POST')).toHaveLength(ALL_TRIES + 1);
    expect(await tenant()).toBe(15);
  });

  it('is not taken where others changed a row before any try arrived', async (context) => {
    const { proxy, ledger, other, tenant, leases } = await open(context);
    const read = await ledger.read();
    let tries = 0;
    proxy.fault = async ({ method }) => {
      if (method !== 'POST' || ++tries > ALL_TRIES) return null;
      if (tries === ALL_TRIES) await change(other, 2);
      return 'refuse';
    };
    expect(await ledger.write(takeOver(read, LEASE))).toBeNull();
    expect(await tenant()).toBe(11);
    expect(await leases()).not.toContain(LEASE.id);
  });

  it('is taken once, though the first try arrives after the lease was looked for and not found', async (context) => {
    const { proxy, ledger, tenant, leases } = await open(context);
    const read = await ledger.read();
    let tries = 0;
    proxy.fault = async ({ method }) => {
      if (method !== 'POST' || ++tries > ALL_TRIES + 1) return null;
      if (tries === 1) return 'delay';
      if (tries > ALL_TRIES) await proxy.landDelayed();
      return tries > ALL_TRIES ? null : 'refuse';
    };
    expect(await ledger.write(takeOver(read, LEASE))).not.toBeNull();
    expect(tries).toBe(ALL_TRIES + 1);
    expect(await tenant()).toBe(15);
    expect(await leases()).toEqual([LEASE.id, OTHERS.id]);
  });

  it.for<Fault>(['refuse', 'lose'])(
    'is nobody’s where no answer comes at all (%s): it was taken whole or not at all',
    async (fault, context) => {
      const { proxy, ledger, tenant, leases } = await open(context);
      const read = await ledger.read();
      proxy.fault = ({ method }) => (method === 'POST' ? fault : 'refuse');
      await expect(ledger.write(takeOver(read, LEASE))).rejects.toThrow(Unavailable);
      const isTaken = fault === 'lose';
      expect(await tenant()).toBe(isTaken ? 15 : 10);
      expect((await leases()).includes(LEASE.id)).toBe(isTaken);
      proxy.fault = () => null;
      expect(await take(ledger, sampleLease(2, [[TENANT, 1]]))).not.toBeNull();
      expect(await tenant()).toBe(isTaken ? 16 : 11);
    },
  );

  it('is kept from arriving late by any other change of its rows', async (context) => {
    const { proxy, ledger, other, tenant, leases } = await open(context);
    const read = await ledger.read();
    let tries = 0;
    proxy.fault = ({ method }) => (method === 'POST' && ++tries === 1 ? 'delay' : 'refuse');
    await expect(ledger.write(takeOver(read, LEASE))).rejects.toThrow(Unavailable);
    await change(other, 2);
    await proxy.landDelayed();
    expect(await tenant()).toBe(11);
    expect(await leases()).not.toContain(LEASE.id);
  });
});

describe.concurrent('a lease that is closed', () => {
  it.for([1, ALL_TRIES, ALL_TRIES + 1])(
    'gives back once, though the answer was lost %i times',
    async (times, context) => {
      const { proxy, ledger, tenant, leases, close } = await open(context);
      await take(ledger, LEASE);
      proxy.failNext('POST', 'lose', times);
      expect(await close()).toEqual({ scopes: null, leaseEtag: null });
      expect(await tenant()).toBe(12);
      expect(await leases()).toEqual([OTHERS.id]);
    },
  );

  it('gives back once, though the answer was lost and others changed the rows since', async (context) => {
    const { proxy, ledger, other, tenant, close } = await open(context);
    await take(ledger, LEASE);
    let tries = 0;
    proxy.fault = async ({ method }) => {
      if (method !== 'POST' || ++tries > 2) return null;
      if (tries === 2) await change(other, 2);
      return 'lose';
    };
    expect(await close()).not.toBeNull();
    expect(await tenant()).toBe(13);
  });

  it('gives back nothing where others changed a row before any try arrived, and all with the next change', async (context) => {
    const { proxy, ledger, other, tenant, close } = await open(context);
    await take(ledger, LEASE);
    let tries = 0;
    proxy.fault = async ({ method }) => {
      if (method !== 'POST' || ++tries > 1) return null;
      await change(other, 2);
      return 'refuse';
    };
    expect(await close()).toBeNull();
    expect(await tenant()).toBe(16);
    expect(await close()).not.toBeNull();
    expect(await tenant()).toBe(13);
  });

  it('gives back once, though the first try arrives while the second is on its way', async (context) => {
    const { proxy, ledger, tenant, close } = await open(context);
    await take(ledger, LEASE);
    let tries = 0;
    proxy.fault = async ({ method }) => {
      if (method !== 'POST' || ++tries > ALL_TRIES + 1) return null;
      if (tries === 1) return 'delay';
      if (tries > ALL_TRIES) await proxy.landDelayed();
      return tries > ALL_TRIES ? null : 'refuse';
    };
    expect(await close()).not.toBeNull();
    expect(await tenant()).toBe(12);
  });

  it('gives back once, though a try arrives after another one closed it, and its scopes were given back', async (context) => {
    const { proxy, ledger, other, tenant, close } = await open(context);
    await take(ledger, LEASE);
    let tries = 0;
    proxy.fault = ({ method }) => (method === 'POST' ? (++tries === 1 ? 'delay' : 'refuse') : null);
    await expect(close()).rejects.toThrow(Unavailable);
    const read = await other.read();
    expect(await other.write(closeOver(read, rowsOf(read.leases, LEASE)))).not.toBeNull();
    await proxy.landDelayed();
    expect(await tenant()).toBe(12);
    proxy.fault = () => null;
    expect((await ledger.read()).leases.map(({ lease }) => lease.id)).toEqual([OTHERS.id]);
  });

  it('control: a give-back that names no lease is done twice when its answer is lost', async (context) => {
    const { proxy, storage, ledger, tenant } = await open(context);
    const table = storage.table('quota');
    const giveBack = async () => {
      const { taken, etag } = (await ledger.read()).scopes.get(TENANT)!;
      const columns = { taken: JSON.stringify({ ...taken, [NOON]: taken[NOON]! - 3 }) };
      const row = { partitionKey: 'ledger', rowKey: TENANT, columns };
      return table.transact([{ kind: 'update', row, etag: etag!, mode: 'Replace' }], table.newToken());
    };
    proxy.failNext('POST', 'lose', 1);
    // The SDK's next try meets a conflict with its own first one.
    expect(await giveBack()).toMatchObject({ done: false, doubt: 'conflict' });
    expect(await giveBack()).toMatchObject({ done: true });
    expect(await tenant()).toBe(4);
  });
});

it('notes what was spent once, though the answer was lost', async (context) => {
  const { proxy, ledger, other } = await open(context);
  const { leaseEtag } = done(await take(ledger, LEASE));
  proxy.fault = ({ method }) => (method === 'PATCH' ? 'lose' : null);
  const etag = await ledger.noteSpent({ ...LEASE, spent: new Map([[TENANT, 4]]) }, leaseEtag!);
  const [row] = rowsOf((await other.read()).leases, LEASE);
  expect(row).toMatchObject({ etag, lease: { spent: new Map([[TENANT, 4]]) } });
});
