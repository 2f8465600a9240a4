import type { Capabilities } from './capabilities.ts';
import type { Step } from '../smtpDialogue.ts';

/** A line for the server, without its CRLF, and what it is a step of. */
export interface Command {
  readonly step: Step;
  readonly line: string;
}

export const RESET: Command = { step: 'reset', line: 'RSET' };
export const DATA: Command = { step: 'data', line: 'DATA' };

/** What could end an address or a line; no address that was checked (emailAddress.ts) has it. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const BREAKS_OUT = /[\x00-\x20<>\x7F-\uFFFF]/;

/** An address that cannot stand in a command; null: all can. */
export function unfitAddress(addresses: readonly string[]): string | null {
  return addresses.find((address) => address === '' || BREAKS_OUT.test(address)) ?? null;
}

/**
 * MAIL and all RCPT. The size is announced (RFC 1870), also where it is above what the server says it takes: it then refuses at
 * MAIL, before any of its data.
 */
export function envelopeOf(
  sender: string,
  recipients: readonly string[],
  sizeBytes: number,
  { sizeLimitBytes }: Capabilities,
): readonly Command[] {
  const size = sizeLimitBytes === null ? '' : ` SIZE=${sizeBytes}`;
  return [
    { step: 'mail', line: `MAIL FROM:<${sender}>${size}` },
    ...recipients.map((recipient): Command => ({ step: 'rcpt', line: `RCPT TO:<${recipient}>` })),
  ];
}
