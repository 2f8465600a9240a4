/** What stands in the place of an address. */
const HIDDEN = '[address]';

/**
 * RFC 5321's addresses, and more than those: a quoted local part or any characters of one, and a domain or an address literal.
 * What is hidden too much is a word less; what is hidden too little is a person's address. Each part is bounded, so that a long
 * text costs no more than its length.
 */
const ADDRESS =
  /(?:"[^"\r\n]{1,64}"|[^\s<>(),:;[\]\\@]{1,128})@(?:\[[^\]\s]{0,64}\]|[^\s<>"'(),;:=[\]{}|\\@]{1,255})/gu;

/**
 * The last door before telemetry leaves the process: whatever a flow or an SDK put into a text, an address that is no sender
 * account's does not go out. Servers quote the recipient in their replies, and replies become causes.
 */
export function makeHideAddresses(accounts: readonly string[]): (text: string) => string {
  const known = new Set(accounts.map((account) => account.toLowerCase()));
  return (text) => (text.includes('@') ? text.replace(ADDRESS, hideUnlessKnown) : text);

  function hideUnlessKnown(found: string): string {
    const start = /^["']?/u.exec(found)?.[0] ?? '';
    const end = /[.!?…]*$/u.exec(found)?.[0] ?? '';
    const address = found.slice(start.length, found.length - end.length);
    return known.has(address.toLowerCase()) ? found : start + HIDDEN + end;
  }
}
