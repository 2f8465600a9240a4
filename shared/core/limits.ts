/** What Exchange Online allows. null: no such limit. Sources and dates: docs/configuration.md. */
export interface Limits {
  /** Per day and tenant, internal and external together. */
  readonly recipientsPerDay: number | null;
  readonly externalPerDay: number | null;
  /** To, Cc and Bcc of one SMTP transaction. */
  readonly recipientsPerMessage: number | null;
  readonly accounts: number | null;
  /** On the wire: headers and encoded attachments counted. */
  readonly messageBytes: number | null;
  /** Per million delivered recipients. */
  readonly pricePerMillionUsd: number;
}

export const PROFILE_NAMES = ['preview-2024', 'ga-2026'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** "10 MB" is read as the smaller of its two meanings: a mail between the two would be refused by the server. */
const TEN_MEGABYTES = 10_000_000;

export const PROFILES: Readonly<Record<ProfileName, Limits>> = {
  'preview-2024': {
    recipientsPerDay: 100_000,
    externalPerDay: 2000,
    recipientsPerMessage: 50,
    accounts: 20,
    messageBytes: TEN_MEGABYTES,
    pricePerMillionUsd: 0,
  },
  'ga-2026': {
    recipientsPerDay: null,
    externalPerDay: 0,
    recipientsPerMessage: 50,
    accounts: 100,
    messageBytes: TEN_MEGABYTES,
    pricePerMillionUsd: 42,
  },
};

/** Where the profile's service listens (port 587, STARTTLS). */
export const SMTP_HOSTS: Readonly<Record<ProfileName, string>> = {
  'preview-2024': 'smtp-hve.office365.com',
  'ga-2026': 'smtp.hve.mx.microsoft',
};
