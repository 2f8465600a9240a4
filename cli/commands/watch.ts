import type { Command } from '../command.ts';
import { followUp, TIMEOUT } from '../followUp.ts';

export const watch: Command = {
  name: 'watch',
  operands: 'ID',
  operandsAtLeast: 1,
  operandsAtMost: 1,
  summary: 'shows how far a message is until it is final, held or scheduled; the outcome is the exit code',
  details:
    'It needs no right to read messages: a producer can watch its own. What waits for quota is watched until it goes.',
  options: { timeout: TIMEOUT },
  examples: [
    'hve watch 01K9ZD3T1Q0000000000000000',
    'hve watch 01K9ZD3T1Q0000000000000000 --timeout 600 --json',
  ],
  run: async (call) => followUp(call, await call.api(), call.operands[0] ?? ''),
};
