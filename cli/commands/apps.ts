import { appRulesSchema, type AppRules } from '../answers.ts';
import { wrongUsage } from '../cliError.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { showNumber } from '../screen.ts';

export const apps: Command = {
  name: 'apps',
  operands: 'NAME',
  operandsAtLeast: 1,
  operandsAtMost: 1,
  summary:
    'shows what an app may do: its quota, its sender accounts, its highest priority; with options changes that',
  details: 'What no option names stays as it is. In force within a minute, without a deployment.',
  options: {
    quota: { value: 'N', help: 'its recipients in a window at the most; none: no limit of its own' },
    accounts: {
      value: 'LIST',
      help: 'sender accounts and pools, with commas between, the default first; any: all of them',
    },
    'highest-priority': { value: 'PRIORITY', help: 'critical, normal or bulk; none: no bound' },
  },
  examples: [
    'hve apps payroll',
    'hve apps newsletter --quota 5000 --highest-priority bulk',
    'hve apps newsletter --quota none',
  ],
  run,
};

async function run(call: Call): Promise<ExitCode> {
  const { screen } = call;
  const path = `apps/${encodeURIComponent(call.operands[0] ?? '')}`;
  const changes = readChanges(call);
  const api = await call.api();
  let body = await api.get(path);
  if (Object.keys(changes).length > 0) {
    // The call replaces all of the rules; read first, so that the others stay.
    const { accounts, quotaPerDay, highestPriority } = appRulesSchema.parse(body);
    ({ body } = await api.call({
      method: 'PUT',
      path,
      body: { accounts, quotaPerDay, highestPriority, ...changes },
    }));
  }
  if (screen.format === 'json') screen.json(body);
  else show(call, appRulesSchema.parse(body));
  return EXIT.ok;
}

function readChanges(call: Call): Partial<Omit<AppRules, 'name'>> {
  const quota = call.text('quota');
  const accounts = call.text('accounts');
  const priority = call.text('highest-priority');
  return {
    ...(quota === null ? {} : { quotaPerDay: quota === 'none' ? null : readQuota(call) }),
    ...(accounts === null
      ? {}
      : { accounts: accounts === 'any' ? null : accounts.split(',').map((name) => name.trim()) }),
    ...(priority === null ? {} : { highestPriority: priority === 'none' ? null : priority }),
  };
}

function readQuota(call: Call): number {
  const quota = call.number('quota', 0);
  if (quota === null) throw wrongUsage('--quota takes a whole number, or none.');
  return quota;
}

function show({ screen }: Call, { name, accounts, quotaPerDay, highestPriority }: AppRules): void {
  const quota =
    screen.format === 'plain' ? quotaPerDay : quotaPerDay === null ? null : showNumber(quotaPerDay);
  screen.facts([
    { label: 'App', value: name },
    { label: 'Quota', value: quota ?? 'none' },
    { label: 'Accounts', value: accounts?.join(', ') ?? 'any' },
    { label: 'Highest priority', value: highestPriority ?? 'none' },
  ]);
}
