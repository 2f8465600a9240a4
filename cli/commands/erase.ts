import { erasureSchema, type Erasure } from '../answers.ts';
import type { Api } from '../api.ts';
import type { Call, Command } from '../command.ts';
import { confirm, YES } from '../confirm.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { safeText } from '../safeText.ts';
import { showNumber } from '../screen.ts';

export const erase: Command = {
  name: 'erase',
  operands: 'ADDRESS',
  operandsAtLeast: 1,
  operandsAtMost: 1,
  summary:
    'erases a recipient’s address, and the content of what names it, from all that was recorded; for good',
  details:
    'What is not final yet follows by itself: the exit code is then 6, and the same command tells how far it is. What goes, what stays and why: docs/security.md.',
  options: { yes: YES },
  examples: ['hve erase ann@contoso.com', 'hve erase ann@contoso.com --yes --json'],
  run,
};

async function run(call: Call): Promise<ExitCode> {
  const { screen } = call;
  const [address = ''] = call.operands;
  const api = await call.api();
  const question = `${safeText(address)} and the content of its messages would be erased, which nothing brings back. Do it?`;
  if (!(await confirm(call, question))) {
    screen.note('Nothing was erased.');
    return EXIT.failed;
  }
  const { body, erasure } = await eraseAll(api, address);
  if (screen.format === 'json') screen.json(body);
  else {
    screen.facts([
      { label: 'Erased', value: screen.format === 'plain' ? erasure.erased : showNumber(erasure.erased) },
      { label: 'Pending', value: screen.format === 'plain' ? erasure.pending : showNumber(erasure.pending) },
      { label: 'Complete', value: erasure.complete ? 'yes' : 'no' },
    ]);
    if (!erasure.complete)
      screen.say('What is left follows by itself, every hour; the same command tells how far it is.');
  }
  return erasure.complete ? EXIT.ok : EXIT.notOver;
}

/** A call works for up to a minute; as long as it gets on there may be more to do now. */
async function eraseAll(
  api: Api,
  address: string,
): Promise<{ readonly body: unknown; readonly erasure: Erasure }> {
  let before = -1;
  for (;;) {
    const { body } = await api.call({ method: 'POST', path: 'recipients/erase', body: { address } });
    const erasure = erasureSchema.parse(body);
    if (erasure.complete || erasure.erased <= before) return { body, erasure };
    before = erasure.erased;
  }
}
