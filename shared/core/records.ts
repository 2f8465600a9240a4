/** What else is kept beside the deliveries: the head of a message, trouble, days, dead letters, items, reports. */
import type { Priority, Problem } from './message.ts';
import type { QuotaScope } from './rooms.ts';

/** What the producer said of a message, written once. The payload lies beside it, or in a blob. */
export interface Head {
  readonly id: string;
  readonly app: string;
  readonly reference: string | null;
  readonly idempotencyKey: string | null;
  readonly subject: string;
  readonly priority: Priority;
  /** The sender account's address; empty for what was rejected before that was known. */
  readonly from: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  /** How many deliveries lie behind the head: 0, the head's row is the one delivery itself. */
  readonly parts: number;
  /** All recipients stand in To and Cc of the one delivery; else the headers name nobody. */
  readonly showRecipients: boolean;
  /** The blob of the payload in our own container; null: it lies in the row. */
  readonly payloadBlob: string | null;
  /** Why it was rejected. */
  readonly problems: readonly Problem[];
  /** The blob of the claim check that it came as: ours from its acceptance on. The first version did not note it. */
  readonly claimCheck?: string | null;
  /** Its payload, or its original where it was rejected, is no longer kept. Absent or null: nobody has removed it. */
  readonly contentRemoved?: ContentRemoval | null;
}

export interface ContentRemoval {
  readonly at: number;
  /** `erased`: a person asked for one of its addresses to be erased. */
  readonly why: 'retention' | 'erased';
}

/** An item of the inner queues. It carries no mail, so nothing that a producer writes can pose as our own state. */
export interface DeliveryItem {
  readonly v: number;
  readonly messageId: string;
  readonly delivery: number;
  readonly attempt: number;
  /** When the item becomes visible: its age counts from there, never from its insertion. */
  readonly visibleAt: number;
}

/** Why an account, the tenant or all external mail does not go at the moment. */
export interface Trouble {
  readonly action: 'pause' | 'throttle';
  readonly cause: string;
  readonly remedy: string;
  /** The server's words, or the error. */
  readonly reply: string;
  readonly since: number;
  /** When it is probed next. */
  readonly until: number;
  /** How far the next `until` is moved when a probe starts; doubled each time. */
  readonly stepMs: number;
}

/** `name`: a sender account's address, `tenant` or `external`. A person's pause is a field of its own. */
export interface Standing {
  readonly name: string;
  readonly trouble: Trouble | null;
  /** The account is not among the settings, since when; null or absent: it is, as far as anybody has looked. */
  readonly missingSince?: number | null;
  readonly pausedByPerson: { readonly since: number; readonly reason: string } | null;
}

/** A day's rows: when they were last set moving, and what the last settled scan of them saw. */
export interface TouchedDay {
  readonly day: string;
  readonly touchedAt: number;
  /** Null: not scanned since the touch settled; `quiet`: nothing moves; else the earliest due. */
  readonly earliestDue: number | 'quiet' | null;
}

export interface DeadLetter {
  /** The day of the message, or of the queue item. */
  readonly day: string;
  /** Id, delivery and attempt; or the queue item. */
  readonly key: string;
  readonly messageId: string;
  readonly delivery: number;
  readonly attempt: number;
  readonly app: string;
  readonly at: number;
  readonly reason: 'failed' | 'partially_sent' | 'rejected' | 'expired' | 'held_back' | 'comes_back';
  /** Cause and remedy in words, or the problems. */
  readonly detail: string;
  readonly lastReply: string | null;
  /** With `comes_back`: how many tries were announced and never taken back. */
  readonly announcements?: number;
  /** The original as it came, where no record has it. */
  readonly raw: Uint8Array | null;
}

/** A letter without the original. */
export type DeadLetterFacts = Omit<DeadLetter, 'raw'>;

export interface ScopeUsage {
  readonly scope: QuotaScope;
  readonly limit: number | null;
  readonly used: number;
  readonly leased: number;
  /** What was used in each hour of the window, the current one last; together they are `used`. */
  readonly byHour: readonly number[];
}

export interface DayReport {
  readonly day: string;
  readonly timeZone: string;
  readonly closedAt: number;
  readonly messages: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** The tenant and external first, then by name; of the apps as many as boundReport leaves. */
  readonly scopes: readonly ScopeOfDay[];
  readonly accepted: number;
  readonly unknownSpends: number;
  /** Of what was accepted, at the price of the day when it was closed; the first version did not note it. */
  readonly costUsd?: number;
  /** Recipients as they stood when the day was closed, by the day of their last outcome; earlier versions did not note them. */
  readonly failed?: number;
  readonly unknown?: number;
  /** Recipients of deliveries that wait for a person since that day; likewise. */
  readonly held?: number;
  /** Of the failed ones, canceled messages left out, and of the rejected messages; likewise. */
  readonly failures?: FailuresOfDay;
  /** The apps that did anything that day, the most recipients first, as many as boundReport leaves; likewise. */
  readonly apps?: readonly AppOfDay[];
}

/** No address, no subject: replies are generalised. */
export interface FailuresOfDay {
  /** The most recipients first; so many of them at the most. */
  readonly causes: readonly FailureOfDay[];
  /** All other causes together. */
  readonly others: { readonly recipients: number; readonly messages: number };
}

export interface FailureOfDay {
  readonly cause: string;
  readonly remedy: string;
  /** 0: its messages were refused before they had recipients. */
  readonly recipients: number;
  readonly messages: number;
  /** Some of the apps, those with the most recipients first. */
  readonly apps: readonly string[];
  /** How many more there are. */
  readonly moreApps: number;
}

/** Recipients by the day of their last outcome. */
export interface AppOfDay {
  readonly app: string;
  /** Accepted from the app in the day. */
  readonly messages: number;
  readonly accepted: number;
  readonly failed: number;
  readonly unknown: number;
}

export interface ScopeOfDay {
  readonly scope: string;
  /** In force when the day was closed. */
  readonly limit: number | null;
  /** Counted from the record: recipients charged to the day. */
  readonly recipients: number;
  /** What the ledger says; a difference is a warning. Null: the day was closed so late that the ledger had lost its hours. */
  readonly ledger: number | null;
  /**
   * Only where the record has more than the ledger: how many of its recipients at the most were charged with an outcome that nobody
   * knows. An instance that stood still may claim after its lease was closed, and sends nothing then: where it dies too, its charge stands
   * on the record alone. What is more than that is a defect. Earlier versions did not note it.
   */
  readonly unknownSpends?: number;
  /**
   * `recipients` by the hours of the day in its zone, from midnight on: 24 of them, or 23 or 25 where summer time begins or
   * ends. Empty: none. The first version did not note it.
   */
  readonly byHour?: readonly number[];
}

/** A place in the record: a UTC day, and the message of it behind which to go on; null: from its first one. */
export interface Place {
  readonly day: string;
  readonly after: string | null;
}

/** One walk over all that is kept, for what must go. */
export interface PruneRound {
  readonly beganAt: number;
  /** Where it goes on; null: it has been everywhere. */
  readonly place: Place | null;
}

/** A person's request to erase an address. The address itself is not kept for it. */
export interface Erasure {
  readonly id: string;
  /** Random; what tells the address is the hash of both. */
  readonly salt: string;
  readonly hash: string;
  readonly requestedAt: number;
  /** Where the walk over the record goes on; null: it has been everywhere. */
  readonly place: Place | null;
  /** Messages that have the address and were not final yet: they are looked at again. */
  readonly pending: readonly string[];
  /** There were more of those than are noted: the record is walked once more. */
  readonly isCut: boolean;
  /** Messages and dead letters that it was erased from. */
  readonly erased: number;
}
