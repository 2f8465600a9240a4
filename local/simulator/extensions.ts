/** Of the extensions that a client may or may not use to be faster; the others are always offered. */
export type SmtpExtension = 'PIPELINING' | 'CHUNKING';

/**
 * As smtp.office365.com does. What the front end of High Volume Email offers is not published; a client has to read it
 * anyway (hence `OFFERS`: what it does when it finds less can be seen here).
 */
export const ALL_EXTENSIONS: readonly SmtpExtension[] = ['PIPELINING', 'CHUNKING'];

/** By the word for it on a command line; each offers what the one before does. */
export const OFFERS = {
  none: [],
  pipelining: ['PIPELINING'],
  chunking: ALL_EXTENSIONS,
} as const satisfies Readonly<Record<string, readonly SmtpExtension[]>>;

export type Offer = keyof typeof OFFERS;

/** Throws a RangeError that names the option `--extensions`. */
export function readOffer(text: string): Offer {
  if (text === 'none' || text === 'pipelining' || text === 'chunking') return text;
  throw new RangeError(`--extensions takes none, pipelining or chunking, not "${text}".`);
}
