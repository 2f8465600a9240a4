/**
 * What the flows need of the world, with the failures they must handle in the type.
 *
 * Whatever is not in a type is thrown: `Unavailable` where the neighbour did not answer as it should (the item then
 * comes back after 3 minutes), anything else is a defect. Adapters translate, flows decide.
 */
import type { AppRules } from './core/appRules.ts';
import type { Delivery } from './core/delivery.ts';
import type { Identity } from './core/identity.ts';
import type { Message } from './core/message.ts';
import type { TokenFailure } from './core/oauthRules.ts';
import type { Lease } from './core/lease.ts';
import type { TakenByHour } from './core/quotaLedger.ts';
import type {
  DayReport,
  DeadLetter,
  DeadLetterFacts,
  DeliveryItem,
  Head,
  Standing,
  TouchedDay,
} from './core/records.ts';
import type { Reply, SmtpStage, TransportFailure } from './core/reply.ts';
import type { QuotaScope, WaitingRow } from './core/rooms.ts';

export type { Identity } from './core/identity.ts';
export type { DeadLetterFacts } from './core/records.ts';
export type { TransportFailure } from './core/reply.ts';

/** A neighbour (Storage, …) did not answer, or not as it should: nothing may be concluded from it. */
export class Unavailable extends Error {
  readonly what: string;
  constructor(what: string, cause: unknown) {
    super(`${what} did not answer as it should: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'Unavailable';
    this.what = what;
  }
}

// --- Key Vault -------------------------------------------------------------------------------------------------------

export interface SecretFailure {
  readonly kind: 'missing' | 'disabled' | 'forbidden' | 'throttled' | 'unavailable';
  readonly cause: string;
  readonly remedy: string;
  readonly retryAfterMs: number | null;
}
export type SecretRead =
  | { readonly ok: true; readonly value: string; readonly version: string }
  | { readonly ok: false; readonly failure: SecretFailure };
export interface SecretStore {
  /** Reads the latest version. Never rejects for what Key Vault or the network does. */
  read(name: string): Promise<SecretRead>;
}

// --- Entra ID --------------------------------------------------------------------------------------------------------

export type TokenRead =
  | {
      readonly ok: true;
      readonly accessToken: string;
      /** How long it lives from now; more than HVE's margin. */
      readonly lifeMs: number;
    }
  | { readonly ok: false; readonly failure: TokenFailure };
export interface TokenSource {
  /**
   * A new access token for SMTP, each time: never one from memory. `secret`: the application's client secret, or its certificate
   * with its key; null where the app's managed identity is the proof. Never rejects for what Entra ID or the network does.
   */
  request(secret: string | null): Promise<TokenRead>;
}

// --- Composing and SMTP ----------------------------------------------------------------------------------------------

/** The bytes of an attachment, already fetched. */
export interface LoadedAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly disposition: 'attachment' | 'inline';
  readonly bytes: Uint8Array;
}

/** What goes into the MIME message; composed once, however many transactions carry it. */
export interface MailContent {
  readonly message: Message;
  /** The account the mail goes through: the From address. */
  readonly account: string;
  /** The account's display name where the message gives none. */
  readonly displayName: string | null;
  readonly attachments: readonly LoadedAttachment[];
  /** False: the headers say `To: undisclosed-recipients:;` and no Cc (a split message leaks no list). */
  readonly showRecipients: boolean;
  /** Set where HVE_REDIRECT_TO replaces the recipients: the real ones go in X-Original-To. */
  readonly originalTo: readonly string[] | null;
}

/** A message without its Message-ID and Date: those belong to the transaction. CRLF line ends. */
export interface ComposedMail {
  readonly bytes: Uint8Array;
}

export interface Composer {
  compose(content: MailContent): Promise<ComposedMail>;
  /** Bytes on the wire with identity headers and dot-stuffing, as the server counts them against its limit. */
  sizeOnTheWire(mail: ComposedMail): number;
}

export type Credential =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'oauth'; readonly accessToken: string };

export interface Transaction {
  /** The sender account: login, MAIL FROM and From. */
  readonly account: string;
  readonly credential: Credential;
  /** Envelope recipients, each once. */
  readonly recipients: readonly string[];
  readonly identity: Identity;
  readonly mail: ComposedMail;
  /**
   * Asked just before the last byte can go. False: the transaction is given up, every recipient is `notSent`.
   * After it answered true, a lost connection means `unknown`.
   */
  readonly pointOfNoReturn: () => boolean;
}

/** What became of one envelope recipient. `reply` is null where none came (socket, timeout). */
export type RecipientResult =
  | { readonly result: 'accepted'; readonly reply: Reply }
  | { readonly result: 'refused'; readonly reply: Reply; readonly stage: SmtpStage }
  /** Nothing of the mail can have reached anybody. */
  | { readonly result: 'notSent'; readonly failure: TransportFailure }
  /** The last byte may have gone, the answer never came. */
  | { readonly result: 'unknown'; readonly failure: TransportFailure };

export interface TransactionResult {
  /** One for each recipient of the transaction, in its order. */
  readonly recipients: readonly RecipientResult[];
}

export interface MailTransport {
  /** One SMTP transaction. Never rejects for what the server or the network does, never tries again by itself. */
  send(transaction: Transaction): Promise<TransactionResult>;
  /** Connects, logs in, quits. null: it went well. For probes and health. */
  verify(account: string, credential: Credential): Promise<TransportFailure | null>;
  /** At most this many connections for the account from now on (at least 1). */
  setConnections(account: string, connections: number): void;
  /** Ends all connections; transactions under way end as they can. */
  close(): Promise<void>;
}

// --- Storage ---------------------------------------------------------------------------------------------------------

/** A row that a newer version of this program wrote: left alone, the item is given back (R10). */
export class NewerVersion extends Error {
  constructor(what: string) {
    super(`${what} was written by a newer version of hve-mailer; this one leaves it alone`);
    this.name = 'NewerVersion';
  }
}

export interface StoredDelivery {
  readonly delivery: Delivery;
  readonly etag: string;
  /** Only of a message of one delivery, whose row has both. */
  readonly head: StoredHead | null;
}

export interface StoredHead {
  readonly head: Head;
  /** The payload where it lies in the row. */
  readonly payload: Uint8Array | null;
}

export interface StoredMessage {
  readonly head: StoredHead;
  /** In their order; one, of number 0, where the message is not split. */
  readonly deliveries: readonly StoredDelivery[];
}

export interface DeliveryChange {
  readonly next: Delivery;
  /** Of the row as it was read. */
  readonly etag: string;
}

export interface MessageFilter {
  readonly app?: string | undefined;
  readonly tag?: string | undefined;
  readonly reference?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface MessageStore {
  /** One transaction (R2). `inserted: false`: the message stands already, written by somebody else (R1). */
  insert(
    message: StoredHead,
    deliveries: readonly Delivery[],
  ): Promise<{ readonly inserted: true; readonly etags: readonly string[] } | { readonly inserted: false }>;
  readDelivery(id: string, delivery: number): Promise<StoredDelivery | null>;
  readHead(id: string): Promise<StoredHead | null>;
  readMessage(id: string): Promise<StoredMessage | null>;
  /** Compare-and-swap of a delivery's row. The new ETag, or null: it has changed meanwhile. */
  replace(next: Delivery, etag: string): Promise<string | null>;
  /** Compare-and-swap of several rows of one message, all or none. False: one of them has changed meanwhile. */
  replaceAll(changes: readonly DeliveryChange[]): Promise<boolean>;
  /**
   * The one row of a rejected message, by its ETag, becomes the message: as `insert` writes it, in one transaction, with
   * nothing of what stood there. False: it has changed meanwhile.
   */
  recordAnew(message: StoredHead, deliveries: readonly Delivery[], etag: string): Promise<boolean>;
  /**
   * Every delivery of a UTC day, without order and without heads (`head` is null). Throws `NewerVersion` at the end, after all
   * others, where rows of a newer version lie there too: nothing may be concluded from the day.
   */
  scanDay(day: string, only?: 'moving'): AsyncIterable<StoredDelivery>;
  /** Heads with ids from `from` on and below `below`, of one UTC day; ascending within each of its 16 partitions only. */
  listHeads(day: string, from: string, below: string, filter: MessageFilter): AsyncIterable<Head>;
}

export interface WaitingRooms {
  /** Inserts or replaces. */
  put(row: WaitingRow): Promise<void>;
  has(room: string, key: string): Promise<boolean>;
  /** The first row in the room's order. */
  front(room: string): Promise<WaitingRow | null>;
  /** In the room's order. */
  walk(room: string): AsyncIterable<{ readonly row: WaitingRow; readonly etag: string }>;
  /** False: it was written anew meanwhile, and stays. */
  remove(row: WaitingRow, etag: string): Promise<boolean>;
  /** The names of the rooms that have a row. */
  rooms(): AsyncIterable<string>;
}

export type QueueName = 'deliveries' | 'bulk';

export interface DeliveryQueues {
  put(queue: QueueName, item: DeliveryItem, delayMs: number): Promise<void>;
  /** Since when the front item that was never taken is visible; null: there is none among the first ones. */
  frontVisibleSince(queue: QueueName): Promise<number | null>;
}

/** A queue as it is now. */
export interface QueueState {
  readonly queue: string;
  /** The host's queue for what it gave up: empty by design. */
  readonly isPoison: boolean;
  /** About so many, those that are out of sight included. */
  readonly messages: number;
  /** Since when the front item that was never taken is visible; null: there is none. */
  readonly visibleSince: number | null;
}

export interface QueueGauge {
  /** The three queues, and their poison queues. */
  look(): Promise<readonly QueueState[]>;
}

export interface Days {
  /** Never goes back: read, then compare-and-swap to the larger; what the last scan saw no longer holds. */
  touch(day: string, at: number): Promise<void>;
  touched(): Promise<readonly { readonly value: TouchedDay; readonly etag: string }[]>;
  /** What a settled scan saw, if nobody touched the day since `etag`. */
  noteScan(day: string, earliestDue: number | 'quiet', etag: string): Promise<boolean>;
  forget(day: string, etag: string): Promise<void>;
  /** The sweep was here. */
  beat(at: number): Promise<void>;
  lastBeat(): Promise<number | null>;
  /** False: the day was closed already. */
  insertReport(report: DayReport): Promise<boolean>;
  readReport(day: string): Promise<DayReport | null>;
  /** Of the closed days from one to the other, both included, the newest first. A newer version's are passed over. */
  reports(from: string, to: string): AsyncIterable<DayReport>;
}

export interface Standings {
  /** Accounts, `tenant` and `external` that have trouble or had some; an account without a row is active. */
  readAll(): Promise<readonly { readonly value: Standing; readonly etag: string }[]>;
  /** `etag` null: there is no row yet. False: it has changed meanwhile. */
  replace(standing: Standing, etag: string | null): Promise<boolean>;
}

export interface DeadLetters {
  /** Upserts by day and key. */
  put(letter: DeadLetter): Promise<void>;
  remove(day: string, key: string): Promise<void>;
  read(day: string, key: string): Promise<DeadLetter | null>;
  /** Days that have a letter, the newest first. */
  days(): Promise<readonly string[]>;
  /** A day's letters by descending key, which begins with the message's id: the newest message first. */
  list(day: string, filter: DeadLetterFilter): AsyncIterable<DeadLetterFacts>;
}

export interface DeadLetterFilter {
  readonly reason?: DeadLetter['reason'] | undefined;
  readonly app?: string | undefined;
  /** Only keys below this one: a page goes on there. */
  readonly below?: string | undefined;
}

export interface Apps {
  /** Null: nothing was laid down for the app. */
  read(name: string): Promise<AppRules | null>;
  /** Whatever stands there. */
  write(rules: AppRules): Promise<void>;
}

export interface IdempotencyKeys {
  /** Inserts, or answers what stands there. An expired one is replaced. */
  claim(key: KeyRecord, now: number): Promise<KeyRecord>;
}
export interface KeyRecord {
  readonly app: string;
  readonly key: string;
  readonly messageId: string;
  /** SHA-256 of the body. */
  readonly fingerprint: string;
  readonly expiresAt: number;
}

export type BlobRead =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'missing' | 'tooLarge' };

/** Packs what is stored; deflate. */
export interface Codec {
  pack(text: string): Uint8Array;
  unpack(bytes: Uint8Array): string;
}

export interface Blobs {
  /** Ours: payloads above what a row holds. */
  putPayload(name: string, bytes: Uint8Array): Promise<void>;
  readPayload(name: string): Promise<Uint8Array | null>;
  /** The producers': claim checks and attachments. */
  contentSize(path: string): Promise<number | null>;
  readContent(path: string, atMostBytes: number): Promise<BlobRead>;
}

/** A scope's row of the ledger. */
export interface ScopeRow {
  readonly taken: TakenByHour;
  /** Null: there is no row yet. */
  readonly etag: string | null;
}

export interface LeaseRow {
  readonly lease: Lease;
  readonly etag: string;
}

/** Of one moment, as far as a query over one partition is. */
export interface LedgerState {
  readonly scopes: ReadonlyMap<QuotaScope, ScopeRow>;
  /** Not closed yet; by id, so that the oldest hour comes first. */
  readonly leases: readonly LeaseRow[];
}

export interface LedgerChange {
  /** As the scopes' rows are to be, with the ETags they were read with. */
  readonly scopes: ReadonlyMap<QuotaScope, ScopeRow>;
  /** Inserted. */
  readonly open: Lease | null;
  /** Deleted, whatever was noted on them since they were read. Where one of them has gone, nothing is done. */
  readonly close: readonly LeaseRow[];
}

/** What a change left behind. `scopes` null: it was done, but the rows' new ETags are not known. */
export interface LedgerWritten {
  readonly scopes: ReadonlyMap<QuotaScope, ScopeRow> | null;
  /** Of the lease that was opened. */
  readonly leaseEtag: string | null;
}

/** The quota's one partition. It decides nothing: who writes has decided by what was read. */
export interface Ledger {
  read(): Promise<LedgerState>;
  /**
   * One transaction of at most 100 rows. Null: a row has changed since it was read, and nothing was done. `Unavailable`: it may
   * have been done, or may still be; whoever sends another change over the same rows keeps it from that.
   */
  write(change: LedgerChange): Promise<LedgerWritten | null>;
  /** What the lease's owner has spent, for the usage. The new ETag, or null: the lease has changed, or was closed. */
  noteSpent(lease: Lease, etag: string): Promise<string | null>;
}

// --- The instance ----------------------------------------------------------------------------------------------------

export interface Clock {
  /** Storage's clock, in milliseconds since the epoch. Throws `Unavailable` where it is not known (R9). */
  now(): number;
  /** Milliseconds since any moment; never goes back. For deadlines inside the process. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/** Structured: the words for people, the fields for queries. Never an address or a subject at `info`. */
export interface Log {
  (level: 'info' | 'warn' | 'error', text: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Randomness and waiting, as arguments. */
export interface Chance {
  /** In [0, 1). */
  random(): number;
  bytes(count: number): Uint8Array;
}

/** What an instance does beside the triggers. It keeps no process alive, and nothing relies on it: a process may end. */
export interface Background {
  /** Runs the work again and again, never twice at once, until the answered function is called. `work` never rejects. */
  every(ms: number, work: () => Promise<void>): () => void;
}

/** All that the flows are made of. */
export interface Ports {
  readonly store: MessageStore;
  readonly rooms: WaitingRooms;
  readonly queues: DeliveryQueues;
  readonly queueGauge: QueueGauge;
  readonly days: Days;
  readonly standings: Standings;
  readonly deadLetters: DeadLetters;
  readonly keys: IdempotencyKeys;
  readonly apps: Apps;
  readonly blobs: Blobs;
  readonly ledger: Ledger;
  readonly codec: Codec;
  readonly composer: Composer;
  readonly transport: MailTransport;
  readonly secrets: SecretStore;
  /** null: no account logs in by OAuth. */
  readonly tokens: TokenSource | null;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly background: Background;
}
