import { acceptedSchema } from '../answers.ts';
import { CliError } from '../cliError.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { composeMessage, MESSAGE_OPTIONS } from '../composeMessage.ts';
import { followUp, TIMEOUT } from '../followUp.ts';
import { colourOf } from '../paint.ts';
import { safeText } from '../safeText.ts';

export const send: Command = {
  name: 'send',
  operands: '[MESSAGE.json]',
  operandsAtLeast: 0,
  operandsAtMost: 1,
  summary: 'submits a message: from options, from a file with the JSON of one, or from "-" (stdin)',
  details:
    'Options add to the JSON, or replace what it says. Without an idempotency key it makes one, and says it if the answer is lost: the same command with that key cannot send it twice.',
  options: {
    ...MESSAGE_OPTIONS,
    wait: { help: 'waits for the outcome, which becomes the exit code' },
    timeout: TIMEOUT,
  },
  examples: [
    'hve send --to ann@contoso.com --subject "Hello" --text "It works." --wait',
    'hve send --to "Ann <ann@contoso.com>" --subject Report --file report.html --attach report.pdf',
    'hve send message.json --priority bulk',
    'jq -n \'{to:"ann@contoso.com",subject:"Hi",text:"."}\' | hve send -',
  ],
  run,
};

async function run(call: Call): Promise<ExitCode> {
  const { screen } = call;
  const api = await call.api();
  const message = await composeMessage(call);
  const { body } = await api
    .call({ method: 'POST', path: 'messages', body: message })
    .catch((error: unknown) => Promise.reject(withKey(error, message['idempotencyKey'])));
  const accepted = acceptedSchema.parse(body);
  const { id, status } = accepted;
  if (call.flag('wait')) return followUp(call, api, id);
  if (screen.format === 'json') screen.json(body);
  else if (screen.format === 'plain') screen.line(`${safeText(id)}\t${safeText(status)}`);
  else {
    screen.line(`${safeText(id)}  ${screen.paint(colourOf(status), safeText(status))}`);
    screen.say(screen.paint('dim', `hve watch ${safeText(id)}   shows how it goes`));
  }
  return EXIT.ok;
}

/** Nobody knows whether a message whose answer was lost is recorded: the key makes the repeat safe. */
function withKey(error: unknown, key: unknown): unknown {
  if (!(error instanceof CliError) || typeof key !== 'string') return error;
  const isLost = error.exitCode === EXIT.unreachable || error.exitCode === EXIT.notNow;
  if (!isLost) return error;
  const advice = `Sent again with --idempotency-key ${safeText(key)} it cannot go out twice.`;
  return new CliError(error.exitCode, [...error.lines, advice], error.problem);
}
