/**
 * Secrets from Key Vault through memory, each renewed by itself (renewable.ts): an outage of Key Vault alone stops no mail, a
 * rotated password needs no restart. When Key Vault says that a secret is gone, disabled or not for us, it is dropped at once.
 */
import type { SecretFailure, SecretRead, SecretStore } from '../ports.ts';
import { makeRenewable } from './renewable.ts';
import type { Renewable } from './renewable.ts';

export interface SecretCache {
  /** The value and its version. Never rejects for what Key Vault or the network does. */
  secretFor(name: string): Promise<SecretRead>;
  /** After a server refused that version: a newer one, or the same again if there is none, or the failure. */
  refresh(name: string, refusedVersion: string): Promise<SecretRead>;
  /** The next call reads anew, without a name for all of them; a read that is under way keeps its result to itself. */
  forget(name?: string): void;
}

/** Key Vault's longest outages lasted hours, and a rotated password is noticed by its refusal at once. */
const USABLE_FOR_MS = 6 * 3_600_000;

export function makeSecretCache(deps: {
  secrets: SecretStore;
  /** So soon a secret that was changed in Key Vault is used, although a server still takes the old one. */
  ttlMs: number;
  /** Milliseconds since any moment; never goes back. */
  monotonicNow: () => number;
}): SecretCache {
  const { secrets, ttlMs, monotonicNow } = deps;
  const kept = new Map<string, Renewable<string, SecretFailure>>();

  function renewableOf(name: string): Renewable<string, SecretFailure> {
    let renewable = kept.get(name);
    if (renewable === undefined) {
      renewable = makeRenewable({
        fetch: () => secrets.read(name),
        livesOf: () => ({ freshMs: ttlMs, usableMs: USABLE_FOR_MS }),
        monotonicNow,
      });
      kept.set(name, renewable);
    }
    return renewable;
  }

  return {
    secretFor: (name) => renewableOf(name).get(),
    refresh: (name, refusedVersion) => renewableOf(name).refresh(refusedVersion),
    forget(name) {
      if (name === undefined) kept.clear();
      else kept.delete(name);
    },
  };
}
