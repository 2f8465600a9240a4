import type { SmtpTimeouts } from './smtpTimeouts.ts';

/** What any of the mail transports wants to know. */
export interface SmtpTransportOptions {
  readonly host: string;
  readonly port: number;
  /** PEM of the only CA to trust (development: the simulator's own); null: those that Node trusts. */
  readonly ca: string | null;
  /** A domain name or an address literal such as `[127.0.0.1]`; Exchange refuses anything else. */
  readonly ehloName: string;
  /** Connections of each account at most, until `setConnections` says otherwise. */
  readonly connections: number;
  readonly timeouts?: Partial<SmtpTimeouts>;
  /** Told of each connection that was opened (with what the server offers) or could not be. No secrets. */
  readonly log?: (
    level: 'detail' | 'info',
    text: string,
    fields: Readonly<Record<string, string | number | null>>,
  ) => void;
}
