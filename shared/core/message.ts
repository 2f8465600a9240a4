/**
 * A message as an app submitted it, after validation: one shape, every optional field resolved.
 * The wire contract (what producers may write) is messageSchema.ts; this is what the rest of the code sees.
 */
export type Priority = 'critical' | 'normal' | 'bulk';

export interface Mailbox {
  readonly address: string;
  readonly displayName: string | null;
}

export interface Attachment {
  readonly name: string;
  readonly contentType: string;
  /** Without angle brackets; an inline picture is named by it in the HTML. */
  readonly contentId: string | null;
  readonly disposition: 'attachment' | 'inline';
  /** A blob lies in the producers' container; `path` is its name there. */
  readonly content:
    | { readonly kind: 'inline'; readonly base64: string }
    | { readonly kind: 'blob'; readonly path: string };
}

export interface Message {
  readonly app: string;
  readonly idempotencyKey: string | null;
  readonly reference: string | null;
  /** `sender` is a sender account's address or a pool's name as written; null: the first account. */
  readonly from: { readonly sender: string | null; readonly displayName: string | null };
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly bcc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly Attachment[];
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly importance: 'low' | 'normal' | 'high';
  readonly sensitivity: 'normal' | 'personal' | 'private' | 'confidential';
  readonly priority: Priority;
  /** Milliseconds since the epoch. */
  readonly sendAt: number | null;
  readonly expiresAt: number | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly split: 'auto' | 'never';
  readonly onQuota: 'defer' | 'reject';
  readonly onUnknown: 'resend' | 'hold';
  readonly mode: 'live' | 'capture';
}

/** One thing that is wrong with what a producer sent. `pointer` is a JSON pointer (RFC 6901), '' for the whole. */
export interface Problem {
  readonly pointer: string;
  readonly code: string;
  /** What was expected, what came, what to do. Never the content of a mail. */
  readonly detail: string;
}
