/** One organisation's mail, as the examples of the API's documents show it. Tests hold each against its schema. */
export const ID = '01M89BK1XJ1ABV92TDFKW3XZEE';
export const DEAD_LETTER_ID = `${ID}.0.1`;

const AT = '2026-11-24T08:00:00.000Z';

export const messages = {
  smallest: { to: 'ann@contoso.com', subject: 'Your payslip', text: 'It is ready.' },
  whole: {
    idempotencyKey: 'payslip-2026-11-4711',
    reference: '4711',
    app: 'payroll',
    from: { address: 'hve@contoso.com', displayName: 'Payroll' },
    to: ['Ann Lee <ann@contoso.com>', { address: 'bob@contoso.com', displayName: 'Bob' }],
    replyTo: 'payroll-desk@contoso.com',
    subject: 'Your payslip for November',
    html: '<p>It is ready.</p>',
    text: 'It is ready.',
    attachments: [
      { name: 'payslip.txt', contentType: 'text/plain', contentInBase64: 'SXQgaXMgcmVhZHkuCg==' },
    ],
    priority: 'normal',
    tags: ['payslip'],
  },
};

const counts = {
  recipients: 2,
  internal: 2,
  external: 0,
  accepted: 1,
  failed: 1,
  unknown: 0,
  waiting: 0,
  unknownSpends: 0,
};

export const operation = { id: ID, status: 'partially_sent', counts };
export const movingOperation = {
  id: ID,
  status: 'queued',
  counts: { ...counts, accepted: 0, failed: 0, waiting: 2 },
};

export const messageSummary = {
  id: ID,
  status: 'partially_sent',
  app: 'payroll',
  reference: '4711',
  idempotencyKey: 'payslip-2026-11-4711',
  from: 'hve@contoso.com',
  subject: 'Your payslip for November',
  priority: 'normal',
  tags: ['payslip'],
  createdAt: AT,
  updatedAt: '2026-11-24T08:00:01.000Z',
  nextAttemptAt: null,
  waitsFor: null,
  problems: [],
  counts,
};

const NOT_FOUND_REPLY = '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found';
const NOT_FOUND_CAUSE = 'the recipient does not exist in the organisation';
const NOT_FOUND_REMEDY = 'correct the address';

export const message = {
  ...messageSummary,
  contentRemovedAt: null,
  recipients: [
    {
      address: 'ann@contoso.com',
      kind: 'internal',
      delivery: 0,
      status: 'accepted',
      reply: '250 2.0.0 Ok',
      cause: null,
      remedy: null,
      at: '2026-11-24T08:00:01.000Z',
    },
    {
      address: 'bob@contoso.com',
      kind: 'internal',
      delivery: 0,
      status: 'failed',
      reply: NOT_FOUND_REPLY,
      cause: NOT_FOUND_CAUSE,
      remedy: NOT_FOUND_REMEDY,
      at: '2026-11-24T08:00:01.000Z',
    },
  ],
  deliveries: [
    {
      delivery: 0,
      status: 'partially_sent',
      account: 'hve@contoso.com',
      messageId: `<${ID}.0.1@contoso.com>`,
      attempts: [{ attempt: 1, at: AT, account: 'hve@contoso.com', accepted: 1, refused: 1, unknown: 0 }],
    },
  ],
};

export const payload = {
  app: 'payroll',
  idempotencyKey: 'payslip-2026-11-4711',
  reference: '4711',
  to: [{ address: 'ann@contoso.com', displayName: 'Ann Lee' }, { address: 'bob@contoso.com' }],
  subject: 'Your payslip for November',
  text: 'It is ready.',
  importance: 'normal',
  sensitivity: 'normal',
  priority: 'normal',
  split: 'auto',
  onQuota: 'defer',
  onUnknown: 'resend',
  mode: 'live',
  tags: ['payslip'],
};

export const deadLetterSummary = {
  id: DEAD_LETTER_ID,
  messageId: ID,
  delivery: 0,
  attempt: 1,
  app: 'payroll',
  subject: 'Your payslip for November',
  day: '2026-11-24',
  at: '2026-11-24T08:00:01.000Z',
  reason: 'partially_sent',
  detail: '1 of 2 recipients were refused',
  lastReply: NOT_FOUND_REPLY,
  failures: [{ cause: NOT_FOUND_CAUSE, remedy: NOT_FOUND_REMEDY, whoActs: 'app', recipients: 1 }],
};
export const deadLetter = { ...deadLetterSummary, stale: false, original: null, originalEncoding: null };

export const redrives = {
  dryRun: { filter: { day: '2026-11-24', reason: 'failed' }, dryRun: true },
  some: { ids: [DEAD_LETTER_ID] },
};

const cost = { currency: 'USD', amount: 0 };

export const usage = {
  window: {
    kind: 'calendar',
    day: '2026-11-24',
    timeZone: 'UTC',
    startsAt: '2026-11-24T00:00:00.000Z',
    endsAt: '2026-11-25T00:00:00.000Z',
  },
  scopes: [
    {
      scope: 'tenant',
      limit: 100_000,
      used: 1234,
      leased: 300,
      remaining: 98_466,
      waiting: 0,
      byHour: [0, 17, 1217],
      forecast: { reachedAt: null },
    },
  ],
  cost,
};

export const pastDay = {
  day: '2026-11-23',
  timeZone: 'UTC',
  closedAt: '2026-11-24T00:07:00.000Z',
  messages: 410,
  accepted: 1980,
  unknownSpends: 0,
  scopes: [{ scope: 'tenant', limit: 100_000, used: 1980 }],
  cost,
};

export const account = {
  address: 'payroll@contoso.com',
  status: 'active',
  by: null,
  until: null,
  cause: null,
  remedy: null,
  pool: null,
  waiting: 0,
};
export const pausedAccount = {
  ...account,
  status: 'paused',
  by: 'person',
  cause: 'audit',
  remedy: 'resume it when that is over: POST /api/accounts/payroll@contoso.com/resume',
  waiting: 12,
};
export const pauses = { withReason: { reason: 'audit' } };

export const app = {
  name: 'payroll',
  accounts: ['payroll@contoso.com'],
  quotaPerDay: 20_000,
  highestPriority: 'normal',
};
export const appRules = {
  payroll: { accounts: ['payroll@contoso.com'], quotaPerDay: 20_000, highestPriority: 'normal' },
};

export const health = {
  status: 'ok',
  checks: [{ name: 'configuration', status: 'ok', cause: null, remedy: null }],
};
export const failingHealth = {
  status: 'failing',
  checks: [
    {
      name: 'configuration HVE_PROFILE',
      status: 'failing',
      cause: 'expected `preview-2024` or `ga-2026`; got preview',
      remedy: 'correct the app setting HVE_PROFILE (docs/configuration.md)',
    },
  ],
};
