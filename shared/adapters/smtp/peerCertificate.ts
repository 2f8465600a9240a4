import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { ServerCertificate } from '../../ports.ts';

/** Null: the server showed none. `now` by the machine's clock, which TLS judges by. */
export function certificateOf(peer: PeerCertificate, now: number): ServerCertificate | null {
  const expiresAt = Date.parse(peer.valid_to);
  if (Number.isNaN(expiresAt)) return null;
  const alternatives = (peer.subjectaltname ?? '')
    .split(', ')
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
  const names = alternatives.filter((name) => name !== '');
  return {
    names: names.length > 0 ? names : [String(peer.subject.CN)],
    issuer: String(peer.issuer.O ?? peer.issuer.CN ?? 'unknown'),
    expiresAt,
    lifeLeftMs: expiresAt - now,
  };
}

/** Why the certificate is not trusted, in words; null: it is. */
export function explainTrust(socket: TLSSocket): string | null {
  if (socket.authorized) return null;
  // Node gives the code; its type says Error.
  const code = String(socket.authorizationError);
  const words = WORDS[code];
  return words === undefined ? `the certificate is not trusted (${code})` : `${words} (${code})`;
}

const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet: is the clock right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is from a CA that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is from a CA that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is from a CA that is not trusted',
};
