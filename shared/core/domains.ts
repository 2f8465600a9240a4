import { toAsciiDomain } from './emailAddress.ts';

/**
 * Whether the recipient is inside the organisation. `patterns` are domains as `parseDomainPattern` gives them:
 * `contoso.com` is that domain alone, `*.contoso.com` all below it and not itself.
 */
export function isInternal(address: string, patterns: readonly string[]): boolean {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern,
  );
}

/** In lower case and ASCII; null where the text is neither a domain nor `*.` and one. */
export function parseDomainPattern(text: string): string | null {
  const isWildcard = text.startsWith('*.');
  const domain = toAsciiDomain(isWildcard ? text.slice(2) : text);
  return domain === null || !isWildcard ? domain : `*.${domain}`;
}
