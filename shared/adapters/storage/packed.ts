/**
 * JSON in a row: deflated, and cut into binary columns `name0`, `name1`, … since one holds 64 KiB at most; `nameChunks` says
 * how many count. A shorter one that is merged into the row leaves the later columns standing, and they are not read.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { storedBlock } from '../../core/storedBlock.ts';
import type { Columns, StoredColumns } from './rowColumns.ts';
import { bytesIn, numberIn } from './rowColumns.ts';

const CHUNK_BYTES = 60 * 1024;
/** To set a packer up takes longer than anything it could save here; most rows of a message are as small. */
const UNPACKED_AT_MOST_BYTES = 1024;
/** With the other columns within the 1 MiB of a row. */
const CHUNKS_AT_MOST = 14;

export interface Packed<T> {
  /** For a query that reads only this. */
  readonly names: readonly string[];
  /** Throws a RangeError where it cannot fit into a row. */
  columnsOf(value: T): Columns;
  /** Null: the row has none. Its shape needs no check: this version or an older one packed it there (R10). */
  read(columns: StoredColumns): T | null;
}

export function packedJson<T>(name: string): Packed<T> {
  return {
    names: [chunksOf(name), ...Array.from({ length: CHUNKS_AT_MOST }, (_, n) => `${name}${n}`)],
    columnsOf: (value) => packBytes(name, pack(Buffer.from(JSON.stringify(value)))),
    read(columns) {
      const bytes = unpackBytes(name, columns);
      if (bytes === null) return null;
      const value: T = JSON.parse(inflateRawSync(bytes).toString());
      return value;
    },
  };
}

function pack(json: Buffer): Uint8Array {
  if (json.length <= UNPACKED_AT_MOST_BYTES) return storedBlock(json);
  // What repeats in these rows is found at once: the other levels take longer for the same.
  return deflateRawSync(json, { level: constants.Z_BEST_SPEED });
}

/** Throws a RangeError where they cannot fit into a row. */
export function packBytes(name: string, bytes: Uint8Array): Columns {
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  if (chunks > CHUNKS_AT_MOST) {
    throw new RangeError(`${bytes.length} bytes of ${name} do not fit into one row of Table Storage`);
  }
  const columns: Record<string, number | Uint8Array> = { [chunksOf(name)]: chunks };
  for (let n = 0; n < chunks; n++) {
    columns[`${name}${n}`] = bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
  }
  return columns;
}

export function unpackBytes(name: string, columns: StoredColumns): Uint8Array | null {
  const chunks = numberIn(columns, chunksOf(name));
  if (chunks === null) return null;
  return Buffer.concat(
    Array.from({ length: chunks }, (_, n) => bytesIn(columns, `${name}${n}`) ?? Buffer.of()),
  );
}

function chunksOf(name: string): string {
  return `${name}Chunks`;
}
