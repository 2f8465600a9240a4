import type { Identity } from '../../ports.ts';

/** The two header fields that belong to the transaction, `Message-ID` and `Date` (RFC 5322, in +0000), with CRLF. */
export function renderIdentity(identity: Identity): Buffer {
  // toUTCString is RFC 5322's form but for the zone, whose name is obsolete there.
  const date = new Date(identity.dateMs).toUTCString().replace('GMT', '+0000');
  return Buffer.from(`Message-ID: ${identity.messageId}\r\nDate: ${date}\r\n`, 'ascii');
}

/**
 * The most that these fields take: 6 + 31 + 2 bytes for the date; the Message-ID is made of 26 characters of the id, a
 * delivery of at most 2 and an attempt of at most 10 digits, their dots and brackets, and a domain of at most 253.
 */
export const IDENTITY_MAX_BYTES =
  'Date: '.length + 31 + 2 + 'Message-ID: '.length + 26 + 1 + 2 + 1 + 10 + 1 + 253 + 2 + 2;
