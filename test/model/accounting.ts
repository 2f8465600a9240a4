/**
 * What becomes of every reservation: claimed, given back, or lost with a reason. A counter gets back what a dead instance
 * reserved only when the window turns; the model counts exactly which reservations may be lost like that.
 */
import type { Charge } from '../../shared/core/delivery.ts';
import type { Instance, World } from './world.ts';

export interface Accounting {
  /** Recipients, and external ones, by what happened to them. */
  readonly taken: Sum;
  readonly givenBack: Sum;
  /** Reservations that may be lost: their instance ended, or met a failure, while they were in its hands. */
  excused(): Sum;
  /** The instance ended, or one of its operations failed. */
  excuse(instance: Instance): void;
  /** The claim was ended by another instance: nothing of it goes back. */
  excuseCharge(charge: Charge): void;
}

export interface Sum {
  recipients: number;
  external: number;
}

/** A reservation is in its instance's hands until its claim has ended for certain. */
const IN_HANDS_MS = 2 * 3_600_000;

interface Reservation {
  readonly charge: Charge;
  readonly instance: string | null;
  readonly at: number;
  isExcused: boolean;
}

export function keepAccounts(world: World, current: () => Instance | null): Accounting {
  const taken: Sum = { recipients: 0, external: 0 };
  const givenBack: Sum = { recipients: 0, external: 0 };
  const reservations: Reservation[] = [];
  world.ledger.watch = (what, charge) => {
    const sum = what === 'taken' ? taken : givenBack;
    sum.recipients += charge.recipients;
    sum.external += charge.external;
    if (what === 'given back') return;
    const instance = current()?.name ?? null;
    reservations.push({ charge, instance, at: world.time.now, isExcused: instance === null });
  };
  return {
    taken,
    givenBack,
    excused() {
      const sum: Sum = { recipients: 0, external: 0 };
      for (const { charge, isExcused } of reservations) {
        if (!isExcused) continue;
        sum.recipients += charge.recipients;
        sum.external += charge.external;
      }
      return sum;
    },
    excuse({ name }) {
      for (const one of reservations) {
        if (one.instance === name && world.time.now - one.at < IN_HANDS_MS) one.isExcused = true;
      }
    },
    excuseCharge(charge) {
      const found = reservations.find((one) => one.charge === charge);
      if (found) found.isExcused = true;
    },
  };
}
