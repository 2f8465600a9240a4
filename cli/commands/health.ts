import { healthSchema } from '../answers.ts';
import { refusal } from '../api.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { showChecks } from '../showChecks.ts';

export const health: Command = {
  name: 'health',
  operands: '',
  operandsAtLeast: 0,
  operandsAtMost: 0,
  summary: 'shows whether mail goes, and if not why and what to do; exit code 1 where none goes',
  options: {
    deep: {
      help: 'has the app ask every neighbour now: storage, Key Vault, DNS, SMTP, each login (takes up to a minute)',
    },
  },
  examples: ['hve health', 'hve health --deep --json'],
  async run(call) {
    const { screen } = call;
    const [api, connection] = [await call.api(), await call.connection()];
    const answer = await api.ask({
      method: 'GET',
      path: 'health',
      query: { deep: call.flag('deep') ? 1 : null },
    });
    const parsed = healthSchema.safeParse(answer.body);
    // 503 is an answer too: it says what is failing.
    if (!parsed.success) throw refusal(connection, answer);
    if (screen.format === 'json') screen.json(answer.body);
    else showChecks(screen, parsed.data.checks);
    return parsed.data.status === 'failing' ? EXIT.failed : EXIT.ok;
  },
};
