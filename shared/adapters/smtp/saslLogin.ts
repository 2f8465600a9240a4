import type { Credential } from '../../ports.ts';

/**
 * Passwords go by AUTH LOGIN only (HVE has no PLAIN), access tokens by XOAUTH2; nothing else is fallen back on. Why the
 * credential cannot log in where the server offers these `capabilities`; null: it can.
 */
export function missingLogin(credential: Credential, capabilities: readonly string[]): string | null {
  const mechanism = credential.kind === 'password' ? 'LOGIN' : 'XOAUTH2';
  const offered =
    capabilities
      .find((line) => line.startsWith('AUTH '))
      ?.split(/\s+/)
      .slice(1) ?? [];
  if (offered.includes(mechanism)) return null;
  const others = offered.length === 0 ? 'no login at all' : `only ${offered.join(' ')}`;
  return `the server does not offer AUTH ${mechanism}, but ${others}`;
}

export function encodeXoauth2(account: string, accessToken: string): string {
  return Buffer.from(`user=${account}\u0001auth=Bearer ${accessToken}\u0001\u0001`).toString('base64');
}
