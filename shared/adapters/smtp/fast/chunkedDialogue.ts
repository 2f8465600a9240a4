import { RESET } from './commands.ts';
import { cutMail } from '../cutMail.ts';
import type { Transmission } from './transmission.ts';

/** The most that goes out before any answer, and the size of a chunk: a refusal wastes no more than this. */
const CHUNK_BYTES = 256 * 1024;

/**
 * BDAT (RFC 3030), with PIPELINING: the data says its length, so nothing has to be waited for. A mail of one chunk goes out
 * whole with its envelope, on a connection that has just shown that it takes mail; else the data waits for the answers to
 * the envelope, so that what is refused there (a throttled account, an unknown recipient) is never in doubt.
 *
 * A message ends at a chunk's beginning or not at all: who gives up sends RSET in the last one's place. After a chunk that was
 * refused the connection is closed, as it is with DATA.
 */
export async function speakChunked(transmission: Transmission): Promise<void> {
  transmission.say(transmission.envelope);
  if (!transmission.isTrusted || transmission.sizeBytes > CHUNK_BYTES) {
    if (!(await transmission.answered()) || !transmission.hasRecipients) return;
  }
  for (const { bytes, isLast } of cutMail(transmission.parts(), CHUNK_BYTES)) {
    if (isLast) return endWith(transmission, bytes);
    if (!transmission.goesOn) break;
    transmission.expect('chunk');
    transmission.write(`BDAT ${bytes.length}\r\n`);
    transmission.write(bytes);
    await transmission.drained();
  }
  await giveUp(transmission);
}

async function endWith(transmission: Transmission, last: Buffer): Promise<void> {
  if (!transmission.mayEnd()) return giveUp(transmission);
  transmission.expectEnd();
  transmission.write(`BDAT ${last.length} LAST\r\n`);
  transmission.write(last);
  transmission.written();
  await transmission.answered();
  // It may have been refused for its size in the middle of its last chunk: see `giveUp`.
  if (!transmission.wasTaken && transmission.sizeBytes > CHUNK_BYTES) transmission.isLastOfConnection = true;
}

async function giveUp(transmission: Transmission): Promise<void> {
  // Servers are known (Exim 4.96) that refuse a mail as too large and take the rest of its chunk for commands: what they
  // answer from here on is answers to the mail's text.
  if (transmission.isDataRefused) return transmission.breakOff();
  transmission.say([RESET]);
  await transmission.answered();
}
