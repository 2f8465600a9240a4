import { z } from 'zod';
import { checkAddress } from './emailAddress.ts';
import { nearestName } from './nearestName.ts';
import { SECRET_NAME } from './settingTable.ts';

/** A sender account as configured. The address is in lower case. */
export interface SenderAccount {
  readonly address: string;
  /** The name of the secret in Key Vault that holds the password. null: it logs in by OAuth and has none here. */
  readonly secret: string | null;
  readonly displayName: string | null;
  readonly auth: 'password' | 'oauth';
  readonly pool: string | null;
  /** Recipients a day through this account. null: no quota of its own. */
  readonly quotaPerDay: number | null;
}

/** One thing wrong with the settings. Secrets are never in it. */
export interface SettingProblem {
  /** The setting's name, with the place in it where it is a list: `HVE_ACCOUNTS[1].secret`. */
  readonly setting: string;
  readonly expected: string;
  readonly got: string;
}

export const ACCOUNTS_SETTING = 'HVE_ACCOUNTS';
const MAX_DISPLAY_NAME_LENGTH = 256;
/** A pool's name becomes a part of keys in Table Storage, and must not look like an address. */
const POOL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Beyond this a quota is a mistake: no profile allows as much in a day. */
const MAX_QUOTA_PER_DAY = 1_000_000_000;

interface AccountField {
  readonly expected: string;
  /** False: what came is never printed, a password may stand there by mistake. */
  readonly isPrintable: boolean;
}

const FIELDS: Readonly<Record<string, AccountField>> = {
  address: { expected: "the account's e-mail address", isPrintable: true },
  secret: {
    expected:
      'the name of a secret in Key Vault (up to 127 letters, digits and hyphens), not the password itself',
    isPrintable: false,
  },
  displayName: { expected: 'a name of up to 256 characters without control characters', isPrintable: true },
  auth: { expected: '`password` or `oauth`', isPrintable: true },
  pool: {
    expected: 'a name of up to 63 letters, digits, dots, hyphens and underscores',
    isPrintable: true,
  },
  quotaPerDay: { expected: 'a whole number from 1', isPrintable: true },
};

const addressSchema = z.string().transform((text, context): string => {
  const check = checkAddress(text.trim());
  if (check.ok) return check.address.toLowerCase();
  context.addIssue({ code: 'custom', message: check.detail });
  return z.NEVER;
});

const accountSchema = z.strictObject({
  address: addressSchema,
  secret: z.string().regex(SECRET_NAME),
  displayName: z
    .string()
    .max(MAX_DISPLAY_NAME_LENGTH)
    .regex(/^\P{Cc}*$/u)
    .nullish(),
  auth: z.enum(['password', 'oauth']).nullish(),
  pool: z.string().regex(POOL_NAME).nullish(),
  quotaPerDay: z.int().min(1).max(MAX_QUOTA_PER_DAY).nullish(),
});

/** It needs no password; one that is named is left alone, so that an account can go back to it. */
const oauthAccountSchema = accountSchema.extend({ secret: z.string().regex(SECRET_NAME).nullish() });

/** Parses the value of HVE_ACCOUNTS. `accounts` holds those that are right, whatever the others are. */
export function parseAccounts(text: string): {
  readonly accounts: readonly SenderAccount[];
  readonly problems: readonly SettingProblem[];
} {
  const list = parseJson(text);
  if (!Array.isArray(list)) {
    const got = list === undefined ? `${text.length} characters that are no JSON` : describeType(list);
    return { accounts: [], problems: [accountProblem('', 'a JSON list of accounts', got)] };
  }
  if (list.length === 0) {
    return { accounts: [], problems: [accountProblem('', 'at least one account', 'an empty list')] };
  }
  const problems: SettingProblem[] = [];
  const accounts: SenderAccount[] = [];
  for (const [index, entry] of list.entries()) {
    const byOAuth = isRecord(entry) && entry['auth'] === 'oauth';
    const result = (byOAuth ? oauthAccountSchema : accountSchema).safeParse(entry);
    if (!result.success) {
      problems.push(...result.error.issues.flatMap((issue) => describeIssue(index, entry, issue)));
      continue;
    }
    const { address, secret, displayName, auth, pool, quotaPerDay } = result.data;
    if (accounts.some((account) => account.address === address)) {
      problems.push(accountProblem(`[${index}].address`, 'each account once', `${address} again`));
    }
    accounts.push({
      address,
      secret: secret ?? null,
      displayName: displayName ?? null,
      auth: auth ?? 'password',
      pool: pool ?? null,
      quotaPerDay: quotaPerDay ?? null,
    });
  }
  return { accounts, problems };
}

/** What the contract knows and this version does not do yet. */
function describeIssue(index: number, entry: unknown, issue: z.core.$ZodIssue): SettingProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      accountProblem(
        `[${index}].${key.slice(0, MAX_SHOWN_LENGTH)}`,
        expectedInsteadOf(key),
        'an unknown field',
      ),
    );
  }
  const [key] = issue.path;
  if (typeof key !== 'string') {
    return [
      accountProblem(
        `[${index}]`,
        'an object such as { "address": "…", "secret": "…" }',
        describeType(entry),
      ),
    ];
  }
  const field = FIELDS[key];
  const value: unknown = isRecord(entry) ? entry[key] : undefined;
  return [
    accountProblem(
      `[${index}].${key}`,
      field?.expected ?? 'something else',
      field?.isPrintable === true ? show(value) : describeType(value),
    ),
  ];
}

function expectedInsteadOf(key: string): string {
  if (/pass|pwd/i.test(key)) {
    return 'no password here: put it into Key Vault and give the name of that secret as `secret`';
  }
  const nearest = nearestName(key, Object.keys(FIELDS));
  const known = Object.keys(FIELDS).join(', ');
  return nearest === null ? `only ${known}` : `only ${known}; did you mean ${nearest}?`;
}

function accountProblem(place: string, expected: string, got: string): SettingProblem {
  return { setting: `${ACCOUNTS_SETTING}${place}`, expected, got };
}

/** undefined where it is no JSON. The parser's own message is not used: it quotes the text. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const MAX_SHOWN_LENGTH = 80;

/** A value that may be printed, in one line and cut. */
export function show(value: unknown): string {
  if (typeof value !== 'string') return describeType(value);
  return value.length > MAX_SHOWN_LENGTH
    ? `${JSON.stringify(value.slice(0, MAX_SHOWN_LENGTH))}… (${value.length} characters)`
    : JSON.stringify(value);
}

function describeType(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `${value.length} characters`;
  if (typeof value === 'number') return `the number ${value}`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
