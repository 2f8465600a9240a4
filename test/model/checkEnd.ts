/** What must hold once all is quiet. */
import { chargedRecipients } from '../../shared/core/delivery.ts';
import { rowKeyOf } from '../../shared/core/messageId.ts';
import { TIME_ROOM, timeOfTimeRoomKey } from '../../shared/core/rooms.ts';
import type { Accounting } from './accounting.ts';
import { allDeliveries } from './memory/messageTable.ts';
import { arrivals } from './memory/modelHve.ts';
import { allWaiting } from './memory/waitingTable.ts';
import { operationsBound } from './operationsBound.ts';
import { waitingKeys } from './watchRows.ts';
import type { World } from './world.ts';
import { nameOf, violate } from './world.ts';

export function checkEnd(world: World, accounting: Accounting): void {
  checkPromises(world);
  checkMail(world);
  checkHeard(world);
  checkRooms(world);
  checkDeadLetters(world);
  checkAccounts(world, accounting);
  checkLog(world);
  checkOperations(world);
}

function checkPromises(world: World): void {
  for (const { id } of world.promised.values()) {
    if (!world.messages.rows.has(id)) violate(world, 'accepted', `${id} was accepted, and is gone`);
  }
}

/** The record says what the mailboxes have. */
function checkMail(world: World): void {
  const copies = new Map<string, number>();
  for (const { recipient, passage } of arrivals(world.hve)) {
    const key = `${passage.id} ${recipient}`;
    copies.set(key, (copies.get(key) ?? 0) + 1);
  }
  for (const delivery of allDeliveries(world.messages)) {
    const name = nameOf(delivery);
    let repeats = 0;
    for (const { address, status, identity } of delivery.recipients) {
      const count = copies.get(`${delivery.id} ${address}`) ?? 0;
      repeats += Math.max(0, count - 1);
      if (status === 'accepted' && count === 0) {
        violate(world, 'truth', `${name}: ${address} is accepted, and has nothing`);
      }
      // Who once may have got it and was then refused for good is failed, and keeps the identity of that time.
      const isNoted = status === 'accepted' || status === 'unknown' || identity !== null;
      if (!isNoted && count > 0) {
        violate(world, 'truth', `${name}: ${address} is ${status}, and has ${count}`);
      }
    }
    if (repeats > delivery.unknownSpends) {
      violate(world, 'repeat', `${name}: ${repeats} repeats, ${delivery.unknownSpends} unknown spends`);
    }
  }
}

/** R7: what an instance heard, and lived to record, stands in the record. */
function checkHeard(world: World): void {
  const { hve, messages, instances } = world;
  for (const { id, delivery, told, taken, instance, isLost } of hve.passages) {
    const row = messages.rows.get(rowKeyOf(id, delivery))?.delivery;
    if (told !== 'answer' || isLost || !row || !instances.some(({ name }) => name === instance)) continue;
    const missing = row.recipients.find(
      ({ address, status }) => taken!.includes(address) && status !== 'accepted',
    );
    if (!missing) continue;
    violate(
      world,
      'R7',
      `${nameOf(row)}: ${instance} heard that ${missing.address} is accepted; it is ${missing.status}`,
    );
  }
}

function checkRooms(world: World): void {
  const { messages, waiting, time } = world;
  const used = new Set<string>();
  for (const delivery of allDeliveries(messages)) {
    for (const [room, key] of waitingKeys(delivery)) {
      used.add(`${room} ${key}`);
      if (!waiting.rooms.get(room)?.has(key))
        violate(world, 'R2', `${nameOf(delivery)} has no row in ${room}`);
    }
  }
  for (const { room, key, id } of allWaiting(waiting)) {
    // A row in `time` goes only when its time has come.
    if (room === TIME_ROOM && timeOfTimeRoomKey(key) > time.now) continue;
    if (!used.has(`${room} ${key}`)) violate(world, 'rooms', `a row of ${id} lies in ${room} for nothing`);
  }
}

/** R5: one for each that failed, under the attempt that it is final by; none that counts and says something else. */
function checkDeadLetters(world: World): void {
  const letters = [...world.small.letters.values()];
  for (const delivery of allDeliveries(world.messages)) {
    const { id, status, attempt } = delivery;
    const name = nameOf(delivery);
    const needed = ['failed', 'partially_sent', 'expired', 'rejected'].includes(status);
    const own = letters.find((letter) => letter.key === `${id}.${delivery.delivery}.${attempt}`);
    if (needed && !own) violate(world, 'R5', `${name} is ${status} without a dead letter`);
    if (needed && own && own.reason !== status)
      violate(world, 'R5', `${name} is ${status}, its letter says ${own.reason}`);
  }
  const announced = letters.find(({ reason }) => reason === 'comes_back');
  // Who died cannot take its announcement back, nor who found Storage down.
  if (announced && world.count.crashes === 0 && world.count.faults === 0)
    violate(world, 'R5', `${announced.key} is still announced`);
}

/** Accepted ≤ charged ≤ accepted + unknown; charged ≤ taken ≤ charged + what was lost with a reason. */
function checkAccounts(world: World, { taken, givenBack, excused }: Accounting): void {
  const deliveries = allDeliveries(world.messages);
  const charged = { recipients: 0, external: 0 };
  for (const delivery of deliveries) {
    const { recipients, external } = chargedRecipients(delivery);
    charged.recipients += recipients;
    charged.external += external;
    const accepted = delivery.recipients.filter(({ status }) => status === 'accepted').length;
    if (recipients > accepted + delivery.unknownSpends) {
      const text = `${nameOf(delivery)} charges ${recipients}: ${accepted} accepted, ${delivery.unknownSpends} unknown`;
      violate(world, 'quota', text);
    }
  }
  const mails = arrivals(world.hve).length;
  if (mails > charged.recipients) violate(world, 'quota', `${mails} mails, ${charged.recipients} charged`);
  const lost = excused();
  for (const kind of ['recipients', 'external'] as const) {
    const used = taken[kind] - givenBack[kind];
    if (used < charged[kind]) violate(world, 'quota', `${kind}: ${charged[kind]} charged, ${used} used`);
    if (used > charged[kind] + lost[kind]) {
      violate(
        world,
        'quota',
        `${kind}: ${used} used, ${charged[kind]} charged, ${lost[kind]} lost with a reason`,
      );
    }
  }
}

function checkLog(world: World): void {
  const { logLines, logLinesOfFaults } = world;
  const defect = logLines.find((line, n) => {
    // Where no sweep ran for hours the backstop may come before it.
    if (line.includes('its due is long past')) return n >= logLinesOfFaults;
    return /defect:|outcome is lost|delivery that is not there/.test(line);
  });
  if (defect !== undefined) violate(world, 'defect', defect);
}

function checkOperations(world: World): void {
  const { operations } = world.count;
  const bound = operationsBound(world);
  if (operations > bound) violate(world, 'operations', `${operations} operations, at most ${bound} expected`);
}
