import { isIPv4, isIPv6 } from 'node:net';

/** RFC 1035 section 2.3.4. */
const MAX_DOMAIN_CHARACTERS = 253;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** A domain or an address literal (RFC 5321 section 4.1.3): all else Exchange refuses as an EHLO name. */
export function isValidEhloName(name: string): boolean {
  const literal = /^\[(.*)\]$/.exec(name)?.[1];
  if (literal !== undefined) {
    return /^ipv6:/i.test(literal) ? isIPv6(literal.slice('ipv6:'.length)) : isIPv4(literal);
  }
  return name.length <= MAX_DOMAIN_CHARACTERS && name.split('.').every((label) => LABEL.test(label));
}
