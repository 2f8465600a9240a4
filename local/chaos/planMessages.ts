import type { SeededRandom } from './random.ts';

/** A message as its producer will submit it, and how. */
export interface Submission {
  /** From 0; its reference is `chaos-N`. */
  readonly number: number;
  /** Milliseconds from the start of the run. */
  readonly atMs: number;
  readonly via: 'queue' | 'http';
  /** With an idempotency key its producer may repeat it; without, it submits once and may never know. */
  readonly key: string | null;
  /** Submitted twice at the same time, as by a producer that did not wait. Only with a key. */
  readonly twice: boolean;
  /** Every address of the run is in one message only. */
  readonly recipients: readonly string[];
  /** What is submitted, but for `sendAt` and `expiresAt`, which are counted from the moment of submission. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly sendInMs: number | null;
  readonly expiresInMs: number | null;
}

export interface MessagesPlan {
  readonly messages: number;
  readonly seed: number;
  /** They are spread over so long. */
  readonly phaseMs: number;
  /** The sender accounts' addresses. */
  readonly accounts: readonly [string, ...string[]];
  readonly internalDomain: string;
}

export const CHAOS_APP = 'chaos';
const EXTERNAL_DOMAIN = 'fabrikam.example';

/** Shares of all messages. Few are split, as each of those is as much work as twenty others. */
const SPLIT_SHARE = 0.015;
const SEVERAL_SHARE = 0.15;
const EXTERNAL_SHARE = 0.08;
const HTTP_SHARE = 0.4;
const KEYED_QUEUE_SHARE = 0.6;
const TWICE_SHARE = 0.08;
const SCHEDULED_SHARE = 0.04;
const EXPIRING_SHARE = 0.02;
/** With an attachment too large for the table: its payload lies in a blob. */
const LARGE_SHARE = 0.03;

/** Three deliveries of 50, 50 and 20. */
const SPLIT_RECIPIENTS = 120;
const SEVERAL_AT_MOST = 8;
const ATTACHMENT_BYTES = 45_000;
const SEND_IN_MS = { from: 3000, to: 20_000 } as const;
const EXPIRES_IN_MS = { from: 30_000, to: 120_000 } as const;
/** Random bytes so many at a time: they must not compress. */
const WORD_BYTES = 4;

/** In the order of their submission. */
export function planMessages(plan: MessagesPlan, random: SeededRandom): Submission[] {
  const times = Array.from({ length: plan.messages }, () => Math.floor(random.next() * plan.phaseMs));
  return times.toSorted((a, b) => a - b).map((atMs, number) => planMessage(number, atMs, plan, random));
}

function planMessage(number: number, atMs: number, plan: MessagesPlan, random: SeededRandom): Submission {
  const via = random.happens(HTTP_SHARE) ? 'http' : 'queue';
  const isKeyed = via === 'http' || random.happens(KEYED_QUEUE_SHARE);
  const key = isKeyed ? `chaos-${plan.seed}-${number}` : null;
  const recipients = planRecipients(number, plan, random);
  const priority = random.pick(['critical', 'normal', 'normal', 'normal', 'bulk'] as const);
  // Larger than an item of a queue may be: only over HTTP.
  const isLarge = via === 'http' && random.happens(LARGE_SHARE / HTTP_SHARE);
  return {
    number,
    atMs,
    via,
    key,
    twice: isKeyed && random.happens(TWICE_SHARE),
    recipients,
    body: {
      app: CHAOS_APP,
      reference: `${CHAOS_APP}-${number}`,
      ...(key === null ? {} : { idempotencyKey: key }),
      from: random.pick(plan.accounts),
      to: recipients,
      subject: `Chaos ${plan.seed}, message ${number}`,
      text: `Message ${number} of a chaos run with the seed ${plan.seed}.`,
      priority,
      ...(isLarge ? { attachments: [planAttachment(random)] } : {}),
    },
    sendInMs: random.happens(SCHEDULED_SHARE) ? random.between(SEND_IN_MS.from, SEND_IN_MS.to) : null,
    expiresInMs: random.happens(EXPIRING_SHARE) ? random.between(EXPIRES_IN_MS.from, EXPIRES_IN_MS.to) : null,
  };
}

function planRecipients(number: number, { internalDomain }: MessagesPlan, random: SeededRandom): string[] {
  const count = random.happens(SPLIT_SHARE)
    ? SPLIT_RECIPIENTS
    : random.happens(SEVERAL_SHARE)
      ? random.between(2, SEVERAL_AT_MOST)
      : 1;
  const hasExternal = random.happens(EXTERNAL_SHARE);
  return Array.from({ length: count }, (_, place) => {
    // The last one of it; so one alone is external, and several are mixed.
    const isExternal = hasExternal && place === count - 1;
    return `m${number}r${place}@${isExternal ? EXTERNAL_DOMAIN : internalDomain}`;
  });
}

export function isExternal(address: string): boolean {
  return address.endsWith(`@${EXTERNAL_DOMAIN}`);
}

/** An external recipient of a message that is still to come; null: there is none. What is said of external mail needs one. */
export function externalAfter(submissions: readonly Submission[], atMs: number): string | null {
  for (const submission of submissions) {
    const external = submission.atMs > atMs ? submission.recipients.find(isExternal) : undefined;
    if (external !== undefined) return external;
  }
  return null;
}

function planAttachment(random: SeededRandom): object {
  const content = Buffer.alloc(ATTACHMENT_BYTES);
  for (let at = 0; at + WORD_BYTES <= content.length; at += WORD_BYTES) {
    content.writeUInt32LE(Math.floor(random.next() * 2 ** 32), at);
  }
  return {
    name: 'report.bin',
    contentType: 'application/octet-stream',
    contentInBase64: content.toString('base64'),
  };
}
