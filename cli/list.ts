import type { z } from 'zod';
import { wrongUsage } from './cliError.ts';
import type { Query } from './api.ts';
import type { Call, Option } from './command.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import type { Column } from './screen.ts';

export const LIST_OPTIONS = {
  limit: { value: 'N', help: 'at most so many; default: 50' },
  all: { help: 'all of them, however many' },
} as const satisfies Readonly<Record<string, Option>>;

const LIMIT = 50;

/** Shows a list of the API in whatever form was asked for, page after page. */
export async function showList<Row>(
  call: Call,
  list: {
    readonly path: string;
    readonly query: Query;
    readonly schema: z.ZodType<Row>;
    readonly columns: readonly Column<Row>[];
    readonly empty: string;
  },
): Promise<ExitCode> {
  const { screen } = call;
  if (call.flag('all') && call.text('limit') !== null) throw wrongUsage('--limit or --all, not both.');
  const limit = call.flag('all') ? Infinity : (call.number('limit', 1) ?? LIMIT);
  const api = await call.api();
  const items = api.list(list.path, list.query, limit);
  if (screen.format === 'jsonl') {
    for await (const item of items) screen.json(item);
    return EXIT.ok;
  }
  const raw: unknown[] = [];
  for await (const item of items) raw.push(item);
  if (screen.format === 'json') screen.json(raw);
  else {
    screen.table(
      list.columns,
      raw.map((item) => list.schema.parse(item)),
      list.empty,
    );
    if (raw.length === limit)
      screen.say(screen.paint('dim', `the first ${limit}; --limit N or --all shows more`));
  }
  return EXIT.ok;
}
