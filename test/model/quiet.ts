/** After the faults: the system goes on by itself, with its timers and the time that passes, until nothing is left to do. */
import { isFinal, isMoving } from '../../shared/core/status.ts';
import { timeOfTimeRoomKey, TIME_ROOM } from '../../shared/core/rooms.ts';
import { allDeliveries } from './memory/messageTable.ts';
import { allWaiting } from './memory/waitingTable.ts';
import { beginWork, dueWork } from './instance.ts';
import { resumeAll } from './operators.ts';
import type { Stage } from './stage.ts';
import { frontThatFits, isWaitingForQuota } from './watchWaiting.ts';
import type { Instance, Violation, World } from './world.ts';
import { isFrozen, nameOf, violate } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAYS_AT_MOST = 60;
const SWEEPS_AT_MOST = 700;

/** A step at a time; true: it is quiet. */
export function makeQuiet({ world, scheduler, host, producers, stop }: Stage): () => boolean {
  const { random, pending, ghosts, sleepers, time, count } = world;
  const able = (): Instance[] => world.instances.filter((one) => !one.isStopping && !isFrozen(world, one));
  const anyInstance = (): Instance => random.pick(able());
  const nextTick = (): number =>
    Math.min(
      ...world.background
        .filter(({ isRunning }) => !isRunning)
        .map(({ dueAt, instance }) => Math.max(dueAt, instance.frozenUntil)),
    );
  const beganAt = time.now;
  const sweepsBefore = count.sweeps;
  let sweptAt = -Infinity;
  let closedAt = time.now;
  let rest = 0;
  /** The tables' state when a sweep had gone by. */
  let seen = '';
  /** Twice nothing was left, an hour apart: rows that wait for an acceptance that never was have gone. */
  let quietRounds = 0;

  return () => {
    if (scheduler.doOverdue() || scheduler.wake()) return false;
    if (ghosts.length > 0) {
      scheduler.landGhost();
      return false;
    }
    const ready = scheduler.ready();
    if (ready.length > 0) {
      scheduler.perform(random.pick(ready));
      return false;
    }
    const frozen = world.instances.filter((one) => isFrozen(world, one));
    const isAwaited = pending.length > 0 || sleepers.length > 0 || able().length === 0;
    if (frozen.length > 0 && isAwaited) {
      scheduler.jump(Math.min(...frozen.map(({ frozenUntil }) => frozenUntil)) - time.now);
      return false;
    }
    const work = dueWork(world);
    if (work) {
      beginWork(world, work);
      return false;
    }
    const visible = host.visible();
    if (visible.length > 0 && (world.tasks.size < 6 || sleepers.length === 0)) {
      host.take(visible[0]!, anyInstance());
      return false;
    }
    if (producers.actions.length > 0) {
      producers.actions.shift()!.run(anyInstance());
      return false;
    }
    if (sleepers.length > 0) {
      scheduler.jump(Math.max(1, Math.min(...sleepers.map(({ at }) => at)) - time.now));
      return false;
    }
    const old = able().find((one) => one.rules.settings !== world.rules.settings);
    if (old) {
      // The deployment ends: whoever stood still has nothing under way any more.
      stop(old);
      return false;
    }
    const resumes = resumeAll(world);
    if (resumes.length > 0) {
      producers.actions.push(...resumes);
      return false;
    }
    if (time.now - sweptAt >= MINUTE) {
      sweptAt = time.now;
      host.sweep(anyInstance());
      return false;
    }
    if (time.now - closedAt >= HOUR) {
      closedAt = time.now;
      host.closeDay(anyInstance());
      return false;
    }
    const left = whatIsLeft(world);
    if (left === null && ++quietRounds > 2) return true;
    if (time.now - beganAt > DAYS_AT_MOST * 24 * HOUR || count.sweeps - sweepsBefore > SWEEPS_AT_MOST) {
      violate(world, left?.invariant ?? 'quiet', left?.text ?? 'nothing is left, and it does not end');
      return true;
    }
    if (isWaitingForQuota(world)) {
      // The sweep before last: was there anything new for the last one to see?
      const state = `${world.ledger.etags} ${world.messages.etags} ${world.waiting.etags}`;
      const isCalm = state === seen;
      seen = state;
      const fits = isCalm ? frontThatFits(world) : null;
      if (fits !== null) violate(world, 'unused', fits);
      if (!isCalm) {
        scheduler.jump(MINUTE);
        return false;
      }
    }
    const next = nextAt(world) - time.now;
    // What should have happened did not: it is looked at again, more and more seldom.
    rest = next > 0 ? 0 : Math.min(6 * HOUR, Math.max(5 * MINUTE, rest * 1.3));
    const ms = left === null ? HOUR + MINUTE : Math.max(MINUTE, next > 0 ? next : rest);
    scheduler.jump(Math.min(ms + random.between(0, MINUTE), Math.max(1, nextTick() - time.now)));
    return false;
  };
}

/** What still has to happen, and which invariant it would break if it never did; null: nothing. */
function whatIsLeft(world: World): Violation | null {
  const ends = (text: string): Violation => ({ invariant: 'ends', text });
  const rooms = (text: string): Violation => ({ invariant: 'rooms', text });
  const { messages, waiting, queues, small, ledger, time } = world;
  for (const delivery of allDeliveries(messages)) {
    const { status, sendAt, room } = delivery;
    const waitsForLater = status === 'scheduled' && sendAt !== null && sendAt > time.now;
    if (isFinal(status) || status === 'held' || waitsForLater) continue;
    if (room !== null && room !== TIME_ROOM) return rooms(`${nameOf(delivery)} is ${status} in ${room}`);
    return ends(`${nameOf(delivery)} is ${status}`);
  }
  const [item] = queues.items.values();
  if (item) return ends(`the item ${item.id} is on ${item.queue}: ${item.text.slice(0, 100)}`);
  for (const { value } of small.standings.values())
    if (value.trouble) return rooms(`${value.name} has trouble`);
  for (const row of allWaiting(waiting)) {
    if (row.room === TIME_ROOM && timeOfTimeRoomKey(row.key) > time.now) continue;
    return rooms(`a row of ${row.id} waits in ${row.room}`);
  }
  for (const { lease } of ledger.leases.values()) return ends(`the lease ${lease.id} is not closed`);
  return null;
}

/** When the next thing is due. */
function nextAt(world: World): number {
  const { messages, waiting, queues, small, ledger, time, rules } = world;
  const { margin, acceptance, leaseSettled } = rules.durations;
  const instants: number[] = [...queues.items.values()].map(({ visibleAt }) => visibleAt);
  for (const { status, due, room } of allDeliveries(messages)) {
    if (isMoving(status) && due !== null) instants.push(due + margin + MINUTE);
    if (room?.startsWith('quota:')) instants.push(rules.windows(time.now).endsAt + MINUTE);
  }
  for (const { value } of small.standings.values())
    if (value.trouble) instants.push(value.trouble.until + MINUTE);
  for (const row of allWaiting(waiting)) {
    if (row.room === TIME_ROOM) instants.push(timeOfTimeRoomKey(row.key) + MINUTE);
    else if (!messages.rows.has(row.id)) instants.push(row.writtenAt + acceptance + MINUTE);
  }
  for (const { lease } of ledger.leases.values()) instants.push(lease.endsAt + leaseSettled + MINUTE);
  return Math.min(...instants.filter((at) => Number.isFinite(at)), time.now + 6 * HOUR);
}
