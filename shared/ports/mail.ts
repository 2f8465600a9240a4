/** Composing and SMTP. */
import type { Identity } from '../core/identity.ts';
import type { Message } from '../core/message.ts';
import type { Reply, SmtpStage, TransportFailure } from '../core/reply.ts';

/** An attachment, already fetched. */
export interface LoadedAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly disposition: 'attachment' | 'inline';
  readonly content:
    /** As the message carries it: base64 without line breaks, filled up with `=`. */
    | { readonly kind: 'inline'; readonly base64: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array };
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

/**
 * A message without its Message-ID and Date: those belong to the transaction. CRLF line ends, also at its own end.
 * A mail of 10 MB is never one buffer: whoever sends it takes the pieces as they are.
 */
export interface ComposedMail {
  /**
   * One after another they are the mail, the same each time they are gone through; what is large is encoded on the way. They
   * end anywhere, also between CR and LF.
   */
  readonly pieces: Iterable<Uint8Array>;
  /** Of all pieces together. */
  readonly sizeBytes: number;
}

export interface Composer {
  compose(content: MailContent): Promise<ComposedMail>;
  /** Bytes as the server counts them against its limit: with the longest identity, without the dots that SMTP doubles. */
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

/** How long a stage took, with the server's answer to it; only what came to an answer has one. */
export interface StageTime {
  readonly stage: SmtpStage;
  readonly ms: number;
}

export interface TransactionResult {
  /** One for each recipient of the transaction, in its order. */
  readonly recipients: readonly RecipientResult[];
  /** In their order; those before MAIL where a connection was opened for it. Absent: not measured. */
  readonly stages?: readonly StageTime[];
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
