/** What must hold once all is quiet. */
import { chargesOf } from '../../shared/core/charges.ts';
import type { Delivery } from '../../shared/core/delivery.ts';
import { rowKeyOf } from '../../shared/core/messageId.ts';
import { isFinal } from '../../shared/core/status.ts';
import { TIME_ROOM, timeOfTimeRoomKey } from '../../shared/core/rooms.ts';
import { allDeliveries, everyDelivery, wasRecorded } from './memory/messageTable.ts';
import { arrivals } from './memory/modelHve.ts';
import { allWaiting } from './memory/waitingTable.ts';
import { operationsBound } from './operationsBound.ts';
import type { LedgerWatch } from './watchLedger.ts';
import { makeBooks } from './books.ts';
import { waitingKeys } from './watchRows.ts';
import type { World } from './world.ts';
import { nameOf, violate } from './world.ts';

const DAY_MS = 86_400_000;

export function checkEnd(world: World, watch: LedgerWatch): void {
  checkPromises(world);
  checkMail(world);
  checkHeard(world);
  checkRooms(world);
  checkDeadLetters(world);
  checkCharges(world);
  checkLedger(world, watch);
  checkRetention(world);
  checkLog(world);
  checkOperations(world);
}

function checkPromises(world: World): void {
  for (const { id } of world.promised.values()) {
    if (!wasRecorded(world.messages, id)) violate(world, 'accepted', `${id} was accepted, and is gone`);
  }
}

/** The record says what the mailboxes have. */
function checkMail(world: World): void {
  const copies = new Map<string, number>();
  for (const { recipient, passage } of arrivals(world.hve)) {
    const key = `${passage.id} ${recipient}`;
    copies.set(key, (copies.get(key) ?? 0) + 1);
  }
  for (const delivery of everyDelivery(world.messages)) {
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
    // A row that is still counted stays behind its days, its letter does not.
    if (isOver(world, delivery)) continue;
    const needed = ['failed', 'partially_sent', 'expired', 'rejected'].includes(status);
    const own = letters.find((letter) => letter.key === `${id}.${delivery.delivery}.${attempt}`);
    if (needed && !own) violate(world, 'R5', `${name} is ${status} without a dead letter`);
    // Of two who judge at once, or one after its answer was lost, the last one's letter stands; the row is the first one's.
    if (needed && own && !world.small.lettersPut.has(`${own.key} ${status}`))
      violate(world, 'R5', `${name} is ${status}, its letter says ${own.reason}`);
  }
  const announced = letters.find(({ reason }) => reason === 'comes_back');
  // Who died cannot take its announcement back, nor who found Storage down.
  if (announced && world.count.crashes === 0 && world.count.faults === 0)
    violate(world, 'R5', `${announced.key} is still announced`);
}

/** Accepted ≤ charged ≤ accepted + unknown spends. */
function checkCharges(world: World): void {
  let charged = 0;
  for (const delivery of everyDelivery(world.messages)) {
    const recipients = chargesOf(delivery).reduce((sum, charge) => sum + charge.recipients, 0);
    charged += recipients;
    const accepted = delivery.recipients.filter(({ status }) => status === 'accepted').length;
    if (recipients < accepted || recipients > accepted + delivery.unknownSpends) {
      const text = `${nameOf(delivery)} charges ${recipients}: ${accepted} accepted, ${delivery.unknownSpends} unknown`;
      violate(world, 'quota', text);
    }
  }
  const mails = arrivals(world.hve).length;
  if (mails > charged) violate(world, 'quota', `${mails} mails, ${charged} charged`);
}

/** All leases are closed: what is taken is what the rows charge, counted once more from the rows as they stand. */
function checkLedger(world: World, { isDropped, books: kept }: LedgerWatch): void {
  const { messages, ledger } = world;
  const books = makeBooks();
  for (const delivery of everyDelivery(messages)) books.note(null, delivery);
  for (const [token, late] of kept.late) books.leaveOut(token, late);
  for (const [scope, { taken }] of ledger.scopes) {
    const hours = new Set([...Object.keys(taken).map(Number), ...books.hoursOf(scope)]);
    for (const hour of hours) {
      const [charged, is] = [books.inHour(scope, hour), taken[hour] ?? 0];
      if (charged === is || isDropped(scope, hour)) continue;
      const at = new Date(hour).toISOString();
      violate(world, 'exact', `${scope}: rows charge ${charged} in the hour of ${at}, ${is} are taken`);
    }
  }
}

function isOver({ time, rules, profile }: World, { updatedAt }: Delivery): boolean {
  return updatedAt + rules.settings.retention.rowDays * DAY_MS <= time.now + 2 * profile.skewMs;
}

/** Nothing is half gone, and what may still go has all it needs. */
function checkRetention(world: World): void {
  const { messages, small } = world;
  for (const { key, isEmptied, head } of messages.rows.values()) {
    if (isEmptied) violate(world, 'retention', `${key} was emptied, and is still there`);
    if (!head) continue;
    const { payloadBlob, contentRemoved, id } = head.head;
    const isThere = head.payload !== null || (payloadBlob !== null && small.payloads.has(payloadBlob));
    const parts = allDeliveries(messages).filter((delivery) => delivery.id === id);
    const mayGo = parts.some(({ status }) => !isFinal(status));
    if (mayGo && !isThere) violate(world, 'retention', `${id} may still go, and has no content`);
    if (contentRemoved && (isThere || payloadBlob !== null)) {
      violate(world, 'retention', `the content of ${id} was removed, and is still there`);
    }
  }
}

function checkLog(world: World): void {
  const { logLines, logLinesOfFaults, count } = world;
  const firstSweep = logLines.findIndex(
    (line, n) => n >= logLinesOfFaults && line.includes('the sweep went well'),
  );
  const defect = logLines.find((line, n) => {
    // Where no sweep ran for hours the backstop may come before it.
    if (line.includes('its due is long past')) return firstSweep >= 0 && n >= firstSweep;
    // What a late claim leaves unknown is on the record only: nothing was sent for it. It is told, and no defect.
    if (/defect:/.test(line)) return true;
    if (/the record has \d+ recipients/.test(line)) return count.lateClaims === 0;
    // A flow that goes on after an error of ours has told it.
    if (/Cannot read properties|is not a function|is not iterable/.test(line)) return true;
    return /outcome is lost|delivery that is not there/.test(line);
  });
  if (defect !== undefined) violate(world, 'defect', defect);
}

function checkOperations(world: World): void {
  const { operations } = world.count;
  const bound = operationsBound(world);
  if (operations > bound) violate(world, 'operations', `${operations} operations, at most ${bound} expected`);
}
