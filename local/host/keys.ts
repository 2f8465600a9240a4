import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const keyFileSchema = z.object({
  /** Opens everything, the admin API too. */
  master: z.string(),
  /** Open every function. */
  host: z.record(z.string(), z.string()),
  /** Open their one function, by the function's name. */
  functions: z.record(z.string(), z.record(z.string(), z.string())),
});

export type KeyFile = z.infer<typeof keyFileSchema>;
export type AuthLevel = 'anonymous' | 'function' | 'admin';

export interface Keys {
  /** Whether the key in a request (undefined: none) may call the function, or with `admin` the host itself. */
  allows(level: AuthLevel, functionName: string | undefined, key: string | undefined): boolean;
}

/** As long as Azure's. */
const KEY_BYTES = 40;
const DEFAULT = 'default';

/** Asks for no keys, like Core Tools. */
export const NO_KEYS: Keys = { allows: () => true };

/**
 * The keys of a host in a JSON file: a master key, a host key and a key for each function, all made at the first start.
 * The file is read at every request: several hosts share it, and what is changed in it holds at once.
 */
export function openKeys(path: string, functionNames: readonly string[]): Keys {
  completeKeyFile(path, functionNames);
  return {
    allows: (level, functionName, key) => {
      if (level === 'anonymous') return true;
      if (key === undefined) return false;
      const file = readKeyFile(path);
      if (file === undefined) return false;
      const accepted = [file.master];
      if (level === 'function') {
        accepted.push(
          ...Object.values(file.host),
          ...Object.values(file.functions[functionName ?? ''] ?? {}),
        );
      }
      return accepted.some((candidate) => equal(candidate, key));
    },
  };
}

/** undefined where there is none yet; throws on one that cannot be read, rather than replacing a user's keys. */
export function readKeyFile(path: string): KeyFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return keyFileSchema.parse(JSON.parse(text));
}

function completeKeyFile(path: string, functionNames: readonly string[]): void {
  const found = readKeyFile(path);
  const missing = functionNames.filter((name) => found?.functions[name]?.[DEFAULT] === undefined);
  if (found !== undefined && missing.length === 0) return;
  const complete: KeyFile = {
    master: found?.master ?? newKey(),
    host: found?.host ?? { [DEFAULT]: newKey() },
    functions: { ...found?.functions },
  };
  for (const name of missing) {
    complete.functions[name] = { ...complete.functions[name], [DEFAULT]: newKey() };
  }
  mkdirSync(dirname(path), { recursive: true });
  // Put in place whole: another host may read it now. Of two hosts that start at once the last one's keys hold, for both.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(complete, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
