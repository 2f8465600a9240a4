/** The rules of the quota, each broken on purpose by a wrapper around the ports: how it would be without them. */
import type { Charge, Delivery } from '../../shared/core/delivery.ts';
import type { Amounts, Lease } from '../../shared/core/lease.ts';
import { addAmounts, amountsOf, hourOfLease, unspentOf } from '../../shared/core/lease.ts';
import type { TakenByHour } from '../../shared/core/quotaLedger.ts';
import { addTaken } from '../../shared/core/quotaLedger.ts';
import type { QuotaScope } from '../../shared/core/rooms.ts';
import { rowKeyOf, utcDay } from '../../shared/core/messageId.ts';
import { HOUR_MS } from '../../shared/core/window.ts';
import type { Ledger, LedgerState, ScopeRow } from '../../shared/ports.ts';
import type { World, Wrap } from './world.ts';

const withLedger =
  (change: (ledger: Ledger, world: World) => Partial<Ledger>): Wrap =>
  (ports, world) => ({ ...ports, ledger: { ...ports.ledger, ...change(ports.ledger, world) } });

/** The scopes' rows with so much less taken in the hour. */
function without(
  scopes: ReadonlyMap<QuotaScope, ScopeRow>,
  hour: number,
  amounts: Amounts,
): Map<QuotaScope, ScopeRow> {
  const next = new Map(scopes);
  for (const [scope, n] of amounts) {
    const row = next.get(scope);
    if (row && n !== 0) next.set(scope, { ...row, taken: addTaken(row.taken, hour, -n) });
  }
  return next;
}

/** R1: the SDK repeats a closing by itself, and nothing says that it is done: what goes back has no ETag. */
export const closesTwice: Wrap = withLedger((ledger) => {
  let seen: LedgerState | null = null;
  return {
    read: async () => (seen = await ledger.read()),
    async write(change) {
      const before = seen;
      const written = await ledger.write(change);
      if (!written?.scopes || change.close.length === 0) return written;
      const { scopes } = await ledger.read();
      const again = [...change.scopes].map(([scope, { taken }]): [QuotaScope, ScopeRow] => {
        const { taken: now, etag } = scopes.get(scope)!;
        return [scope, { taken: less(now, before?.scopes.get(scope)?.taken ?? {}, taken), etag }];
      });
      await ledger.write({ scopes: new Map(again), open: null, close: [] });
      return written;
    },
  };
});

/** `now`, less what the step from `before` to `after` took away. */
function less(now: TakenByHour, before: TakenByHour, after: TakenByHour): TakenByHour {
  const hours = Object.entries(before).map(([hour, n]) => [Number(hour), n - (after[hour] ?? 0)] as const);
  return hours.reduce((sum, [hour, n]) => (n > 0 ? addTaken(sum, hour, -n) : sum), now);
}

/** What changed meanwhile is written over: nobody looks at the scopes' ETags. */
export const scopesOverwrite: Wrap = withLedger((ledger, world) => ({
  write: (change) => {
    const scopes = [...change.scopes].map(([scope, row]): [QuotaScope, ScopeRow] => {
      return [scope, { ...row, etag: world.ledger.scopes.get(scope)?.etag ?? null }];
    });
    return ledger.write({ ...change, scopes: new Map(scopes) });
  },
}));

/** A reservation that is settled twice gives back twice what its row no longer charges. */
export const settlesTwice: Wrap = (ports, world) => {
  const { store, ledger } = ports;
  const dropped = new Map<string, Amounts>();
  return {
    ...ports,
    store: {
      ...store,
      async replace(next, etag) {
        const row = world.messages.rows.get(rowKeyOf(next.id, next.delivery));
        const claim = row?.delivery?.claim ?? null;
        const before = row?.delivery ?? next;
        const written = await store.replace(next, etag);
        if (written !== null && claim !== null && next.claim === null) {
          const back = notSpent(claim.charge, before, next);
          const sum = dropped.get(claim.charge.lease) ?? new Map();
          dropped.set(claim.charge.lease, addAmounts(sum, amountsOf(back, next.app)));
        }
        return written;
      },
    },
    ledger: {
      ...ledger,
      write: (change) => {
        let { scopes } = change;
        for (const { lease } of change.close) {
          scopes = without(scopes, hourOfLease(lease.id), dropped.get(lease.id) ?? new Map());
        }
        return ledger.write({ ...change, scopes });
      },
    },
  };
};

/** What of a claim's charge its outcome dropped. */
function notSpent(charge: Charge, before: Delivery, after: Delivery): Charge {
  const on = (row: Delivery, kind: 'recipients' | 'external'): number =>
    row.charges.reduce((sum, one) => sum + (one.lease === charge.lease ? one[kind] : 0), 0);
  const left = (kind: 'recipients' | 'external'): number =>
    Math.max(0, charge[kind] - (on(after, kind) - on(before, kind)));
  return { ...charge, recipients: left('recipients'), external: left('external') };
}

/** An owner goes on spending from a lease whose closing lands late. */
export const spendsWhileClosing: Wrap = withLedger((ledger) => {
  async function close({ id, taken, spent }: Lease): Promise<void> {
    const state = await ledger.read();
    const row = state.leases.find(({ lease }) => lease.id === id);
    if (!row) return;
    const back = unspentOf({ taken, spent });
    const touched = new Map([...state.scopes].filter(([scope]) => (back.get(scope) ?? 0) > 0));
    await ledger.write({ scopes: without(touched, hourOfLease(id), back), open: null, close: [row] });
  }
  return {
    async noteSpent(lease, etag) {
      close(lease).catch(() => undefined);
      return ledger.noteSpent(lease, etag);
    },
  };
});

/** More is taken than what is left. */
export const blocksTooLarge: Wrap = withLedger((ledger) => ({
  write: (change) => {
    const { open } = change;
    if (open === null) return ledger.write(change);
    const more: Amounts = new Map([...open.taken.keys()].map((scope) => [scope, -MORE]));
    const taken = addAmounts(open.taken, more, -1);
    return ledger.write({
      ...change,
      scopes: without(change.scopes, hourOfLease(open.id), more),
      open: { ...open, taken },
    });
  },
}));
const MORE = 20;

/** The sweep closes what has ended a moment ago, or will in a moment by another's clock. */
export const closesTheDeadEarly: Wrap = withLedger((ledger, { rules }) => ({
  async read() {
    const state = await ledger.read();
    const leases = state.leases.map((row) => {
      const endsAt = row.lease.endsAt - rules.durations.leaseSettled;
      return { ...row, lease: { ...row.lease, endsAt } };
    });
    return { ...state, leases };
  },
}));

/** The sweep does not see claims when it counts what rows charge to a dead instance's lease. */
export const claimsNotCounted: Wrap = (ports) => ({
  ...ports,
  store: {
    ...ports.store,
    async *scanDay(day, only) {
      for await (const row of ports.store.scanDay(day, only)) {
        yield only === undefined ? { ...row, delivery: { ...row.delivery, claim: null } } : row;
      }
    },
  },
});

/** It counts the messages of today only, though old ones may have been sent on the lease. */
export const onlyTodayCounted: Wrap = (ports, world) => ({
  ...ports,
  store: {
    ...ports.store,
    async *scanDay(day, only) {
      if (only === undefined && day !== utcDay(world.time.now)) return;
      yield* ports.store.scanDay(day, only);
    },
  },
});

/** Hours that were cut in another zone, and only overlap the window, do not count. */
export const onlyWholeHours = windowsBeginLater(HOUR_MS - 1);

/** Of a rolling window so many of its 26 hours do not count that 24 are left, the current one included. */
export const only24Hours = windowsBeginLater(2 * HOUR_MS);

function windowsBeginLater(ms: number): (world: World) => void {
  return (world) => {
    world.breakRules = (rules) => ({
      ...rules,
      windows: (now) => {
        const window = rules.windows(now);
        return { ...window, startsAt: window.startsAt + ms };
      },
    });
  };
}

/** What is laid down for an app is read once, and never again. */
export const appRulesRememberedForEver: Wrap = (ports) => {
  const first = new Map<string, Awaited<ReturnType<typeof ports.apps.read>>>();
  return {
    ...ports,
    apps: {
      ...ports.apps,
      async read(name) {
        if (!first.has(name)) first.set(name, await ports.apps.read(name));
        return first.get(name)!;
      },
    },
  };
};
