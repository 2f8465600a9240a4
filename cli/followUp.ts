import type { MessageDetail, Operation } from './answers.ts';
import type { Api } from './api.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import { exitCodeOfStatus, isOver } from './outcome.ts';
import { colourOf } from './paint.ts';
import { readDetail } from './readDetail.ts';
import { safeText } from './safeText.ts';
import { showNumber } from './screen.ts';
import { reasonsOf } from './showMessage.ts';
import { waitWords } from './waitWords.ts';
import { watchMessage } from './watchMessage.ts';

export const TIMEOUT = { value: 'SECONDS', help: 'waits no longer; default: until it is over' } as const;

/** Waits for a message's outcome, shows it, and makes it the exit code. */
export async function followUp(call: Call, api: Api, id: string): Promise<ExitCode> {
  const { screen } = call;
  const seconds = call.number('timeout', 1);
  const operation = await watchMessage(api, id, seconds === null ? null : seconds * 1000, call);
  const message = await readDetail(api, id);
  if (screen.format === 'json') screen.json(message?.raw ?? operation);
  else if (screen.format === 'plain') screen.line(`${safeText(id)}\t${safeText(operation.status)}`);
  else showOutcome(call, operation, message?.parsed ?? null);
  if (!isOver(operation.status))
    screen.note(`${safeText(id)} is not over: still ${safeText(operation.status)}.`);
  return exitCodeOfStatus(operation.status);
}

function showOutcome(
  { screen }: Call,
  { id, status, counts }: Operation,
  message: MessageDetail | null,
): void {
  const { recipients, accepted, failed, unknown } = counts;
  const parts = [
    `${showNumber(accepted)} of ${showNumber(recipients)} accepted`,
    ...(failed > 0 ? [`${showNumber(failed)} failed`] : []),
    ...(unknown > 0 ? [`${showNumber(unknown)} unknown`] : []),
  ];
  screen.line(`${safeText(id)}  ${screen.paint(colourOf(status), safeText(status))}  ${parts.join(', ')}`);
  if (message === null) return;
  for (const why of reasonsOf(message.recipients)) screen.facts(why);
  screen.facts([{ label: 'Waits for', value: waitWords(message) }]);
  if (exitCodeOfStatus(status) !== EXIT.ok)
    screen.say(screen.paint('dim', `hve message ${safeText(id)}   shows all of it`));
}
