import type { Credential } from '../../ports.ts';

export function isSameCredential(one: Credential, other: Credential): boolean {
  return one.kind === other.kind && secretOf(one) === secretOf(other);
}

function secretOf(credential: Credential): string {
  return credential.kind === 'password' ? credential.password : credential.accessToken;
}
