import type { Offer } from '../../local/simulator/extensions.ts';

/** A mail server as Debian packages it, started for a test with a configuration of our own. */
export interface RealServer {
  readonly host: string;
  /** By what is offered there, beside what every submission server must. */
  readonly ports: Readonly<Record<Offer, number>>;
  /** PEM of the CA of its certificate. */
  readonly ca: string;
  /** The mails of a recipient that were delivered, their line ends LF, without what the server put before the first line. */
  delivered(recipient: string): Promise<readonly string[]>;
  /** What it has logged so far. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** What it is to know of the world. All recipients that are not in the list are refused at RCPT. */
export interface RealServerOptions {
  readonly account: { readonly address: string; readonly password: string };
  readonly recipients: readonly string[];
  /** Of a whole message. */
  readonly maxBytes: number;
}
