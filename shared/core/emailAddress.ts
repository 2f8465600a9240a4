/**
 * The syntax of one address, as far as Exchange Online takes it: a dot-atom before the @, a domain name after it
 * (RFC 5321 4.1.2 without quoted local parts and address literals). Whether it exists is the server's matter.
 */
export type AddressCheck =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly code: 'address_invalid' | 'address_not_ascii'; readonly detail: string };

/** RFC 5321 4.5.3.1; 254 is what is left of a path of 256 octets without its angle brackets. */
const MAX_LOCAL_PART_OCTETS = 64;
const MAX_ADDRESS_OCTETS = 254;
const MAX_DOMAIN_OCTETS = 253;

const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ASCII_DOMAIN = /^[A-Za-z0-9.-]+$/;
/** Nothing that means something in a URL, which converts international names. */
const DOMAIN_CHARACTERS = /^[A-Za-z0-9.\-\u00A1-\u{10FFFF}]+$/u;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const NON_ASCII = /[^\x00-\x7F]/;

/** The address with its domain in lower case and in ASCII (`ü` becomes punycode); the local part stays as written. */
export function checkAddress(text: string): AddressCheck {
  const at = text.lastIndexOf('@');
  if (at === -1) return invalid('it has no @');
  const localPart = text.slice(0, at);
  if (localPart === '') return invalid('nothing stands before the @');
  if (NON_ASCII.test(localPart)) {
    return {
      ok: false,
      code: 'address_not_ascii',
      detail: 'before the @ only ASCII characters can be sent (the server need not speak SMTPUTF8)',
    };
  }
  if (localPart.length > MAX_LOCAL_PART_OCTETS) {
    return invalid(
      `${localPart.length} characters stand before the @, at most ${MAX_LOCAL_PART_OCTETS} are allowed`,
    );
  }
  if (!DOT_ATOM.test(localPart)) return invalid('what stands before the @ has a character or a dot too many');
  const domain = toAsciiDomain(text.slice(at + 1));
  if (domain === null) return invalid('what stands after the @ is no domain name such as contoso.com');
  const address = `${localPart}@${domain}`;
  if (address.length > MAX_ADDRESS_OCTETS) {
    return invalid(`it has ${address.length} characters, at most ${MAX_ADDRESS_OCTETS} are allowed`);
  }
  return { ok: true, address };
}

/** `Bücher.example` → `xn--bcher-kva.example`; null where the text is no domain of at least two labels. */
export function toAsciiDomain(text: string): string | null {
  if (!DOMAIN_CHARACTERS.test(text)) return null;
  const domain = ASCII_DOMAIN.test(text) ? text.toLowerCase() : convertInternational(text);
  if (domain === null || domain.length > MAX_DOMAIN_OCTETS) return null;
  const labels = domain.split('.');
  const last = labels.at(-1) ?? '';
  return labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(last)
    ? domain
    : null;
}

/** The URL parser is where the platform keeps IDNA (UTS 46). */
function convertInternational(domain: string): string | null {
  const url = `http://${domain}/`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}

/** Two spellings of one mailbox have the same key: Exchange ignores case on both sides of the @. */
export function addressKey(address: string): string {
  return address.toLowerCase();
}

function invalid(detail: string): AddressCheck {
  return { ok: false, code: 'address_invalid', detail };
}
