/** A look at the neighbours that changes nothing, for the deep health check. */
import type { TransportFailure } from '../core/reply.ts';

export interface ServerCertificate {
  /** Of its subject alternative names, or its common name. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Milliseconds since the epoch, by the machine's clock as TLS judges it. */
  readonly expiresAt: number;
  readonly lifeLeftMs: number;
}

/** How far one came with the SMTP server, without a login. */
export interface ServerInspection {
  readonly host: string;
  readonly port: number;
  /** Null: the host is an address already, or was not resolved. */
  readonly addresses: readonly string[] | null;
  /** From the lookup to the connection; null: there was none. */
  readonly connectMs: number | null;
  /** Seen also where it was not trusted: `failure` then says why. */
  readonly certificate: ServerCertificate | null;
  /** What it offers after STARTTLS. */
  readonly capabilities: readonly string[];
  /** Null: it came to EHLO on a secure connection. Its stage is one before `auth`. */
  readonly failure: TransportFailure | null;
}

export interface MailServer {
  /** Name, connection, greeting, STARTTLS, certificate, EHLO, all `withinMs`; no login. Never rejects. */
  inspect(withinMs: number): Promise<ServerInspection>;
}

export interface StorageService {
  readonly service: 'queues' | 'tables' | 'blobs';
  /** Null: it was written to and read. */
  readonly failure: {
    /** Null: no answer came. */
    readonly status: number | null;
    /** Storage's code and words, without what was sent. */
    readonly said: string;
  } | null;
}

export interface StorageInspection {
  readonly services: readonly StorageService[];
  /** This machine's clock less Storage's; null: Storage's is not known. */
  readonly machineAheadMs: number | null;
}

export interface StorageInspector {
  /** Writes and reads what nobody else reads, and removes it again. Never rejects. */
  inspect(): Promise<StorageInspection>;
}
