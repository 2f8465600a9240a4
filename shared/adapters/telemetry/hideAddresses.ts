/** What stands in the place of an address. */
const HIDDEN = '[address]';

/** A local part, quoted or not, and what follows its @, as they stand in a server's words, a log line or a header. */
const ADDRESS = /(?:"[^"\s]*"|[^\s<>"'(),;:=[\]{}|]+)@[^\s<>"'(),;:=[\]{}|]+/gu;

/**
 * The last door before telemetry leaves the process: whatever a flow or an SDK put into a text, an address that is no sender
 * account's does not go out. Servers quote the recipient in their replies, and replies become causes.
 */
export function makeHideAddresses(accounts: readonly string[]): (text: string) => string {
  const known = new Set(accounts.map((account) => account.toLowerCase()));
  return (text) =>
    text.includes('@')
      ? text.replace(ADDRESS, (found) => {
          const bare = found.replace(/[.!?…]+$/u, '');
          const isAccount = known.has(bare.toLowerCase().replace(/^account:/u, ''));
          return isAccount ? found : HIDDEN + found.slice(bare.length);
        })
      : text;
}
