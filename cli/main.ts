/** One command, from its arguments to its exit code. */
import { ZodError } from 'zod';
import { makeApi } from './api.ts';
import { CliError } from './cliError.ts';
import type { Call } from './command.ts';
import { parseCommandLine, type CommandLine } from './commandLine.ts';
import { COMMANDS } from './commands/all.ts';
import { findConnection, type Connection } from './connection.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import { describeCommand, describeCommands } from './help.ts';
import { safeJson, safeText } from './safeText.ts';
import { makeScreen, type Format } from './screen.ts';
import { HVE_VERSION } from './version.ts';
import type { World } from './world.ts';

/** Never rejects but for a defect. */
export async function main(args: readonly string[], world: World): Promise<ExitCode> {
  const isJson = args.includes('--json') || args.includes('--jsonl');
  try {
    return await runCommand(parseCommandLine(args, COMMANDS), world);
  } catch (thrown) {
    const error = thrown instanceof ZodError ? notTheApi(thrown) : thrown;
    if (!(error instanceof CliError)) throw error;
    const { exitCode, lines, problem } = error;
    if (isJson) world.stderr.write(`${safeJson({ exitCode, error: lines.join('\n'), problem }, 2)}\n`);
    else world.stderr.write(`${lines.map(safeText).join('\n')}\n`);
    return exitCode;
  }
}

/** A page to log in at, another program, an older app: whatever answered, nothing is known of what was asked about. */
function notTheApi({ issues }: ZodError): CliError {
  const [first] = issues;
  const where = first === undefined || first.path.length === 0 ? 'the whole' : first.path.join('.');
  return new CliError(EXIT.unreachable, [
    `What answered does not speak this API: ${where}: ${first?.message ?? 'not as expected'}.`,
    'Is that the address of the app, with nothing else in between, and is its version as new as this hve? hve doctor looks further.',
  ]);
}

async function runCommand(line: CommandLine, world: World): Promise<ExitCode> {
  if (line.kind === 'version') {
    world.stdout.write(`${HVE_VERSION}\n`);
    return EXIT.ok;
  }
  if (line.kind === 'help') {
    world.stdout.write(
      `${line.command === null ? describeCommands(COMMANDS) : describeCommand(line.command)}\n`,
    );
    return EXIT.ok;
  }
  const { command, given } = line;
  let found: Promise<Connection> | null = null;
  const connection = async (): Promise<Connection> => (found ??= findConnection(given, world));
  const call: Call = {
    ...given,
    world,
    screen: makeScreen(world, formatOf(given, world)),
    connection,
    api: async () => makeApi(await connection()),
  };
  return command.run(call);
}

function formatOf(given: Pick<Call, 'flag'>, { stdout }: World): Format {
  if (given.flag('jsonl')) return 'jsonl';
  if (given.flag('json')) return 'json';
  return stdout.isTerminal ? 'human' : 'plain';
}
