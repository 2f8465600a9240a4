/**
 * What the flows need of the world, with the failures they must handle in the type.
 *
 * Whatever is not in a type is thrown: `Unavailable` where the neighbour did not answer as it should (the item then
 * comes back after 3 minutes), anything else is a defect. Adapters translate, flows decide.
 * One file for each neighbour lies in ports/; everybody imports from here.
 */
import type { Blobs, Codec, MessageStore } from './ports/messages.ts';
import type { DeliveryQueues, QueueGauge, WaitingRooms } from './ports/queues.ts';
import type { Apps, Days, DeadLetters, IdempotencyKeys, Standings } from './ports/tables.ts';
import type { Ledger } from './ports/ledger.ts';
import type { KeptMessages, RetentionNotes } from './ports/retention.ts';
import type { Composer, MailTransport } from './ports/mail.ts';
import type { SecretStore, TokenSource } from './ports/login.ts';
import type { Background, Chance, Clock } from './ports/instance.ts';
import type { MailServer, StorageInspector } from './ports/inspection.ts';
import type { Telemetry } from './ports/telemetry.ts';

export type { Identity } from './core/identity.ts';
export type { DeadLetterFacts } from './core/records.ts';
export type { TransportFailure } from './core/reply.ts';
export * from './ports/failures.ts';
export * from './ports/login.ts';
export * from './ports/mail.ts';
export * from './ports/messages.ts';
export * from './ports/queues.ts';
export * from './ports/tables.ts';
export * from './ports/ledger.ts';
export * from './ports/inspection.ts';
export * from './ports/retention.ts';
export * from './ports/instance.ts';
export * from './ports/pageFiles.ts';
export * from './ports/telemetry.ts';

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
  readonly kept: KeptMessages;
  readonly retentionNotes: RetentionNotes;
  readonly codec: Codec;
  readonly composer: Composer;
  readonly transport: MailTransport;
  readonly secrets: SecretStore;
  /** null: no account logs in by OAuth. */
  readonly tokens: TokenSource | null;
  readonly mailServer: MailServer;
  readonly storageInspector: StorageInspector;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly background: Background;
  readonly telemetry: Telemetry;
}
