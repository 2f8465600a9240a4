/** What a server offers, by its answer to EHLO after TLS; nothing is assumed. */
export interface Capabilities {
  /** As it said them, in capitals, without codes and the server's name. */
  readonly lines: readonly string[];
  readonly pipelining: boolean;
  readonly chunking: boolean;
  /** RFC 1870: null where it does not count; Infinity where it names no limit. */
  readonly sizeLimitBytes: number | null;
}

/** `text`: the whole reply, its lines parted by LF; the first one is the server's name. */
export function readCapabilities(text: string): Capabilities {
  const lines = text
    .split('\n')
    .slice(1)
    .map((line) => line.slice('250-'.length).trim().toUpperCase())
    .filter((line) => line !== '');
  const size = lines.map((line) => /^SIZE(?:\s+(\d+))?$/.exec(line)).find((found) => found !== null);
  const limit = Number(size?.[1] ?? 0);
  return {
    lines,
    pipelining: lines.includes('PIPELINING'),
    chunking: lines.includes('CHUNKING'),
    sizeLimitBytes: size === undefined ? null : limit === 0 ? Infinity : limit,
  };
}
