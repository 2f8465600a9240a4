/** What a port throws that its type does not name. */

/** A neighbour (Storage, …) did not answer, or not as it should: nothing may be concluded from it. */
export class Unavailable extends Error {
  readonly what: string;
  constructor(what: string, cause: unknown) {
    super(`${what} did not answer as it should: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'Unavailable';
    this.what = what;
  }
}

/** A row that a newer version of this program wrote: left alone, the item is given back (R10). */
export class NewerVersion extends Error {
  constructor(what: string) {
    super(`${what} was written by a newer version of hve-mailer; this one leaves it alone`);
    this.name = 'NewerVersion';
  }
}
