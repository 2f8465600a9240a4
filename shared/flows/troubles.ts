/**
 * Trouble of an account, of the tenant, of all external mail: what stands, what is new, what is over.
 *
 *   active ── a reply or failure of that scope ──► trouble until T ── T has come, the sweep moves T on ──► probe
 *     ▲                                                                                                     │
 *     └────────────── whoever's delivery or login passes ◄──────────────────────────────────────────────────┘
 *
 * An instance remembers the standings for a minute; its own news at once. A person's pause is apart: no reply replaces
 * it, no probe lifts it. What may repeat: any of the writes (compare-and-swap). What can be lost: nothing but a minute.
 */
import type { Durations } from '../core/durations.ts';
import type { TroubleScope } from '../core/outcome.ts';
import type { Standing, Trouble } from '../core/records.ts';
import { troubleRoom } from '../core/rooms.ts';
import type { Clock, Log, Standings } from '../ports.ts';

export interface TroubleReport {
  readonly scope: TroubleScope;
  readonly account: string;
  readonly action: 'pause' | 'throttle';
  readonly cause: string;
  readonly remedy: string;
  readonly reply: string;
}

export interface Obstacle {
  readonly scope: TroubleScope;
  readonly byPerson: boolean;
  /** When it is looked at again, where that is known. */
  readonly until: number | null;
}

export interface Troubles {
  /** What stands in the way of a delivery through the account, the widest scope first. */
  obstacles(account: string, external: boolean): Promise<readonly Obstacle[]>;
  report(report: TroubleReport): Promise<void>;
  /** Something passed through the account; `external`: to an external recipient. */
  passed(account: string, external: boolean): Promise<void>;
  /** The standings by name, as the instance knows them: what others wrote within a minute may be missing. */
  remembered(): Promise<ReadonlyMap<string, Standing>>;
  /** All standings, read now. */
  readNow(): Promise<readonly Standing[]>;
  /** Moves `until` on, since a probe begins. False: another instance did. */
  beginProbe(standing: Standing): Promise<boolean>;
  clear(name: string): Promise<void>;
  /** Notes that the account is missing from the settings, or is there again (`isMissing` false). Since when it is missing. */
  noteMissing(address: string, isMissing: boolean): Promise<number>;
}

const CAS_TRIES = 5;

export function makeTroubles(deps: {
  standings: Standings;
  clock: Clock;
  durations: Durations;
  log: Log;
}): Troubles {
  const { standings, clock, durations, log } = deps;
  let known: { readonly byName: Map<string, Standing>; readonly readAt: number } | null = null;
  let reading: Promise<Map<string, Standing>> | null = null;

  async function readAll(): Promise<Map<string, Standing>> {
    const readAt = clock.monotonic();
    const rows = await standings.readAll();
    const byName = new Map(rows.map((row) => [row.value.name, row.value]));
    known = { byName, readAt };
    return byName;
  }

  async function remembered(): Promise<Map<string, Standing>> {
    if (known && clock.monotonic() - known.readAt < durations.memory) return known.byName;
    reading ??= readAll().finally(() => (reading = null));
    return reading;
  }

  /** Applies the change to what stands, by compare-and-swap; null from it: nothing to change. */
  async function change(name: string, next: (standing: Standing) => Standing | null): Promise<boolean> {
    for (let n = 0; n < CAS_TRIES; n++) {
      const rows = await standings.readAll();
      const row = rows.find((candidate) => candidate.value.name === name);
      const wanted = next(row?.value ?? { name, trouble: null, pausedByPerson: null });
      if (!wanted) return false;
      if (await standings.replace(wanted, row?.etag ?? null)) {
        known?.byName.set(name, wanted);
        return true;
      }
    }
    log('warn', `the standing of ${name} could not be changed: others change it all the time`, { name });
    return false;
  }

  async function clear(name: string): Promise<void> {
    const cleared = await change(name, (standing) =>
      standing.trouble ? { ...standing, trouble: null } : null,
    );
    if (cleared) log('info', `trouble of ${troubleName(name)} is over`, { standing: name });
  }

  return {
    async obstacles(account, external) {
      const byName = await remembered();
      const scopes: TroubleScope[] = external ? ['tenant', 'account', 'external'] : ['tenant', 'account'];
      return scopes.flatMap((scope): Obstacle[] => {
        const standing = byName.get(nameOf(scope, account));
        if (!standing) return [];
        const found: Obstacle[] = [];
        if (standing.pausedByPerson) found.push({ scope, byPerson: true, until: null });
        if (standing.trouble) found.push({ scope, byPerson: false, until: standing.trouble.until });
        return found;
      });
    },

    async report(report) {
      const now = clock.now();
      const name = nameOf(report.scope, report.account);
      const { action, cause, remedy, reply } = report;
      const isNew = await change(name, (standing) => {
        const { trouble } = standing;
        if (trouble && trouble.until > now && trouble.cause === cause) return null;
        const fresh: Trouble = {
          action,
          cause,
          remedy,
          reply,
          since: trouble?.since ?? now,
          until: Math.max(trouble?.until ?? 0, now + durations.trouble),
          stepMs: trouble?.stepMs ?? durations.trouble,
        };
        return { ...standing, trouble: fresh };
      });
      if (!isNew) return;
      log('warn', `${troubleName(name)} does not go at the moment: ${cause}. What to do: ${remedy}`, {
        standing: name,
        action,
        reply,
        room: troubleRoom(report.scope, report.account),
      });
    },

    async passed(account, external) {
      if (!known) return;
      for (const name of external ? ['tenant', account, 'external'] : ['tenant', account]) {
        if (known.byName.get(name)?.trouble) await clear(name);
      }
    },

    remembered,

    async readNow() {
      return [...(await readAll()).values()];
    },

    async beginProbe(standing) {
      const now = clock.now();
      return change(standing.name, (current) => {
        const { trouble } = current;
        if (!trouble || trouble.until > now) return null;
        const stepMs = Math.min(trouble.stepMs * 2, durations.troubleAtMost);
        return { ...current, trouble: { ...trouble, until: now + stepMs, stepMs } };
      });
    },

    clear,

    async noteMissing(address, isMissing) {
      const now = clock.now();
      let since = now;
      await change(address, (standing) => {
        const before = standing.missingSince ?? null;
        since = before ?? now;
        if ((before !== null) === isMissing) return null;
        return { ...standing, missingSince: isMissing ? now : null };
      });
      return since;
    },
  };
}

function nameOf(scope: TroubleScope, account: string): string {
  return scope === 'account' ? account : scope;
}

function troubleName(name: string): string {
  if (name === 'tenant') return 'mail of the whole tenant';
  return name === 'external' ? 'mail to external recipients' : `mail through ${name}`;
}
