/**
 * Every duration of the protocol, in milliseconds, with its reason. `scale` divides them all (the local stack's
 * HVE_LOCAL_TIME_SCALE, 1 in Azure), so that a run that would take hours takes minutes with every proportion kept.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Cumulative: 30 s, 2:30, 7:30, 22:30, 52:30, 1:52:30, then hourly. */
const RETRIES = [30 * SECOND, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE];

export type Durations = ReturnType<typeof makeDurations>;

export function makeDurations(scale: number) {
  const ms = (undivided: number): number => undivided / scale;
  return {
    /** Between two instances' clocks, both read from Storage, and for what is under way at an edge. */
    margin: ms(2 * MINUTE),
    /** A claim ends then: longer than a transaction, so that a successor never overlaps one. */
    claim: ms(15 * MINUTE),
    /** A lease lives so long at the most: a lowered limit holds after that. */
    lease: ms(10 * MINUTE),
    /** An owner sees to its leases so often: usage is as fresh as that. */
    leaseTend: ms(15 * SECOND),
    /** Nobody spends a lease any more for so long: it is closed, and what it has left goes back. */
    leaseIdle: ms(30 * SECOND),
    /**
     * So long after its end nobody can still write a claim that names a lease: two clocks may differ by the margin, and a
     * write may be under way for as long again.
     */
    leaseSettled: ms(5 * MINUTE),
    /** A delivery needs so much of a lease's life: composing, and the transaction up to its last byte. */
    leaseRest: ms(MINUTE),
    /** The overall deadline of the transactions of one claim. */
    transaction: ms(10 * MINUTE),
    /** The point of no return needs this much of the claim: the server may take it to answer the last byte. */
    dataTimeout: ms(5 * MINUTE),
    /** An instance relies on its own touch of a day for so long, counted from before it sent it. */
    touchReliance: ms(10 * MINUTE),
    /** A scan that began so long after a day's last touch has seen every row set moving before it. */
    touchSettled: ms(12 * MINUTE),
    /** How soon somebody looks at a queued row again whose item should have come. */
    itemOverdue: ms(5 * MINUTE),
    /** The due of a row whose item does not come is moved on by a doubled step, at most so far. */
    itemOverdueAtMost: ms(HOUR),
    /** Usage as the API tells it is at most so old. */
    usageMemory: ms(15 * SECOND),
    /** A heartbeat that is older means that the sweep stands still. */
    heartbeat: ms(15 * MINUTE),
    /** Who has waited for a turn (turns.ts) for longer comes again: its item stays on the queue. Far below the host's time for a function. */
    turn: ms(5 * MINUTE),
    /** What an instance remembers of rooms, full scopes and trouble. */
    memory: ms(MINUTE),
    /** The sweep looks for overdue rows so often; it runs every minute. */
    overdueEvery: ms(5 * MINUTE),
    /** A queue whose front item has been visible for longer is slow: nothing is added to it from the rooms. */
    slowQueue: ms(MINUTE),
    /** A message's row may be missing for so long while its acceptance is under way: its waiting row came first. */
    acceptance: ms(HOUR),
    /** The first step of an account's or the tenant's trouble, doubled up to `troubleAtMost`. */
    trouble: ms(MINUTE),
    troubleAtMost: ms(HOUR),
    /** An account that is missing from the settings for so long is gone: what waits for it is given up. */
    accountMissing: ms(24 * HOUR),
    /** After the first try nothing is tried again for longer. */
    retryFor: ms(24 * HOUR),
    /** A password is read anew after so long: a rotation needs no restart. */
    secretLife: ms(10 * MINUTE),
    /** A stopping instance waits so long for what is under way: Azure cuts it after 1 to 3 seconds. */
    shutdown: ms(2500),
    /** What is kept is looked through for what must go once in so long: nothing is kept by more than that, and one run, too long. */
    pruneEvery: ms(6 * HOUR),
    /** One run of the pruning; the next one, an hour later, goes on where it stopped. */
    pruneRun: ms(5 * MINUTE),
    /** What nobody's row points to is removed when it is so old: whoever wrote it has long gone on, or died. */
    orphan: ms(24 * HOUR),
    /** Without Storage's clock for so long nothing is decided. */
    clockLife: ms(HOUR),
    /** Delay before try n + 1, by n; the last one repeats. */
    retries: RETRIES.map(ms),
  };
}

/** The delay before the try after `tries` tries, with up to a fifth more of jitter; `random` in [0, 1). */
export function retryDelay(durations: Durations, tries: number, random: number): number {
  const { retries } = durations;
  const step = retries[Math.min(Math.max(tries, 1), retries.length) - 1]!;
  return Math.round(step * (1 + random / 5));
}
