/**
 * Every name under which the app measures itself: metrics, spans and their attributes. The alerts and the workbook in infra/
 * ask for metrics by these names, and docs/telemetry.md lists them; tests hold them equal. Log lines that are waited for
 * have theirs in signals.ts.
 *
 * No attribute takes the address of a recipient, a subject or a display name. Each metric's attributes take few values, since
 * every combination of them is a row a minute: accounts, apps and scopes are cut off at a number (telemetry adapter).
 */

export interface MetricDefinition {
  /** A counter is added to; a level stands until it is measured again; a duration is spread over a histogram. */
  readonly kind: 'counter' | 'level' | 'duration';
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly AttributeName[];
}

export const ATTRIBUTES = {
  account: 'a sender account’s address, or `none`',
  app: 'the producer, as the message says; beyond fifty of them `(other)`',
  attempt: 'the number of the attempt',
  cause: 'why, in the words of the reply rule or the failure; `none` where nothing went wrong',
  delivery: '0: the whole message; 1 to 99: a part of a split one',
  messageId: 'the message',
  ms: 'how long it took, in milliseconds',
  outcome:
    'what became of a recipient: `accepted`, `duplicate`, `failed`, `retry`, `unknown` or `notSent`; of a whole transaction the first that was not `accepted`: `refused`, `unknown` or `notSent`',
  priority: '`critical`, `normal` or `bulk`',
  queue: 'the queue’s name',
  reason: 'why it was given up: `failed`, `partially_sent`, `rejected`, `expired` or `comes_back`',
  recipients: 'how many, in this transaction',
  result: '`accepted`, `replayed`, `invalid`, `keyReused`, `quotaFull`, or `error`',
  scope: '`tenant`, `external`, `account:…` or `app:…`',
  source: '`http`, `outbox` or `redrive`',
  stage:
    'the stage of the SMTP dialogue: `connect`, `tls`, `ehlo`, `auth`, `mail`, `rcpt`, `data` or `end-of-data`',
  status: 'the status of the delivery afterwards',
} as const satisfies Readonly<Record<string, string>>;

export type AttributeName = keyof typeof ATTRIBUTES;

export const METRICS = {
  'hve.messages': {
    kind: 'counter',
    unit: '{message}',
    description: 'Messages that came in, by what was answered.',
    attributes: ['source', 'result'],
  },
  'hve.deliveries': {
    kind: 'counter',
    unit: '{delivery}',
    description: 'Deliveries that became final.',
    attributes: ['status', 'app'],
  },
  'hve.attempts': {
    kind: 'counter',
    unit: '{attempt}',
    description: 'Attempts whose outcome was recorded.',
    attributes: ['status', 'account'],
  },
  'hve.recipients': {
    kind: 'counter',
    unit: '{recipient}',
    description: 'Recipients of SMTP transactions; one that is tried twice counts twice.',
    attributes: ['outcome', 'cause', 'account'],
  },
  'hve.claims.taken_over': {
    kind: 'counter',
    unit: '{claim}',
    description: 'Attempts that ended without a word: their recipients are unknown.',
    attributes: ['account'],
  },
  'hve.dead_letters': {
    kind: 'counter',
    unit: '{letter}',
    description: 'Deliveries and items that were given up.',
    attributes: ['reason'],
  },
  'hve.smtp.duration': {
    kind: 'duration',
    unit: 'ms',
    description:
      'How long a stage took; `end-of-data` with the data itself, `connect` with DNS and the greeting.',
    attributes: ['stage'],
  },
  'hve.quota.used': {
    kind: 'level',
    unit: '{recipient}',
    description: 'Recipients of the window so far, of each scope that has a limit. Every five minutes.',
    attributes: ['scope'],
  },
  'hve.quota.remaining': {
    kind: 'level',
    unit: '{recipient}',
    description: 'What is left of it: neither used nor leased. Every five minutes.',
    attributes: ['scope'],
  },
  'hve.quota.percent': {
    kind: 'level',
    unit: '%',
    description: 'Used of the limit, rounded down. Every five minutes.',
    attributes: ['scope'],
  },
  'hve.queue.age': {
    kind: 'level',
    unit: 's',
    description: 'How long the front item of a queue has been visible; 0: there is none. Every five minutes.',
    attributes: ['queue'],
  },
  'hve.queue.length': {
    kind: 'level',
    unit: '{item}',
    description: 'About how many items a queue has. Every five minutes.',
    attributes: ['queue'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

/** All of a metric's attributes: a measurement without one of them would be another series. */
export type MetricAttributes<Name extends MetricName> = {
  readonly [Attribute in (typeof METRICS)[Name]['attributes'][number]]: string;
};

export interface SpanDefinition {
  readonly description: string;
  /** `client`: it waits for another server. */
  readonly kind: 'internal' | 'client';
  readonly attributes: readonly AttributeName[];
  /** Its events are the stages of the dialogue. */
  readonly events: readonly AttributeName[];
}

export const SPANS = {
  'hve.accept': {
    description:
      'A message is taken in: validated, planned, recorded; one of one delivery from the outbox is sent within.',
    kind: 'internal',
    attributes: ['messageId', 'source', 'result'],
    events: [],
  },
  'hve.attempt': {
    description: 'An attempt at a delivery, from the gate to its recorded outcome, minutes or days later.',
    kind: 'internal',
    attributes: ['messageId', 'delivery', 'attempt', 'app', 'priority', 'status'],
    events: [],
  },
  'hve.smtp': {
    description: 'An SMTP transaction, the wait for a connection included; an event for each stage.',
    kind: 'client',
    attributes: ['account', 'recipients', 'outcome', 'cause', 'stage'],
    events: ['ms'],
  },
} as const satisfies Readonly<Record<string, SpanDefinition>>;

export type SpanName = keyof typeof SPANS;

export type SpanAttributes<Name extends SpanName> = {
  readonly [Attribute in (typeof SPANS)[Name]['attributes'][number]]?: string | number;
};
