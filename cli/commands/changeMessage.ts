/** cancel and release. */
import { z } from 'zod';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { safeText } from '../safeText.ts';

const canceledSchema = z.object({ stopped: z.number(), onTheirWay: z.number() });
const goingSchema = z.object({ deliveries: z.number() });

export const cancel: Command = {
  name: 'cancel',
  operands: 'ID',
  operandsAtLeast: 1,
  operandsAtMost: 1,
  summary: 'stops what of a message has not been sent',
  options: {},
  examples: ['hve cancel 01K9ZD3T1Q0000000000000000'],
  run: async (call) =>
    change(call, 'cancel', (body) => {
      const { stopped, onTheirWay } = canceledSchema.parse(body);
      return `${stopped} ${stopped === 1 ? 'delivery' : 'deliveries'} stopped, ${onTheirWay} on their way`;
    }),
};

export const release: Command = {
  name: 'release',
  operands: 'ID',
  operandsAtLeast: 1,
  operandsAtMost: 1,
  summary:
    'sends what is held again, under the same Message-ID, so that a mailbox that has it discards the repeat',
  options: {},
  examples: ['hve release 01K9ZD3T1Q0000000000000000'],
  run: async (call) =>
    change(call, 'release', (body) => {
      const { deliveries } = goingSchema.parse(body);
      return `${deliveries} ${deliveries === 1 ? 'delivery goes' : 'deliveries go'} on`;
    }),
};

async function change(call: Call, verb: string, inWords: (body: unknown) => string): Promise<ExitCode> {
  const { screen } = call;
  const [id = ''] = call.operands;
  const api = await call.api();
  const { body } = await api.call({ method: 'POST', path: `messages/${encodeURIComponent(id)}/${verb}` });
  if (screen.format === 'json') screen.json(body);
  else screen.line(`${safeText(id)}: ${inWords(body)}`);
  return EXIT.ok;
}
