/** The ways of a message through the app, with what each may cost. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { CountedApp } from './countedApp.ts';

export interface Path {
  readonly name: string;
  /** Storage operations for each message, or for each delivery where it says so; docs/architecture.md says the same. */
  readonly promised: number;
  /** As it is said there, where it is no plain number. */
  readonly said?: string;
  /** Deliveries of a message, where it counts for each of them. Default 1. */
  readonly deliveries?: number;
  /** What costs the messages nothing: it is there before. `run` gets what it resolves with. */
  prepare?(app: CountedApp): Promise<string>;
  /** Sends so many messages, one after another, until they are final. */
  run(app: CountedApp, messages: number, prepared: string): Promise<void>;
}

const MAIL = { to: 'ann@contoso.com', subject: 'Your payslip', text: 'It is in the portal.' };
/** More than 32 KiB when packed, and no more than an item of the queue holds. */
const LARGE_TEXT_BYTES = 46_000;
/** It waits for its turn. */
const LARGE_CONTENT_BYTES = 200_000;
const SPLIT_DELIVERIES = 24;
const RECIPIENTS_OF_A_DELIVERY = 50;
/** Nobody reaches it. */
const LARGE_QUOTA = 1_000_000;

export const PATHS: readonly Path[] = [
  {
    name: 'outbox',
    promised: 2,
    run: (app, messages) => each(messages, () => app.sendMail(MAIL)),
  },
  {
    name: 'outbox, with a key',
    promised: 3,
    run: (app, messages) => each(messages, () => app.sendMail({ ...MAIL, idempotencyKey: randomUUID() })),
  },
  {
    name: 'HTTP',
    promised: 5,
    run: (app, messages) => deliverAll(app, messages, () => app.post(MAIL)),
  },
  {
    name: 'HTTP, with a key',
    promised: 6,
    run: (app, messages) => deliverAll(app, messages, () => app.post(MAIL, randomUUID())),
  },
  {
    name: 'outbox, bulk',
    promised: 5,
    run: (app, messages) => deliverAll(app, messages, () => app.sendMail({ ...MAIL, priority: 'bulk' })),
  },
  {
    name: `outbox, split into ${SPLIT_DELIVERIES}: each delivery`,
    // Put, read, claim, outcome; of the message the rows in one transaction, and the head read once to compose it.
    promised: 4 + 2 / SPLIT_DELIVERIES,
    said: '4, and 2 for the message',
    deliveries: SPLIT_DELIVERIES,
    run: (app, messages) =>
      deliverAll(app, messages, () => app.sendMail({ ...MAIL, to: crowd() }), SPLIT_DELIVERIES),
  },
  {
    name: 'outbox, payload above 32 KiB',
    promised: 3,
    run: (app, messages) => each(messages, () => app.sendMail({ ...MAIL, text: noise(LARGE_TEXT_BYTES) })),
  },
  {
    name: 'outbox, claim check',
    promised: 3,
    async prepare(app) {
      await app.putContent('claim-check.json', JSON.stringify(MAIL));
      return 'mail-content/claim-check.json';
    },
    run: (app, messages, $ref) => each(messages, () => app.sendMail({ $ref })),
  },
  {
    name: 'outbox, claim check above 128 KiB',
    // Looked at, read in its turn, the payload's blob, insert, put the item; then read, the payload, claim, outcome.
    promised: 9,
    async prepare(app) {
      await app.putContent('large.json', JSON.stringify({ ...MAIL, text: noise(LARGE_CONTENT_BYTES) }));
      return 'mail-content/large.json';
    },
    run: (app, messages, $ref) => deliverAll(app, messages, () => app.sendMail({ $ref })),
  },
  {
    name: 'outbox, captured',
    promised: 1,
    run: (app, messages) => each(messages, () => app.sendMail({ ...MAIL, mode: 'capture' })),
  },
  {
    name: 'outbox, refused in passing once',
    // The claim, the outcome, the item; then read, claim, outcome.
    promised: 6,
    run: (app, messages) =>
      each(messages, async () => {
        app.refuseNext();
        await app.deliver(await app.sendMail(MAIL), 2);
      }),
  },
  {
    name: 'outbox, over quota and released',
    // Put away: 2; released: 4; then read, claim, outcome.
    promised: 9,
    async prepare(app) {
      const name = `crm-${randomUUID()}`;
      await setQuota(app, name, 1);
      await app.sendMail({ ...MAIL, app: name });
      return name;
    },
    async run(app, messages, name) {
      await each(messages, () => app.sendMail({ ...MAIL, app: name }));
      await setQuota(app, name, LARGE_QUOTA);
      await app.sweep();
      await deliverItems(app, messages);
    },
  },
];

async function each(messages: number, act: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < messages; n++) await act();
}

/** What is accepted lies on an inner queue. */
async function deliverAll(
  app: CountedApp,
  messages: number,
  accept: () => Promise<unknown>,
  deliveries = 1,
): Promise<void> {
  await each(messages, accept);
  await deliverItems(app, messages * deliveries);
}

async function deliverItems(app: CountedApp, expected: number): Promise<void> {
  const delivered = await app.deliverItems();
  if (delivered !== expected) throw new Error(`${delivered} items were on the queues, not ${expected}`);
}

async function setQuota(app: CountedApp, name: string, quotaPerDay: number): Promise<void> {
  await app.appBook.write({ name, accounts: null, quotaPerDay, highestPriority: null });
}

function crowd(): string[] {
  return Array.from(
    { length: SPLIT_DELIVERIES * RECIPIENTS_OF_A_DELIVERY },
    (_, n) => `person.${n}@contoso.com`,
  );
}

/** A text that does not pack well. */
function noise(sizeBytes: number): string {
  return randomBytes(Math.ceil((sizeBytes * 3) / 4)).toString('base64');
}
