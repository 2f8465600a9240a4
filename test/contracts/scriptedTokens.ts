import type { TokenFailure } from '../../shared/core/oauthRules.ts';
import type { TokenRead, TokenSource } from '../../shared/ports.ts';

/** Entra ID as a test wants it: numbered tokens, or the failure it sets; and it may be held back. */
export interface ScriptedTokens extends TokenSource {
  /** null: a token. */
  failure: TokenFailure | null;
  lifeMs: number;
  /** Secrets that are not taken. */
  readonly wrong: Set<string | null>;
  /** The secret of each request, oldest first. */
  readonly requests: (string | null)[];
  hold(): () => void;
}

export const HOUR_MS = 3_600_000;

export function tokenFailure(kind: TokenFailure['kind'], retryAfterMs: number | null = null): TokenFailure {
  return { kind, said: `Entra ID: ${kind}`, cause: `it is ${kind}`, remedy: 'mend it', retryAfterMs };
}

export function makeScriptedTokens(): ScriptedTokens {
  const requests: (string | null)[] = [];
  const wrong = new Set<string | null>();
  let gate: Promise<void> = Promise.resolve();
  return {
    failure: null,
    lifeMs: HOUR_MS,
    wrong,
    requests,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async request(secret): Promise<TokenRead> {
      requests.push(secret);
      const number = requests.length;
      await gate;
      if (wrong.has(secret)) return { ok: false, failure: tokenFailure('secretRefused') };
      if (this.failure !== null) return { ok: false, failure: this.failure };
      return { ok: true, accessToken: `token ${number}`, lifeMs: this.lifeMs };
    },
  };
}
