import type { Socket } from 'node:net';
import { parseReply } from '../../core/parseReply.ts';
import type { Reply } from '../../core/reply.ts';
import { describeError, inSeconds } from './describeError.ts';

/** The lines of one reply, as they came. */
export interface RawReply {
  readonly reply: Reply;
  readonly lines: readonly string[];
}

export interface ReplyReader {
  /** The next reply; rejects in words where the connection ends first, or nothing comes `withinMs`. */
  next(withinMs: number): Promise<RawReply>;
  /** Lets go of the socket: somebody else reads on. */
  release(): void;
}

/** The last line of a reply has a blank behind its code (RFC 5321 section 4.2.1). */
const LAST_LINE = /^\d{3}(?: |$)/;
/** No greeting and no EHLO is longer: whatever sends more is no mail server. */
const REPLY_AT_MOST = 64 * 1024;

export function makeReplyReader(socket: Socket): ReplyReader {
  let buffered = '';
  let end: Error | null = null;
  let wake: (() => void) | null = null;
  const onData = (chunk: Buffer): void => {
    buffered += chunk.toString('latin1');
    if (buffered.length > REPLY_AT_MOST) end = new Error('what answers is no mail server');
    wake?.();
  };
  const onError = (error: Error): void => {
    end ??= error;
    wake?.();
  };
  const onEnd = (): void => {
    end ??= new Error('the server closed the connection');
    wake?.();
  };
  socket.on('data', onData).on('error', onError).on('end', onEnd).on('close', onEnd);

  function take(): RawReply | null {
    const lines = buffered.split('\r\n');
    const last = lines.findIndex((line, at) => at < lines.length - 1 && LAST_LINE.test(line));
    if (last === -1) return null;
    buffered = lines.slice(last + 1).join('\r\n');
    const own = lines.slice(0, last + 1);
    return { reply: parseReply(own.join('\r\n')), lines: own };
  }

  return {
    async next(withinMs) {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        wake?.();
      }, withinMs);
      try {
        for (;;) {
          const taken = take();
          if (taken !== null) return taken;
          if (end !== null) throw new Error(describeError(end));
          if (isLate) throw new Error(`no answer within ${inSeconds(withinMs)}`);
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        clearTimeout(timer);
      }
    },
    release() {
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
    },
  };
}
