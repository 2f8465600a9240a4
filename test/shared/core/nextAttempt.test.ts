import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/core/delivery.ts';
import { foreseeAttempt } from '../../../shared/core/nextAttempt.ts';
import type { Standing } from '../../../shared/core/records.ts';
import { NOON, sampleDelivery } from '../../contracts/sampleMessages.ts';

const HVE = 'hve@contoso.com';
const OTHER = 'payroll@contoso.com';
const SOON = NOON + 60_000;
const LATER = NOON + 3_600_000;
const MIDNIGHT = NOON + 43_200_000;

function standing(name: string, until: number | null, isPaused = false): Standing {
  const trouble = until !== null && {
    action: 'pause' as const,
    cause: 'wrong password',
    remedy: 'correct it',
    reply: '535 5.7.3',
    since: NOON,
    until,
    stepMs: 60_000,
  };
  return {
    name,
    trouble: trouble || null,
    pausedByPerson: isPaused ? { since: NOON, reason: 'audit' } : null,
  };
}

function foresee(changes: Partial<Delivery>, standings: readonly Standing[] = []): number | null {
  return foreseeAttempt(sampleDelivery({ status: 'deferred', sender: HVE, ...changes }), {
    now: NOON,
    standings: new Map(standings.map((one) => [one.name, one])),
    membersOf: (pool) => (pool === 'Team' ? [HVE, OTHER] : []),
  });
}

describe('when a delivery goes on', () => {
  it('stands on its row where it is a time, a try, or the turn of a window', () => {
    expect(foresee({ status: 'queued', nextAttemptAt: LATER })).toBe(LATER);
    expect(foresee({ status: 'scheduled', room: 'time', nextAttemptAt: LATER })).toBe(LATER);
    expect(foresee({ room: 'quota:tenant', nextAttemptAt: MIDNIGHT })).toBe(MIDNIGHT);
    expect(foresee({ status: 'held' })).toBeNull();
  });

  it('is not known any more once the window has turned: then the room is emptied in its order', () => {
    expect(foresee({ room: 'quota:tenant', nextAttemptAt: NOON - 1 })).toBeNull();
  });

  it.each<[string, string]>([
    [`account:${HVE}`, HVE],
    ['tenant', 'tenant'],
    ['external', 'external'],
  ])('is the next probe where it waits in %s, whatever its row noted then', (room, name) => {
    const troubles = [standing(name, LATER), standing(OTHER, SOON)];
    expect(foresee({ room, nextAttemptAt: null }, troubles)).toBe(LATER);
    expect(foresee({ room, nextAttemptAt: SOON }, troubles)).toBe(LATER);
  });

  it('is not known while the probe goes, nor once the trouble is over', () => {
    const room = `account:${HVE}`;
    expect(foresee({ room, nextAttemptAt: SOON }, [standing(HVE, NOON)])).toBeNull();
    expect(foresee({ room, nextAttemptAt: SOON }, [standing(HVE, null)])).toBeNull();
    expect(foresee({ room, nextAttemptAt: SOON })).toBeNull();
  });

  it('is not known while a person has paused it, or everything', () => {
    const room = `account:${HVE}`;
    expect(foresee({ room }, [standing(HVE, LATER, true)])).toBeNull();
    expect(foresee({ room }, [standing(HVE, LATER), standing('tenant', null, true)])).toBeNull();
    expect(
      foresee({ room: 'quota:tenant', nextAttemptAt: MIDNIGHT }, [standing(HVE, null, true)]),
    ).toBeNull();
    expect(foresee({ room }, [standing(HVE, LATER), standing(OTHER, null, true)])).toBe(LATER);
  });

  it('is that of the first account of its pool that may', () => {
    const pool = { room: 'pool:Team', sender: 'Team', nextAttemptAt: null };
    expect(foresee(pool, [standing(HVE, LATER), standing(OTHER, SOON)])).toBe(SOON);
    expect(foresee(pool, [standing(HVE, LATER), standing(OTHER, SOON, true)])).toBe(LATER);
    expect(foresee(pool, [standing(HVE, LATER, true), standing(OTHER, SOON, true)])).toBeNull();
    // One is in trouble, the other full.
    expect(foresee({ ...pool, nextAttemptAt: MIDNIGHT }, [standing(HVE, LATER)])).toBe(LATER);
    expect(foresee({ ...pool, sender: 'Gone', room: 'pool:Gone' }, [standing(HVE, LATER)])).toBeNull();
  });
});
