/** Why nothing answered, in words: fetch itself says `fetch failed` and keeps the reason in its causes. */
export function describeFetchError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map((each) => describeFetchError(each)))].join('; ');
  }
  if (error.cause instanceof Error) return describeFetchError(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  const words = (code === null ? undefined : WORDS[code]) ?? error.message;
  return code === null || words.includes(code) ? words : `${words} (${code})`;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is from a CA that is not trusted here (NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is from a CA that is not trusted here (NODE_EXTRA_CA_CERTS)',
};
