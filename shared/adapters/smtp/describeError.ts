/** In words, with the code where the message does not name it: `certificate has expired (CERT_HAS_EXPIRED)`. */
export function describeError(error: Error): string {
  // One of these for each address of the host; all of them failed.
  if (error instanceof AggregateError && error.errors.length > 0) {
    const each = error.errors.map((one: unknown) =>
      one instanceof Error ? describeError(one) : String(one),
    );
    return [...new Set(each)].join('; ');
  }
  const code = systemCode(error);
  return code === null || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}

/** The code of Node or OpenSSL; nodemailer puts its own in its place and keeps this one beside it. */
function systemCode(error: Error): string | null {
  if ('originalCode' in error && typeof error.originalCode === 'string') return error.originalCode;
  if ('syscall' in error && 'code' in error && typeof error.code === 'string') return error.code;
  return null;
}

export function inSeconds(durationMs: number): string {
  return `${durationMs / 1000} s`;
}
