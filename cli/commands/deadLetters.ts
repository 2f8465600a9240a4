import { deadLetterDetailSchema, deadLetterSchema, type DeadLetter } from '../answers.ts';
import type { Call, Command } from '../command.ts';
import { DEAD_LETTER_OPTIONS, filterOf } from '../deadLetterFilter.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { LIST_OPTIONS, showList } from '../list.ts';
import { colourOf } from '../paint.ts';
import { shortTime, type Column } from '../screen.ts';

export const deadLetters: Command = {
  name: 'dead-letters',
  operands: '[ID]',
  operandsAtLeast: 0,
  operandsAtMost: 1,
  summary: 'lists what was given up and not sent again since; with an ID shows that one',
  options: { ...DEAD_LETTER_OPTIONS, ...LIST_OPTIONS },
  isList: true,
  examples: ['hve dead-letters --day 2026-11-24', 'hve dead-letters --reason failed --all --json'],
  async run(call) {
    const [id] = call.operands;
    if (id !== undefined) return showOne(call, id);
    return showList(call, {
      path: 'dead-letters',
      query: { ...filterOf(call) },
      schema: deadLetterSchema,
      columns: columnsFor(call.screen.format === 'plain'),
      empty: 'There is no dead letter.',
    });
  },
};

async function showOne(call: Call, id: string): Promise<ExitCode> {
  const { screen } = call;
  const body = await (await call.api()).get(`dead-letters/${encodeURIComponent(id)}`);
  if (screen.format === 'json' || screen.format === 'jsonl') {
    screen.json(body);
    return EXIT.ok;
  }
  const letter = deadLetterDetailSchema.parse(body);
  screen.facts([
    { label: 'Dead letter', value: letter.id },
    { label: 'Reason', value: letter.reason, colour: colourOf(letter.reason) },
    { label: 'Detail', value: letter.detail },
    { label: 'Last reply', value: letter.lastReply },
    { label: 'Message', value: letter.messageId },
    { label: 'Subject', value: letter.subject },
    { label: 'App', value: letter.app },
    { label: 'At', value: shortTime(letter.at) },
    { label: 'Stale', value: letter.stale ? 'yes: the delivery has gone on since' : null },
    { label: 'Original', value: letter.original },
    { label: 'Encoding', value: letter.originalEncoding },
  ]);
  return EXIT.ok;
}

function columnsFor(isPlain: boolean): readonly Column<DeadLetter>[] {
  return [
    { title: 'Id', of: ({ id }) => id },
    { title: 'Reason', of: ({ reason }) => reason, colour: ({ reason }) => colourOf(reason) },
    { title: 'At', of: ({ at }) => (isPlain ? at : shortTime(at)) },
    { title: 'App', of: ({ app }) => app, isElastic: true },
    { title: 'Subject', of: ({ subject }) => subject, isElastic: true },
    { title: 'Detail', of: ({ detail }) => detail, isBelow: true },
    { title: 'Last reply', of: ({ lastReply }) => lastReply, isBelow: true },
  ];
}
