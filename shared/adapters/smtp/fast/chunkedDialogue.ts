import { RESET } from './commands.ts';
import { speakPipelined } from './pipelinedDialogue.ts';
import type { Transmission } from './transmission.ts';

/** The size of the only chunk: what is larger goes by DATA. */
const CHUNK_BYTES = 256 * 1024;

/**
 * BDAT (RFC 3030), with PIPELINING: the data says its length, so nothing has to be waited for. On a connection that has just
 * shown that it takes mail it goes out together with its envelope; else it waits for the answers to the envelope, so that
 * what is refused there (a throttled account, an unknown recipient) is never in doubt.
 *
 * A mail is one chunk or goes by DATA. What a large one could win, a round trip, is lost in its own length, and in the middle
 * of its chunks nobody knows what a server makes of a refusal, or how long it takes over each.
 */
export async function speakChunked(transmission: Transmission): Promise<void> {
  if (transmission.sizeBytes > CHUNK_BYTES) return speakPipelined(transmission);
  transmission.say(transmission.envelope);
  if (!transmission.isTrusted && (!(await transmission.answered()) || !transmission.hasRecipients)) return;
  if (transmission.mayEnd()) {
    const data = Buffer.concat([...transmission.parts()]);
    transmission.expectEnd();
    transmission.write(`BDAT ${data.length} LAST\r\n`);
    transmission.write(data);
    transmission.written();
  } else {
    transmission.say([RESET]);
  }
  await transmission.answered();
}
