import { ADDRESS_IN_TEXT } from '../../core/addressInText.ts';

/** What stands in the place of an address. */
const HIDDEN = '[address]';

/**
 * The last door before telemetry leaves the process: whatever a flow or an SDK put into a text, an address that is no sender
 * account's does not go out. Servers quote the recipient in their replies, and replies become causes.
 */
export function makeHideAddresses(accounts: readonly string[]): (text: string) => string {
  const known = new Set(accounts.map((account) => account.toLowerCase()));
  return (text) => (text.includes('@') ? text.replace(ADDRESS_IN_TEXT, hideUnlessKnown) : text);

  function hideUnlessKnown(found: string): string {
    const start = /^["']?/u.exec(found)?.[0] ?? '';
    const end = /[.!?…]*$/u.exec(found)?.[0] ?? '';
    const address = found.slice(start.length, found.length - end.length);
    return known.has(address.toLowerCase()) ? found : start + HIDDEN + end;
  }
}
