/**
 * The id of a message: 26 characters of Crockford's base32, 48 bits of time and 80 random ones, so that ids sort by the
 * time of acceptance. Where its rows lie (a UTC day and one of 16 shards of it) is read from the id alone: the clock of
 * whoever looks does not matter.
 */
import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARACTERS = 10;
const RANDOM_BYTES = 10;
const PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The id of a message accepted at `timeMs` (since the epoch) with 10 random bytes. */
export function makeMessageId(timeMs: number, random: Uint8Array): string {
  if (random.length < RANDOM_BYTES) throw new RangeError(`an id needs ${RANDOM_BYTES} random bytes`);
  let time = '';
  for (let rest = Math.max(0, Math.floor(timeMs)), n = 0; n < TIME_CHARACTERS; n++) {
    time = ALPHABET[rest % 32]! + time;
    rest = Math.floor(rest / 32);
  }
  let bits = 0n;
  for (const byte of random.subarray(0, RANDOM_BYTES)) bits = (bits << 8n) | BigInt(byte);
  let tail = '';
  for (let n = 0; n < 16; n++) {
    tail = ALPHABET[Number(bits & 31n)]! + tail;
    bits >>= 5n;
  }
  return time + tail;
}

/** The id of an item of the outbox: made of what Storage gave it, so that a redelivery names the same message. */
export function messageIdOfQueueItem(queueMessageId: string, insertedAtMs: number): string {
  const digest = createHash('sha256').update(`${queueMessageId} ${insertedAtMs}`).digest();
  return makeMessageId(insertedAtMs, digest);
}

export function isMessageId(text: string): boolean {
  return PATTERN.test(text);
}

/** Milliseconds since the epoch. */
export function timeOfMessageId(id: string): number {
  let time = 0;
  for (const character of id.slice(0, TIME_CHARACTERS)) time = time * 32 + ALPHABET.indexOf(character);
  return time;
}

/** The UTC day of the id, `2026-11-24`. */
export function dayOfMessageId(id: string): string {
  return utcDay(timeOfMessageId(id));
}

export function utcDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

const SHARDS = '0123456789abcdef';

/** The partition of the message's rows: `2026-11-24-7`. */
export function partitionOfMessage(id: string): string {
  return `${dayOfMessageId(id)}-${SHARDS[ALPHABET.indexOf(id.at(-1)!) % SHARDS.length]!}`;
}

/** The partitions of a UTC day lie from `first` to `last`, both included. */
export function partitionsOfDay(day: string): { readonly first: string; readonly last: string } {
  return { first: `${day}-0`, last: `${day}-f` };
}

/** Every partition of a UTC day, in order. */
export function everyPartitionOfDay(day: string): string[] {
  return Array.from(SHARDS, (shard) => `${day}-${shard}`);
}

/** Delivery 0 is the whole message in one row; a split message has its head there and its deliveries from 1 on. */
export function rowKeyOf(id: string, delivery: number): string {
  return delivery === 0 ? id : `${id}.${String(delivery).padStart(3, '0')}`;
}

/** The smallest id of an instant: a bound for queries by time. */
export function lowestIdAt(timeMs: number): string {
  return makeMessageId(timeMs, new Uint8Array(RANDOM_BYTES));
}
