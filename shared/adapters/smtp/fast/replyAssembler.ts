/** RFC 5321 allows 512 octets; Exchange's diagnostics are longer. Whatever is above is no SMTP. */
const MAX_LINE_BYTES = 16 * 1024;
/** All lines of one reply. EHLO has some twenty. */
const MAX_REPLY_BYTES = 64 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const LINE = /^([2-5]\d\d)(?:([ -])|$)/;
const NOTHING = Buffer.alloc(0);
/** So much of what a server said goes into an error. */
const QUOTED_CHARACTERS = 80;

export interface Heard {
  /** Whole replies, their lines parted by LF, in the order they came. */
  readonly replies: readonly string[];
  /** Why nothing that comes after them can be understood; null: nothing is wrong. */
  readonly flaw: string | null;
}

/**
 * Bytes from the server to whole replies, however they are cut. It holds no more than a line and a reply may have: a server
 * that never ends its line is a flaw, not a buffer that grows.
 */
export class ReplyAssembler {
  #rest: Buffer = NOTHING;
  #lines: string[] = [];
  #replyBytes = 0;
  #code = '';
  /** The latest reply of one line: servers say the same to each RCPT, and what was a whole reply once is one again. */
  #latest = '';

  push(chunk: Buffer): Heard {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const replies: string[] = [];
    let from = 0;
    for (;;) {
      const lineFeed = bytes.indexOf(LINE_FEED, from);
      const lineBytes = (lineFeed === -1 ? bytes.length : lineFeed) - from;
      if (lineBytes > MAX_LINE_BYTES) {
        return { replies, flaw: `a line of its reply has more than ${MAX_LINE_BYTES} bytes` };
      }
      if (lineFeed === -1) break;
      const to = bytes[lineFeed - 1] === CARRIAGE_RETURN && lineFeed > from ? lineFeed - 1 : lineFeed;
      const flaw = this.#take(bytes.toString('utf8', from, to), lineBytes, replies);
      if (flaw !== null) return { replies, flaw };
      from = lineFeed + 1;
    }
    // A copy: a view would keep the whole chunk that it was cut from.
    this.#rest = from === bytes.length ? NOTHING : Buffer.from(bytes.subarray(from));
    return { replies, flaw: null };
  }

  #take(line: string, lineBytes: number, replies: string[]): string | null {
    if (line === this.#latest && line !== '' && this.#lines.length === 0) {
      replies.push(line);
      return null;
    }
    const parts = LINE.exec(line);
    if (parts === null) return `it said what is no reply: ${quoted(line)}`;
    const [, code = '', mark = ' '] = parts;
    if (this.#lines.length > 0 && code !== this.#code) {
      return `one reply of it has the codes ${this.#code} and ${code}`;
    }
    this.#code = code;
    this.#lines.push(line);
    this.#replyBytes += lineBytes;
    if (this.#replyBytes > MAX_REPLY_BYTES) return `its reply has more than ${MAX_REPLY_BYTES} bytes`;
    if (mark === ' ') {
      if (this.#lines.length === 1) this.#latest = line;
      replies.push(this.#lines.length === 1 ? line : this.#lines.join('\n'));
      this.#lines.length = 0;
      this.#replyBytes = 0;
    }
    return null;
  }
}

function quoted(line: string): string {
  return JSON.stringify(line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}…` : line);
}
