/** accounts, pause, resume. */
import { accountSchema, accountsSchema, type Account } from '../answers.ts';
import { wrongUsage } from '../cliError.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { colourOf } from '../paint.ts';
import { shortTime, type Column } from '../screen.ts';

export const accounts: Command = {
  name: 'accounts',
  operands: '',
  operandsAtLeast: 0,
  operandsAtMost: 0,
  summary: 'lists the sender accounts: whether their mail goes, and if not why, until when and what to do',
  options: {},
  isList: true,
  examples: ['hve accounts', 'hve accounts --json'],
  async run(call) {
    const { items } = accountsPage(await (await call.api()).get('accounts'));
    show(call, items);
    return EXIT.ok;
  },
};

export const pause: Command = {
  name: 'pause',
  operands: '[ACCOUNT]',
  operandsAtLeast: 0,
  operandsAtMost: 1,
  summary:
    'stops the mail of a sender account, or with --all of every one; it is accepted all the while, and waits',
  options: {
    all: { help: 'everything' },
    reason: { value: 'TEXT', help: 'for whoever looks next' },
  },
  examples: [
    'hve pause payroll@contoso.com --reason "password is being changed"',
    'hve pause --all --reason audit',
  ],
  run: async (call) => steer(call, 'pause'),
};

export const resume: Command = {
  name: 'resume',
  operands: '[ACCOUNT]',
  operandsAtLeast: 0,
  operandsAtMost: 1,
  summary:
    'lets the mail of a sender account go again, and probes at once what a reply stopped; with --all ends the pause of everything',
  options: { all: { help: 'everything; an account that was paused by itself stays so' } },
  examples: ['hve resume payroll@contoso.com', 'hve resume --all'],
  run: async (call) => steer(call, 'resume'),
};

async function steer(call: Call, verb: 'pause' | 'resume'): Promise<ExitCode> {
  const [account] = call.operands;
  if ((account === undefined) !== call.flag('all')) {
    throw wrongUsage(`hve ${verb} needs the address of one account, or --all. hve accounts lists them.`);
  }
  const api = await call.api();
  const reason = verb === 'pause' ? call.text('reason') : null;
  const body = verb === 'resume' ? undefined : reason === null ? {} : { reason };
  const path = account === undefined ? verb : `accounts/${encodeURIComponent(account)}/${verb}`;
  const answer = await api.call({ method: 'POST', path, body });
  if (account === undefined) show(call, accountsPage(answer.body).items);
  else if (call.screen.format === 'json') call.screen.json(answer.body);
  else show(call, [answer.body]);
  return EXIT.ok;
}

function accountsPage(body: unknown): { readonly items: readonly unknown[] } {
  return accountsSchema.parse(body);
}

function show({ screen }: Call, raw: readonly unknown[]): void {
  if (screen.format === 'json') {
    screen.json(raw);
    return;
  }
  if (screen.format === 'jsonl') {
    for (const item of raw) screen.json(item);
    return;
  }
  const rows = raw.map((item) => accountSchema.parse(item));
  screen.table(columnsFor(screen.format === 'plain'), rows, 'There is no sender account (HVE_ACCOUNTS).');
  if (screen.format === 'plain') return;
  for (const { address, cause, remedy } of rows) {
    if (cause === null) continue;
    screen.say();
    screen.facts([
      { label: 'Account', value: address },
      { label: 'Cause', value: cause, colour: 'yellow' },
      { label: 'Remedy', value: remedy, colour: 'bold' },
    ]);
  }
}

function columnsFor(isPlain: boolean): readonly Column<Account>[] {
  const common: Column<Account>[] = [
    { title: 'Account', of: ({ address }) => address, isElastic: true },
    { title: 'Status', of: ({ status }) => status, colour: ({ status }) => colourOf(status) },
    { title: 'By', of: ({ by }) => by },
    { title: 'Until', of: ({ until }) => (isPlain ? until : shortTime(until)) },
    { title: 'Pool', of: ({ pool }) => pool },
    { title: 'Waiting', of: ({ waiting }) => waiting, align: 'right' },
  ];
  if (!isPlain) return common;
  return [
    ...common,
    { title: 'Cause', of: ({ cause }) => cause },
    { title: 'Remedy', of: ({ remedy }) => remedy },
  ];
}
