/** `npm start`: everything on this machine, with a sample message sent through it. Options: stack/commandLine.ts. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { runStart } from './stack/runStart.ts';
import { parseCommandLine, USAGE } from './stack/commandLine.ts';
import { onStopRequest } from './stack/stopRequest.ts';

const EXIT_WRONG_USAGE = 2;

// A reader of our output that has gone away (`| head`) is no reason to fall.
process.stdout.on('error', () => undefined);

const command = parseCommandLine(process.argv.slice(2));
if (command.kind === 'help') {
  console.log(USAGE);
} else if (command.kind === 'wrong') {
  console.error(`${command.problem}\n\n${USAGE}`);
  process.exitCode = EXIT_WRONG_USAGE;
} else {
  const root = resolve(import.meta.dirname, '..');
  const exitCode = await runStart({
    command,
    root,
    env: process.env,
    token: randomBytes(4).toString('hex'),
    write: (line) => console.log(line),
    signal: onStopRequest((line) => console.error(line)),
  });
  // What is still open (a socket, a timer of an SDK) must not hold the terminal.
  process.exit(exitCode);
}
