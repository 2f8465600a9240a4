/** What a run is like: how many instances, which limits, and how often what fails. Drawn from the seed. */
import type { Calendar } from '../../shared/core/calendarDay.ts';
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
  /** Of each operation on the quota's ledger, where that is more. */
  readonly ledgerFault: number;
  /** Of each step. */
  readonly crash: number;
  /** Of each step: an instance is told to end. */
  readonly stop: number;
  /** Of each step of SMTP, and of the ledger: the instance stands still after it. */
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
  /** Of each sender account. */
  readonly accountLimits: readonly (number | null)[];
  /** Of each app. */
  readonly appLimits: readonly (number | null)[];
  readonly recipientsPerMessage: number;
  readonly window: 'calendar' | 'rolling';
  readonly timeZone: string;
  readonly reserveCriticalPercent: number;
  readonly bulkPercent: number;
  readonly releasePerMinute: number;
  readonly startsAt: number;
  /** Of the times that time passes: days go by. */
  readonly days: number;
  /** How often the settings are changed, and what is laid down for an app. */
  readonly deployments: number;
  readonly ruleChanges: number;
  /** What a deployment changes; null: by chance. */
  readonly change: Partial<Profile> | null;
  /** Whether all that may be unknown is held. */
  readonly hold: boolean;
  /** Whether people cancel, release, redrive and pause. */
  readonly operators: number;
  /** Whether a person lets go once more what is held or failed in the end. */
  readonly letGo: boolean;
  /** Of the messages: how many may be anything; else they are plain ones. */
  readonly variety: number;
  /** Whether what is final is kept for hours only, so that it goes while others still run. */
  readonly isBrief: boolean;
}

export function drawProfile(random: Random, over: Partial<Profile> = {}): Profile {
  const some = (probability: number, value: () => number): number =>
    random.chance(probability) ? value() : 0;
  const timeZone = random.pick(TIME_ZONES);
  return {
    instances: random.between(1, 3),
    messages: random.between(2, 7),
    faultySteps: random.between(60, 320),
    storageFault: some(0.6, () => random.pick([0.005, 0.02, 0.06])),
    ledgerFault: some(0.3, () => 0.15),
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
    accountLimits: ACCOUNTS.map(() => (random.chance(0.2) ? random.between(4, 12) : null)),
    appLimits: APPS.map(() => (random.chance(0.2) ? random.between(3, 12) : null)),
    recipientsPerMessage: random.between(2, 4),
    window: random.chance(0.3) ? 'rolling' : 'calendar',
    timeZone,
    reserveCriticalPercent: random.chance(0.2) ? random.pick([25, 50]) : 0,
    bulkPercent: random.chance(0.2) ? 60 : 100,
    releasePerMinute: random.pick([3, 10, 3000]),
    startsAt: random.chance(0.5) ? PLAIN_START : Date.parse(random.pick(STARTS[timeZone])),
    days: random.chance(0.25) ? 0.2 : 0,
    deployments: random.chance(0.25) ? random.between(1, 2) : 0,
    ruleChanges: random.chance(0.25) ? random.between(1, 3) : 0,
    change: null,
    hold: false,
    operators: random.chance(0.4) ? 1 : 0,
    letGo: random.chance(0.3),
    variety: random.pick([0, 0.5, 1]),
    isBrief: random.chance(0.3),
    ...over,
  };
}

export const ACCOUNTS = ['hve@contoso.com', 'payroll@contoso.com'] as const;
export const APPS = ['default', 'shop', 'crm'] as const;

const TIME_ZONES = ['UTC', 'UTC', 'Europe/Vienna', 'America/St_Johns', 'Australia/Lord_Howe'] as const;

/** Where a run begins: a plain day, a minute before an hour ends; and a quarter of an hour before the zone's midnights. */
const PLAIN_START = Date.parse('2026-11-24T09:00:00Z');
const STARTS: Readonly<Record<(typeof TIME_ZONES)[number], readonly string[]>> = {
  UTC: ['2026-11-24T09:58:45Z', '2026-11-24T23:45:00Z', '2026-12-31T23:58:45Z'],
  // Before a day of 23 hours, and of 25; and when its clock goes back.
  'Europe/Vienna': ['2027-03-27T22:45:00Z', '2026-10-24T21:45:00Z', '2026-10-25T00:45:00Z'],
  // Hours are cut at the half; a day of 25 of them.
  'America/St_Johns': ['2026-11-24T03:15:00Z', '2026-11-01T02:15:00Z', '2026-11-01T04:15:00Z'],
  // Its clock goes back by half an hour.
  'Australia/Lord_Howe': ['2026-11-24T12:45:00Z', '2027-04-03T12:45:00Z', '2027-04-03T14:45:00Z'],
};

/** As an operator would change them. */
export function drawChange(random: Random): Partial<Profile> {
  switch (random.pick(['limit', 'limit', 'external', 'accounts', 'window', 'zone', 'shares'] as const)) {
    case 'limit':
      return { tenantLimit: random.chance(0.8) ? random.between(3, 25) : null };
    case 'external':
      return { externalLimit: random.pick([0, 2, 6, null]) };
    case 'accounts':
      return { accountLimits: ACCOUNTS.map(() => (random.chance(0.5) ? random.between(3, 12) : null)) };
    case 'window':
      return { window: random.pick(['calendar', 'rolling'] as const) };
    case 'zone':
      return { timeZone: random.pick(TIME_ZONES) };
    case 'shares':
      return { reserveCriticalPercent: random.pick([0, 25]), bulkPercent: random.pick([60, 100]) };
  }
}

/** The real rules, from settings as an operator writes them. */
export function rulesOf(profile: Profile): Rules {
  const limit = (n: number | null): string => (n === null ? 'none' : String(n));
  const quotaOf = (account: number): object => {
    const quotaPerDay = profile.accountLimits[account] ?? null;
    return quotaPerDay === null ? {} : { quotaPerDay };
  };
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
    HVE_BULK_PERCENT: String(profile.bulkPercent),
    HVE_RELEASE_PER_MINUTE: String(profile.releasePerMinute),
    HVE_ACCOUNTS: JSON.stringify([
      { address: ACCOUNTS[0], secret: 'hve-password', ...quotaOf(0) },
      { address: ACCOUNTS[1], secret: 'payroll-password', ...quotaOf(1) },
    ]),
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const rules = makeRules(read.settings);
  return keptFor(profile.isBrief, { ...rules, calendar: remembering(rules.calendar) });
}

/** Hours in place of days, as no setting allows: content for two, rows and keys for six. */
function keptFor(isBrief: boolean, rules: Rules): Rules {
  if (!isBrief) return rules;
  const retention = { payloadDays: 2 / 24, rowDays: 6 / 24, countDays: 400 };
  return {
    ...rules,
    settings: { ...rules.settings, retention, idempotencyDays: retention.rowDays },
    durations: { ...rules.durations, pruneEvery: 15 * 60_000, orphan: 2 * 3_600_000 },
  };
}

/** A run asks for the same few days again and again, and each answer is a search. */
function remembering(calendar: Calendar): Calendar {
  const starts = new Map<string, number>();
  return {
    ...calendar,
    startOf(day) {
      const start = starts.get(day) ?? calendar.startOf(day);
      starts.set(day, start);
      return start;
    },
  };
}
