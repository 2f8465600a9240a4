import { DATA } from './commands.ts';
import { sendData } from './sendData.ts';
import type { Transmission } from './transmission.ts';

/** One command at a time: for a server without PIPELINING. */
export async function speakPlainly(transmission: Transmission): Promise<void> {
  for (const command of transmission.envelope) {
    if (!(await transmission.ask([command])) || transmission.isMailRefused) return;
  }
  if (!transmission.hasRecipients || !(await transmission.ask([DATA]))) return;
  if (!transmission.isDataRefused) await sendData(transmission);
}
