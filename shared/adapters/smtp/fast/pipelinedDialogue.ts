import { DATA } from './commands.ts';
import { sendData } from './sendData.ts';
import type { Transmission } from './transmission.ts';

/**
 * MAIL, all RCPT and DATA in one flight (RFC 2920: DATA is the last of its group, the data waits for the 354). The next
 * one's group goes right behind the dot: one round trip for each message.
 */
export async function speakPipelined(transmission: Transmission): Promise<void> {
  transmission.say([...transmission.envelope, DATA]);
  if (!(await transmission.answered()) || transmission.isDataRefused) return;
  if (transmission.hasRecipients) await sendData(transmission);
  else await endWithNothing(transmission);
}

/**
 * A 354 although it took nobody: the server must be given an end of the data and refuses it (RFC 2920 section 3.1). It is
 * given nothing but the dot, so that whatever it makes of it nobody gets a mail.
 */
async function endWithNothing(transmission: Transmission): Promise<void> {
  if (!transmission.goesOn) {
    transmission.breakOff();
    return;
  }
  transmission.write('.\r\n');
  transmission.expect('end-of-data');
  await transmission.answered();
}
