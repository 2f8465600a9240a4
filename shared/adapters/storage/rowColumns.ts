/** The columns of a row of Table Storage: what is written, and what is read back of whatever stands there. */
export type Columns = Readonly<Record<string, string | number | bigint | boolean | Uint8Array>>;
export type StoredColumns = Readonly<Record<string, unknown>>;

export function textIn(columns: StoredColumns, name: string): string | null {
  const value = columns[name];
  return typeof value === 'string' ? value : null;
}

/** Whole numbers above 32 bits are written as bigint. */
export function numberIn(columns: StoredColumns, name: string): number | null {
  const value = columns[name];
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
}

export function bytesIn(columns: StoredColumns, name: string): Uint8Array | null {
  const value = columns[name];
  return value instanceof Uint8Array ? value : null;
}
