import { historyPageSchema, pastDaySchema, usageSchema, type PastDay } from '../answers.ts';
import { wrongUsage } from '../cliError.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { barOf } from '../progress.ts';
import { showNumber, type Column } from '../screen.ts';
import { showUsage } from '../showUsage.ts';

export const usage: Command = {
  name: 'usage',
  operands: '',
  operandsAtLeast: 0,
  operandsAtMost: 0,
  summary: 'shows how much of each limit is used, hour by hour, and when it will be reached',
  options: {
    day: { value: 'DAY', help: 'of a day that was closed, in the time zone of the window' },
    history: { value: 'DAYS', help: 'day by day, so many of the last days' },
  },
  isList: true,
  examples: ['hve usage', 'hve usage --day 2026-11-24', 'hve usage --history 30 --jsonl'],
  run,
};

const BAR_COLUMNS = 30;

async function run(call: Call): Promise<ExitCode> {
  const { screen } = call;
  const days = call.number('history', 1);
  const day = call.text('day');
  if (days !== null && day !== null) throw wrongUsage('--day or --history, not both.');
  const api = await call.api();
  if (days !== null) {
    const raw = await readHistory(call, days);
    if (screen.format === 'json') screen.json(raw);
    else if (screen.format === 'jsonl') for (const item of raw) screen.json(item);
    else
      showHistory(
        call,
        raw.map((item) => pastDaySchema.parse(item)),
      );
    return EXIT.ok;
  }
  const body = await api.get('usage', { day });
  if (screen.format === 'json' || screen.format === 'jsonl') screen.json(body);
  else showUsage(screen, usageSchema.parse(body));
  return EXIT.ok;
}

/** Its pages take no limit: each has whole days. */
async function readHistory(call: Call, days: number): Promise<unknown[]> {
  const api = await call.api();
  const items: unknown[] = [];
  let cursor: string | null = null;
  do {
    const page = historyPageSchema.parse(await api.get('usage/history', { days, cursor }));
    items.push(...page.items);
    cursor = page.cursor ?? null;
  } while (cursor !== null);
  return items;
}

function showHistory({ screen }: Call, past: readonly PastDay[]): void {
  const most = Math.max(1, ...past.map(recipientsOf));
  const columns: Column<PastDay>[] = [
    { title: 'Day', of: ({ day }) => day },
    { title: 'Messages', of: ({ messages }) => messages, align: 'right' },
    { title: 'Recipients', of: recipientsOf, align: 'right' },
    { title: 'Accepted', of: ({ accepted }) => accepted, align: 'right' },
    { title: 'Cost', of: ({ cost }) => `${cost.amount.toFixed(2)} ${cost.currency}`, align: 'right' },
  ];
  const bar: Column<PastDay> = {
    title: `${showNumber(most)} at most`,
    of: (row) => barOf(recipientsOf(row) / most, BAR_COLUMNS, screen.hasBlocks),
    colour: () => 'cyan',
  };
  screen.table(screen.format === 'plain' ? columns : [...columns, bar], past, 'No day is closed yet.');
}

function recipientsOf({ scopes }: PastDay): number {
  return scopes.find(({ scope }) => scope === 'tenant')?.used ?? 0;
}
