import { roomWords } from '../../shared/core/reportWords.ts';
import { summarySchema, type Summary } from '../answers.ts';
import type { Command } from '../command.ts';
import { LIST_OPTIONS, showList } from '../list.ts';
import { colourOf } from '../paint.ts';
import { shortTime, type Column } from '../screen.ts';

export const messages: Command = {
  name: 'messages',
  operands: '',
  operandsAtLeast: 0,
  operandsAtMost: 0,
  summary: 'lists messages, the newest first',
  options: {
    status: { value: 'STATUS', help: 'only those that are sent, failed, partially_sent, deferred, held, …' },
    app: { value: 'NAME', help: 'only those of an app' },
    tag: { value: 'TEXT', help: 'only those with a tag' },
    reference: { value: 'TEXT', help: 'only those with that reference' },
    'idempotency-key': { value: 'KEY', help: 'only the one with that key' },
    search: {
      value: 'TEXT',
      help: 'only those in which that text occurs: subject, recipient, reference, id',
    },
    day: { value: 'DAY', help: 'only those of a UTC day, like 2026-11-24' },
    ...LIST_OPTIONS,
  },
  isList: true,
  examples: [
    'hve messages --status failed --day 2026-11-24',
    'hve messages --app payroll --all --jsonl | jq -r .id',
  ],
  run: async (call) =>
    showList(call, {
      path: 'messages',
      query: {
        status: call.text('status'),
        app: call.text('app'),
        tag: call.text('tag'),
        reference: call.text('reference'),
        idempotencyKey: call.text('idempotency-key'),
        search: call.text('search'),
        day: call.text('day'),
      },
      schema: summarySchema,
      columns: columnsFor(call.screen.format === 'plain'),
      empty: 'There is no such message.',
    }),
};

function columnsFor(isPlain: boolean): readonly Column<Summary>[] {
  const time = (iso: string | null): string | null => (isPlain ? iso : shortTime(iso));
  return [
    { title: 'Id', of: ({ id }) => id },
    { title: 'Status', of: ({ status }) => status, colour: ({ status }) => colourOf(status) },
    { title: 'Created', of: ({ createdAt }) => time(createdAt) },
    { title: 'App', of: ({ app }) => app, isElastic: true },
    { title: 'Accepted', of: ({ counts }) => `${counts.accepted}/${counts.recipients}`, align: 'right' },
    {
      title: 'Waits for',
      of: ({ waitsFor }) => (isPlain || waitsFor === null ? waitsFor : roomWords(waitsFor)),
      isElastic: true,
    },
    { title: 'Subject', of: ({ subject }) => subject, isElastic: true },
  ];
}
