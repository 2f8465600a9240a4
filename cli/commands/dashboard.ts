import type { Command } from '../command.ts';
import { EXIT } from '../exitCodes.ts';

export const dashboard: Command = {
  name: 'dashboard',
  operands: '',
  operandsAtLeast: 0,
  operandsAtMost: 0,
  summary: 'prints the address of the dashboard, to be opened in a browser',
  options: {},
  examples: ['xdg-open "$(hve dashboard)"'],
  async run(call) {
    const url = `${(await call.connection()).url}/api/dashboard`;
    if (call.screen.format === 'json') call.screen.json({ url });
    else call.screen.line(url);
    return EXIT.ok;
  },
};
