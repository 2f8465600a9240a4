/** What an SMTP server answered. `text` is the whole reply on one line, e.g. `550 5.1.10 RESOLVER.ADR…`. */
export interface Reply {
  readonly code: number;
  /** RFC 3463, e.g. `5.1.10`; null where the server gave none. */
  readonly enhanced: string | null;
  readonly text: string;
}

/** Where in the dialogue something happened, in its order. `end-of-data`: after the last byte could have gone. */
export type SmtpStage =
  | 'dns'
  | 'connect'
  | 'tls'
  | 'ehlo'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'end-of-data';

/** Why a transaction, or the way to it, failed without an answer for each recipient. */
export interface TransportFailure {
  readonly stage: SmtpStage;
  /** The server's reply, if it was one that ended the transaction or the connection. */
  readonly reply: Reply | null;
  /** In words: `ECONNREFUSED 127.0.0.1:2587`, `certificate has expired`, `no answer within 60 s`, `given up before the last byte`. */
  readonly error: string;
  /** True where the transport itself gave up because pointOfNoReturn said no. */
  readonly givenUp: boolean;
}

export type ReplyScope = 'recipient' | 'message' | 'account' | 'tenant' | 'external' | 'session';
export type ReplyAction = 'retry' | 'throttle' | 'refresh-token-once' | 'fail' | 'pause' | 'duplicate';

/** What a reply, or the lack of one, means and who must do what. */
export interface Verdict {
  readonly scope: ReplyScope;
  readonly action: ReplyAction;
  readonly cause: string;
  readonly remedy: string;
}
