import { messageSchema } from '../answers.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { showMessage } from '../showMessage.ts';

export const message: Command = {
  name: 'message',
  operands: 'ID',
  operandsAtLeast: 1,
  operandsAtMost: 1,
  summary: 'shows one message: its time line, and each recipient with cause and remedy',
  options: {
    payload: { help: 'prints the message as it was accepted instead (JSON, fit to be sent again)' },
  },
  examples: [
    'hve message 01K9ZD3T1Q0000000000000000',
    'hve message 01K9ZD3T1Q0000000000000000 --payload > again.json',
  ],
  run,
};

async function run(call: Call): Promise<ExitCode> {
  const { screen } = call;
  const api = await call.api();
  const id = encodeURIComponent(call.operands[0] ?? '');
  if (call.flag('payload')) {
    screen.json(await api.get(`messages/${id}/payload`));
    return EXIT.ok;
  }
  const body = await api.get(`messages/${id}`);
  if (screen.format === 'json') screen.json(body);
  else showMessage(screen, messageSchema.parse(body));
  return EXIT.ok;
}
