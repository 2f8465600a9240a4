/** What a run is like: how many instances, which limits, and how often what fails. Drawn from the seed. */
import { parseSettings } from '../../shared/core/settings.ts';
import type { Rules } from '../../shared/flows/mailer.ts';
import { makeRules } from '../../shared/wiring.ts';
import type { Random } from './random.ts';

export interface Profile {
  readonly instances: number;
  /** Messages that producers send, repeats not counted. */
  readonly messages: number;
  /** Steps at least before the faults stop. */
  readonly faultySteps: number;
  /** Of each operation of Storage. */
  readonly storageFault: number;
  /** Of each step. */
  readonly crash: number;
  /** Of each step: an instance is told to end. */
  readonly stop: number;
  /** Of each step of SMTP: the instance stands still after it. */
  readonly freeze: number;
  readonly jump: number;
  readonly redeliver: number;
  readonly outage: number;
  readonly smtpFault: number;
  /** Of the failing transactions: how many are lost after the last byte. */
  readonly lostShare: number;
  readonly vaultFault: number;
  readonly skewMs: number;
  readonly refusesDuplicates: boolean;
  readonly tenantLimit: number | null;
  readonly externalLimit: number | null;
  readonly accountLimit: number | null;
  readonly recipientsPerMessage: number;
  readonly window: 'calendar' | 'rolling';
  readonly timeZone: string;
  readonly reserveCriticalPercent: number;
  readonly releasePerMinute: number;
  /** Whether all that may be unknown is held. */
  readonly hold: boolean;
  /** Whether people cancel, release, redrive and pause. */
  readonly operators: number;
  /** Whether a person lets go once more what is held or failed in the end. */
  readonly letGo: boolean;
  /** Of the messages: how many may be anything; else they are plain ones. */
  readonly variety: number;
}

export function drawProfile(random: Random, over: Partial<Profile> = {}): Profile {
  const some = (probability: number, value: () => number): number =>
    random.chance(probability) ? value() : 0;
  return {
    instances: random.between(1, 3),
    messages: random.between(2, 7),
    faultySteps: random.between(60, 320),
    storageFault: some(0.6, () => random.pick([0.005, 0.02, 0.06])),
    crash: some(0.6, () => random.pick([0.004, 0.012, 0.03])),
    stop: some(0.3, () => 0.006),
    freeze: some(0.3, () => 0.08),
    jump: random.pick([0, 0.01, 0.03]),
    redeliver: some(0.5, () => 0.02),
    outage: some(0.3, () => 0.005),
    smtpFault: some(0.8, () => random.pick([0.1, 0.3, 0.6])),
    lostShare: random.pick([0.2, 0.5, 1]),
    vaultFault: some(0.2, () => 0.3),
    skewMs: random.pick([0, 5000, 45_000]),
    refusesDuplicates: random.chance(0.2),
    tenantLimit: random.chance(0.6) ? random.between(4, 25) : null,
    externalLimit: random.pick([0, 2, 3, 6, 10, null]),
    accountLimit: random.chance(0.2) ? random.between(4, 12) : null,
    recipientsPerMessage: random.between(2, 4),
    window: random.chance(0.3) ? 'rolling' : 'calendar',
    timeZone: random.pick(['UTC', 'UTC', 'Europe/Vienna', 'America/St_Johns']),
    reserveCriticalPercent: random.chance(0.2) ? 25 : 0,
    releasePerMinute: random.pick([3, 10, 3000]),
    hold: false,
    operators: random.chance(0.4) ? 1 : 0,
    letGo: random.chance(0.3),
    variety: random.pick([0, 0.5, 1]),
    ...over,
  };
}

export const ACCOUNTS = ['hve@contoso.com', 'payroll@contoso.com'] as const;

/** The real rules, from settings as an operator writes them. */
export function rulesOf(profile: Profile): Rules {
  const limit = (n: number | null): string => (n === null ? 'none' : String(n));
  const quota = profile.accountLimit === null ? {} : { quotaPerDay: profile.accountLimit };
  const read = parseSettings({
    HVE_STORAGE:
      'DefaultEndpointsProtocol=http;AccountName=model;AccountKey=bW9kZWw=;TableEndpoint=http://127.0.0.1:1/model;QueueEndpoint=http://127.0.0.1:2/model;BlobEndpoint=http://127.0.0.1:3/model;',
    HVE_KEY_VAULT_URI: 'https://model.vault.azure.net',
    HVE_INTERNAL_DOMAINS: 'contoso.com',
    HVE_LIMIT_RECIPIENTS_PER_DAY: limit(profile.tenantLimit),
    HVE_LIMIT_EXTERNAL_PER_DAY: limit(profile.externalLimit),
    HVE_LIMIT_RECIPIENTS_PER_MESSAGE: String(profile.recipientsPerMessage),
    HVE_WINDOW: profile.window,
    HVE_TIME_ZONE: profile.timeZone,
    HVE_RESERVE_CRITICAL_PERCENT: String(profile.reserveCriticalPercent),
    HVE_RELEASE_PER_MINUTE: String(profile.releasePerMinute),
    HVE_ACCOUNTS: JSON.stringify([
      { address: ACCOUNTS[0], secret: 'hve-password', ...quota },
      { address: ACCOUNTS[1], secret: 'payroll-password' },
    ]),
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return makeRules(read.settings);
}
