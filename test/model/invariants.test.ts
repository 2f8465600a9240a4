/** Each invariant of the model is seen to be broken when it is: a negative control for each. */
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../shared/core/delivery.ts';
import type { LedgerChange, MailTransport, MessageStore, StoredDelivery } from '../../shared/ports.ts';
import * as breaks from './breaks.ts';
import * as ledgerBreaks from './breaksOfLedger.ts';
import type { Rules } from '../../shared/flows/mailer.ts';
import { findViolation } from './findRun.ts';
import type { Profile } from './profile.ts';
import { shrink } from './randomRuns.ts';
import { runModel } from './runModel.ts';
import type { World, Wrap } from './world.ts';

const transport =
  (change: (real: MailTransport) => MailTransport['send']): Wrap =>
  (ports) => ({ ...ports, transport: { ...ports.transport, send: change(ports.transport) } });

const store =
  (change: (real: MessageStore, world: World) => Partial<MessageStore>): Wrap =>
  (ports, world) => ({ ...ports, store: { ...ports.store, ...change(ports.store, world) } });

/** What is written over each row. */
const rewritten = (change: (next: Delivery) => Delivery): Wrap =>
  store((real) => ({ replace: (next, etag) => real.replace(change(next), etag) }));

const withLimits =
  (change: Partial<Rules['limits']>) =>
  (world: World): void =>
    void (world.breakRules = (rules) => ({ ...rules, limits: { ...rules.limits, ...change } }));
const withTenantLimit = (tenant: number): ((world: World) => void) => withLimits({ tenant });
const withReserve = (percent: number): ((world: World) => void) =>
  withLimits({ reserveCriticalPercent: percent });

/** The change, but that nothing goes back. */
const keepsAll = (change: LedgerChange): LedgerChange =>
  change.close.length > 0 ? { ...change, scopes: new Map() } : change;

const asIfFinal = (row: StoredDelivery): StoredDelivery => {
  const delivery: Delivery = { ...row.delivery, status: 'sent', updatedAt: 0 };
  return { ...row, delivery };
};

interface Control {
  readonly invariant: string;
  readonly broken: string;
  readonly wrap?: Wrap;
  readonly prepare?: (world: World) => void;
  readonly profile?: Partial<Profile>;
  readonly ignored?: readonly string[];
}

const CONTROLS: readonly Control[] = [
  {
    invariant: 'retention',
    broken: 'a walk that takes everything for final, for long',
    wrap: (ports) => ({
      ...ports,
      kept: {
        ...ports.kept,
        async *scan(day, after) {
          for await (const message of ports.kept.scan(day, after)) {
            if (message.head === null) yield message;
            else yield { ...message, deliveries: message.deliveries.map(asIfFinal) };
          }
        },
      },
    }),
    profile: { isBrief: true },
  },
  {
    invariant: 'retention',
    broken: 'rows that were emptied, and stay',
    wrap: (ports) => ({ ...ports, kept: { ...ports.kept, clear: async () => undefined } }),
    profile: { isBrief: true },
  },
  {
    invariant: 'accepted',
    broken: 'an answer without a record',
    wrap: store(() => ({ insert: async () => ({ inserted: true, etags: ['none'] }) })),
  },
  {
    invariant: 'keys',
    broken: 'every claim of a key succeeds',
    wrap: (ports) => ({ ...ports, keys: { ...ports.keys, claim: async (key) => key } }),
  },
  {
    invariant: 'ends',
    broken: 'items that are lost, and days that nobody touches',
    wrap: (ports) => ({
      ...ports,
      queues: { ...ports.queues, put: async () => undefined },
      days: { ...ports.days, touch: async () => undefined },
    }),
    ignored: ['R3'],
  },
  {
    invariant: 'identity',
    broken: 'another Date when a mail goes again',
    wrap: (ports, world) => ({
      ...ports,
      transport: {
        ...ports.transport,
        send: (transaction) => {
          const identity = { ...transaction.identity, dateMs: world.time.now };
          return ports.transport.send({ ...transaction, identity });
        },
      },
    }),
    profile: { smtpFault: 0.6, lostShare: 1 },
  },
  {
    invariant: 'repeat',
    broken: 'a transport that tries again by itself',
    wrap: transport((real) => async (transaction) => {
      await real.send(transaction);
      return real.send(transaction);
    }),
  },
  {
    invariant: 'truth',
    broken: 'a mail that was refused is called accepted',
    wrap: transport((real) => async (transaction) => {
      const { recipients } = await real.send(transaction);
      const reply = { code: 250, enhanced: '2.0.0', text: '250 OK' };
      return { recipients: recipients.map(() => ({ result: 'accepted', reply })) };
    }),
    profile: { smtpFault: 0.6, lostShare: 0 },
  },
  {
    invariant: 'quota',
    broken: 'a closing that is done twice',
    wrap: ledgerBreaks.closesTwice,
    ignored: ['exact'],
  },
  {
    invariant: 'quota',
    broken: 'takes that write over each other',
    wrap: ledgerBreaks.scopesOverwrite,
    profile: { instances: 3 },
    ignored: ['exact'],
  },
  {
    invariant: 'lease',
    broken: 'a lease that goes while it is spent',
    wrap: ledgerBreaks.spendsWhileClosing,
    profile: { jump: 0.03 },
    ignored: ['exact', 'quota'],
  },
  {
    invariant: 'exact',
    broken: 'what is charged, forgotten with the outcome',
    wrap: rewritten((next) => (next.claim === null ? { ...next, charges: [] } : next)),
  },
  {
    invariant: 'exact',
    broken: 'a closing that keeps what is free',
    wrap: (ports) => ({
      ...ports,
      ledger: { ...ports.ledger, write: (change) => ports.ledger.write(keepsAll(change)) },
    }),
  },
  {
    invariant: 'ends',
    broken: 'leases that nobody closes',
    wrap: (ports) => ({
      ...ports,
      ledger: {
        ...ports.ledger,
        write: async (change) => (change.close.length > 0 ? null : ports.ledger.write(change)),
      },
    }),
  },
  {
    invariant: 'limit',
    broken: 'an instance with a limit of its own',
    prepare: withTenantLimit(100),
    profile: { tenantLimit: 4 },
  },
  {
    invariant: 'day',
    broken: 'a limit of its own, where nobody looks at the ledger',
    prepare: withTenantLimit(100),
    profile: { tenantLimit: 4, deployments: 0 },
    ignored: ['limit'],
  },
  {
    invariant: 'day',
    broken: 'a reserve that everybody may use',
    prepare: withReserve(0),
    profile: { tenantLimit: 8, reserveCriticalPercent: 50, deployments: 0 },
    ignored: ['limit'],
  },
  {
    invariant: 'rooms',
    broken: 'waiting rows that stay',
    wrap: (ports) => ({ ...ports, rooms: { ...ports.rooms, remove: async () => true } }),
    profile: { tenantLimit: 4 },
  },
  {
    invariant: 'unused',
    broken: 'a sweep that passes by the rooms of the quota',
    wrap: (ports) => ({
      ...ports,
      rooms: {
        ...ports.rooms,
        async *rooms() {
          for await (const room of ports.rooms.rooms()) if (!room.startsWith('quota:')) yield room;
        },
      },
    }),
    profile: { tenantLimit: 8 },
  },
  { invariant: 'R2', broken: 'a parked row before its waiting row', wrap: breaks.waitingRowLater },
  { invariant: 'R3', broken: 'no touch', wrap: breaks.noTouch },
  {
    invariant: 'R3',
    broken: 'a moving row without a due',
    wrap: rewritten((next) => ({ ...next, due: null })),
  },
  {
    invariant: 'R5',
    broken: 'no dead letters',
    wrap: (ports) => ({ ...ports, deadLetters: { ...ports.deadLetters, put: async () => undefined } }),
    profile: { variety: 1 },
  },
  {
    invariant: 'R6',
    broken: 'claims over claims',
    wrap: breaks.claimsOverwrite,
    profile: { redeliver: 0.1 },
  },
  {
    invariant: 'R6',
    broken: 'a claim that changes',
    wrap: store((real, world) => ({
      replace: (next, etag) => {
        const claim = next.claim && { ...next.claim, endsAt: world.time.now + 900_000 };
        return real.replace({ ...next, claim }, etag);
      },
    })),
    profile: { operators: 1, jump: 0.03 },
  },
  {
    invariant: 'R7',
    broken: 'an acceptance that is taken back',
    wrap: rewritten((next) => ({
      ...next,
      recipients: next.recipients.map((recipient) => ({ ...recipient, status: 'waiting' })),
    })),
    profile: { smtpFault: 0.5, recipientsPerMessage: 4 },
  },
  {
    invariant: 'R9',
    broken: 'clocks that differ by more than the margin',
    prepare: breaks.ownClock(40 * 60_000),
    profile: { freeze: 0.3, instances: 3 },
  },
  {
    invariant: 'final',
    broken: 'what is final is set going again',
    wrap: store((real) => ({
      async replace(next, etag) {
        const written = await real.replace(next, etag);
        if (written === null || next.status !== 'sent') return written;
        return real.replace({ ...next, status: 'queued', due: next.updatedAt }, written);
      },
    })),
  },
  {
    invariant: 'counters',
    broken: 'unknown spends that are forgotten',
    wrap: rewritten((next) => (next.status === 'sent' ? { ...next, unknownSpends: 0 } : next)),
    profile: { smtpFault: 0.6, lostShare: 1 },
  },
  {
    invariant: 'operations',
    broken: 'a gate that asks again and again',
    wrap: (ports) => ({
      ...ports,
      standings: {
        ...ports.standings,
        async readAll() {
          for (let n = 0; n < 30; n++) await ports.standings.readAll();
          return ports.standings.readAll();
        },
      },
    }),
  },
  {
    invariant: 'defect',
    broken: 'a row that only the backstop finds',
    wrap: (ports) => ({ ...ports, rooms: { ...ports.rooms, put: async () => undefined } }),
    ignored: ['R2', 'rooms', 'ends'],
    profile: { tenantLimit: 4, messages: 6 },
  },
  {
    invariant: 'no defect is thrown',
    broken: 'a port that throws what it must not',
    wrap: (ports) => ({
      ...ports,
      composer: {
        ...ports.composer,
        compose: () => Promise.reject(new TypeError('undefined is not a function')),
      },
    }),
  },
];

describe('the model notices', () => {
  it.each(CONTROLS)('$invariant: $broken', async ({ invariant, wrap, prepare, profile, ignored }) => {
    const found = await findViolation(
      {
        ...(wrap && { wrap }),
        ...(prepare && { prepare }),
        ...(profile && { profile }),
        ...(ignored && { ignored }),
      },
      [invariant],
      300,
    );
    expect(found?.violation.invariant).toBe(invariant);
  });

  it('what breaks is made small, and still breaks the same', async () => {
    const found = await findViolation({ prepare: breaks.ownClock(40 * 60_000), profile: {} }, ['R9']);
    expect(found).not.toBeNull();
    // Without the broken clock nothing breaks, so nothing smaller does either.
    expect(await shrink(found!.seed, {}, 'R9')).toEqual({ profile: {}, text: '' });
    const small = await shrink(found!.seed, {}, 'R9', { prepare: breaks.ownClock(40 * 60_000) });
    expect(small.text).not.toBe('');
    expect(Object.keys(small.profile).length).toBeGreaterThan(3);
  });

  it('a run is the same every time, to the last effect', async () => {
    const traces: string[][] = [];
    for (let n = 0; n < 2; n++) {
      const lines: string[] = [];
      await runModel({ seed: 4711, trace: (line) => lines.push(line) });
      traces.push(lines);
    }
    expect(traces[0]!.length).toBeGreaterThan(100);
    expect(traces[1]).toEqual(traces[0]);
  });
});
