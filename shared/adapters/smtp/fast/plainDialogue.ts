import { DATA } from './commands.ts';
import { sendData } from './sendData.ts';
import type { Transmission } from './transmission.ts';

/** One command at a time: for a server without PIPELINING. */
export async function speakPlainly(transmission: Transmission): Promise<void> {
  for (const command of transmission.envelope) {
    transmission.say([command]);
    if (!(await transmission.answered()) || transmission.isMailRefused) return;
  }
  if (!transmission.hasRecipients) return;
  transmission.say([DATA]);
  if (!(await transmission.answered())) return;
  if (!transmission.isDataRefused) await sendData(transmission);
}
