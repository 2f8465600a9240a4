/** A working organisation to look at: its apps submit over HTTP, as apps do, and the simulator refuses what it is told to. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectStorage } from '../../shared/adapters/storage/connectStorage.ts';
import { makeDays } from '../../shared/adapters/storage/days.ts';
import { makeStorageClock } from '../../shared/adapters/storage/storageClock.ts';
import type { MessageSummaryView } from '../../shared/core/messageView.ts';
import type { DayReport } from '../../shared/core/records.ts';

/** Base URLs and the connection string, as endpoints.json has them. */
export interface Place {
  readonly functions: string;
  readonly inbox: string;
  readonly storage: string;
}

export const NO_MAILBOX =
  '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup';
export const MAILBOX_FULL = '552 5.2.2 Mailbox full';

const PATIENCE_MS = 120_000;
const LOOK_MS = 200;

export interface Organisation {
  /** Its id. */
  submit(message: object): Promise<string>;
  fault(fault: object): Promise<void>;
  clearFaults(): Promise<void>;
  /** Until the message has that status. */
  until(id: string, ...statuses: readonly string[]): Promise<MessageSummaryView>;
  /** Until so many of its recipients have it. */
  untilAccepted(id: string, count: number): Promise<void>;
  /** Until there are so many dead letters. */
  untilLetters(query: string, count: number): Promise<void>;
  get<Body>(path: string): Promise<Body>;
  put(path: string, body: object): Promise<void>;
}

export function makeOrganisation({ functions, inbox }: Place): Organisation {
  async function get<Body>(path: string): Promise<Body> {
    const response = await fetch(`${functions}/api/${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }
  async function waitFor<Value>(
    read: () => Promise<Value>,
    holds: (value: Value) => boolean,
    what: string,
  ): Promise<Value> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const value = await read();
      if (holds(value)) return value;
      if (Date.now() > giveUpAt) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
      await sleep(LOOK_MS);
    }
  }
  const readMessage = (id: string) => async () => get<MessageSummaryView>(`messages/${id}`);
  return {
    get,
    async submit(message) {
      const response = await fetch(`${functions}/api/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(message),
      });
      if (response.status !== 202) throw new Error(`not accepted: ${await response.text()}`);
      return ((await response.json()) as { id: string }).id;
    },
    async fault(fault) {
      const response = await fetch(`${inbox}/faults`, { method: 'POST', body: JSON.stringify(fault) });
      if (response.status !== 201) throw new Error(`the fault was refused: ${await response.text()}`);
    },
    clearFaults: async () => void (await fetch(`${inbox}/faults`, { method: 'DELETE' })),
    until: async (id, ...statuses) =>
      waitFor(
        readMessage(id),
        ({ status }) => statuses.includes(status),
        `${id} is ${statuses.join(' or ')}`,
      ),
    untilAccepted: async (id, count) => {
      await waitFor(readMessage(id), ({ counts }) => counts.accepted >= count, `${count} have ${id}`);
    },
    untilLetters: async (query, count) => {
      const read = async () => get<{ items: unknown[] }>(`dead-letters?${query}`);
      await waitFor(read, ({ items }) => items.length === count, `${count} dead letters with ${query}`);
    },
    async put(path, body) {
      const init = {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      const response = await fetch(`${functions}/api/${path}`, init);
      if (!response.ok) throw new Error(`PUT ${path}: ${await response.text()}`);
    },
  };
}

/** `count` addresses: `staff-0001@contoso.com`. */
export function staff(count: number, name = 'staff', domain = 'contoso.com'): string[] {
  return Array.from({ length: count }, (_, n) => `${name}-${String(n + 1).padStart(4, '0')}@${domain}`);
}

const HOURS = 24;
const DAY_MS = 86_400_000;
/** How a working day goes, in parts of its whole. */
const CURVE = [0, 0, 0, 0, 0, 1, 4, 9, 12, 11, 9, 7, 5, 8, 9, 8, 6, 4, 3, 2, 1, 1, 0, 0];

/** The reports of the `count` days before `today`, as `closeDay` would have written them, through the adapter itself. */
export async function writeHistory(
  { storage: connectionString }: Place,
  today: string,
  count: number,
  limit: number,
): Promise<void> {
  const clock = makeStorageClock({ monotonic: () => performance.now(), lifeMs: DAY_MS });
  const chance = { random: () => 0.5, bytes: (bytes: number) => randomBytes(bytes) };
  const storage = connectStorage({ connectionString }, { prefix: '', clock, chance });
  const days = makeDays({ storage, chance });
  for (let back = 1; back <= count; back++) {
    await days.insertReport(reportOf(new Date(Date.parse(today) - back * DAY_MS), limit));
  }
}

function reportOf(date: Date, limit: number): DayReport {
  const weekday = date.getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  // The payroll runs on the 25th; otherwise the same every time, and no day like the other.
  const base = isWeekend ? 0.07 : 0.42 + 0.05 * weekday + (date.getUTCDate() === 25 ? 0.3 : 0);
  const total = Math.round(limit * base * (0.85 + ((date.getUTCDate() * 7) % 10) / 33));
  const external = Math.round(total * 0.015);
  const payroll = Math.round(total * 0.2);
  const accepted = total - 3;
  return {
    day: date.toISOString().slice(0, 10),
    timeZone: 'UTC',
    closedAt: date.getTime() + DAY_MS + 20 * 60_000,
    messages: Math.round(total / 9),
    byStatus: { sent: Math.round(total / 9) - 3, failed: 3 },
    scopes: [
      scopeOfDay('tenant', limit, total),
      scopeOfDay('external', 2000, external),
      scopeOfDay('account:hve@contoso.com', null, total - payroll),
      scopeOfDay('account:payroll@contoso.com', null, payroll),
    ],
    accepted,
    unknownSpends: 0,
    costUsd: 0,
    failed: 3,
    unknown: 0,
  };
}

function scopeOfDay(scope: string, limit: number | null, recipients: number): DayReport['scopes'][number] {
  const parts = CURVE.reduce((sum, part) => sum + part, 0);
  const byHour = Array.from({ length: HOURS }, (_, hour) => Math.round((recipients * CURVE[hour]!) / parts));
  const sum = byHour.reduce((total, n) => total + n, 0);
  return { scope, limit, recipients: sum, ledger: sum, byHour };
}
