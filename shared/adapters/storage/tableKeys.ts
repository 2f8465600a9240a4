/**
 * Keys and filters of Table Storage. A key may not hold `/ \ # ?` or control characters, and `%` is trouble in its URL:
 * whatever is not plain is written as `~` and two hexadecimal digits for each byte, reversibly.
 */
const PLAIN = /[^A-Za-z0-9@.:_+=-]/gu;

export function encodeKey(text: string): string {
  return text.replaceAll(PLAIN, (character) =>
    [...Buffer.from(character)].map((byte) => `~${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

export function decodeKey(key: string): string {
  return key.replaceAll(/(?:~[0-9a-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('~', ''), 'hex').toString(),
  );
}

/** A string in a filter. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function inPartition(partitionKey: string): string {
  return `PartitionKey eq ${quoted(partitionKey)}`;
}

/** The row keys within bounds, both included. */
export function rowKeysBetween(first: string, last: string): string {
  return `RowKey ge ${quoted(first)} and RowKey le ${quoted(last)}`;
}
