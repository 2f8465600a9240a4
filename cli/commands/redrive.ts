import { redriveSchema, type RedriveAnswer } from '../answers.ts';
import type { Api } from '../api.ts';
import { wrongUsage } from '../cliError.ts';
import type { Call, Command } from '../command.ts';
import { confirm, YES } from '../confirm.ts';
import { DEAD_LETTER_OPTIONS, filterOf } from '../deadLetterFilter.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { addQuota, fullOf, fullWords } from '../redriveQuota.ts';
import { safeText } from '../safeText.ts';
import { showNumber } from '../screen.ts';

export const redrive: Command = {
  name: 'redrive',
  operands: '[ID…]',
  operandsAtLeast: 0,
  operandsAtMost: Infinity,
  summary:
    'sends again what was given up, to those who have not got it: by ids (of messages or dead letters), or by a filter',
  details: 'Before more than one goes it asks; see first what would go with --dry-run.',
  options: {
    ...DEAD_LETTER_OPTIONS,
    all: { help: 'all dead letters' },
    'dry-run': { help: 'only counts what would go' },
    yes: YES,
  },
  examples: [
    'hve redrive 01K9ZD3T1Q0000000000000000',
    'hve redrive --day 2026-11-24 --reason failed --dry-run',
    'hve redrive --app payroll --yes',
  ],
  run,
};

type What = { readonly ids: readonly string[] } | { readonly filter: Readonly<Record<string, string>> };

/** So many ids the API takes in one call. */
const IDS_AT_MOST = 500;
const SKIPPED_SHOWN = 20;

async function run(call: Call): Promise<ExitCode> {
  const what = readWhat(call);
  const api = await call.api();
  const isDry = call.flag('dry-run');
  const isOne = 'ids' in what && what.ids.length === 1;
  if (!isDry && !isOne && !call.flag('yes')) {
    const { count, quota } = await redriveAll(api, what, true);
    if (count > 1) for (const words of fullWords(quota)) call.screen.note(safeText(words));
    if (count > 1 && !(await confirm(call, `${showNumber(count)} deliveries would be sent again. Do it?`))) {
      call.screen.note('Nothing was sent.');
      return EXIT.failed;
    }
  }
  const answer = await redriveAll(api, what, isDry);
  show(call, answer, isDry);
  if (answer.skipped.length === 0) return EXIT.ok;
  return answer.count === 0 ? EXIT.wrongState : EXIT.failed;
}

function readWhat(call: Call): What {
  const filter = filterOf(call);
  const isFiltered = Object.keys(filter).length > 0;
  const { operands } = call;
  if (operands.length > 0) {
    if (isFiltered || call.flag('all')) throw wrongUsage('Ids or a filter, not both.');
    return { ids: operands };
  }
  if (!isFiltered && !call.flag('all')) {
    throw wrongUsage(
      'What? Give ids, or --day, --reason, --app, or --all. hve dead-letters lists what there is.',
    );
  }
  return { filter };
}

/** Call after call until there is no more: each does a bounded piece of work. */
async function redriveAll(api: Api, what: What, dryRun: boolean): Promise<Omit<RedriveAnswer, 'cursor'>> {
  const total: Omit<RedriveAnswer, 'cursor'> = { count: 0, skipped: [], quota: [] };
  const once = async (body: object): Promise<RedriveAnswer> => {
    const answer = await api.call({
      method: 'POST',
      path: 'dead-letters/redrive',
      body: { ...body, dryRun },
    });
    const parsed = redriveSchema.parse(answer.body);
    total.count += parsed.count;
    total.skipped.push(...parsed.skipped);
    total.quota = addQuota(total.quota, parsed.quota);
    return parsed;
  };
  if ('ids' in what) {
    for (let at = 0; at < what.ids.length; at += IDS_AT_MOST)
      await once({ ids: what.ids.slice(at, at + IDS_AT_MOST) });
    return total;
  }
  let cursor: string | undefined;
  do ({ cursor } = await once({ filter: what.filter, ...(cursor === undefined ? {} : { cursor }) }));
  while (cursor !== undefined);
  return total;
}

function show(
  { screen }: Call,
  { count, skipped, quota }: Omit<RedriveAnswer, 'cursor'>,
  dryRun: boolean,
): void {
  if (screen.format === 'json') {
    screen.json({ count, dryRun, skipped, ...(dryRun && { quota }) });
    return;
  }
  if (screen.format === 'plain') {
    screen.line(`${dryRun ? 'would_go' : 'going'}\t${count}`);
    for (const { scope, recipients, remaining } of fullOf(quota))
      screen.line(['quota', safeText(scope), recipients, remaining].join('\t'));
    for (const { id, code, detail } of skipped)
      screen.line(['skipped', id, code, detail].map(safeText).join('\t'));
    return;
  }
  const deliveries = `${showNumber(count)} ${count === 1 ? 'delivery' : 'deliveries'}`;
  screen.line(
    dryRun ? `${deliveries} would be sent again.` : `${deliveries} ${count === 1 ? 'goes' : 'go'} again.`,
  );
  for (const words of fullWords(quota)) screen.line(screen.paint('yellow', safeText(words)));
  for (const { id, detail } of skipped.slice(0, SKIPPED_SHOWN)) {
    screen.line(`${screen.paint('yellow', 'not')} ${safeText(id)}: ${safeText(detail)}`);
  }
  if (skipped.length > SKIPPED_SHOWN)
    screen.line(`and ${skipped.length - SKIPPED_SHOWN} more (--json has all)`);
}
