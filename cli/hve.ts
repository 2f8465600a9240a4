/** `hve`: this process as the world of a command. */
import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { EXIT } from './exitCodes.ts';
import { main } from './main.ts';
import type { Output, World } from './world.ts';

/** Where a terminal does not say. */
const COLUMNS = 80;
/** az starts a Python of its own. */
const PROGRAM_TIMEOUT_MS = 60_000;

function makeOutput(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY,
    columns: () => (stream.columns > 0 ? stream.columns : COLUMNS),
  };
}

async function ask(question: string): Promise<string> {
  // On stderr: stdout may be a file while a person sits at the keyboard.
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

async function readStdin(): Promise<string> {
  return text(process.stdin);
}

/** az is a script on Windows, which only cmd starts; what it is given was looked at for that (connection.ts). */
async function run(program: string, args: readonly string[]): Promise<string> {
  const [file, ...all] =
    process.platform === 'win32' ? ['cmd.exe', '/d', '/c', program, ...args] : [program, ...args];
  return new Promise((resolve, reject) => {
    execFile(file, all, { timeout: PROGRAM_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT') reject(new Error(`${program} is not installed`));
      else reject(new Error(stderr.trim().split('\n').at(-1) ?? error.message));
    });
  });
}

const world: World = {
  env: process.env,
  cwd: process.cwd(),
  stdout: makeOutput(process.stdout),
  stderr: makeOutput(process.stderr),
  stdin: { isTerminal: process.stdin.isTTY, read: readStdin, ask },
  now: Date.now,
  sleep: async (ms) => {
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
  },
  run,
};

// A reader that has seen enough (`| head`) is no reason to fall, and none to go on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
  });
}
process.on('SIGINT', () => {
  // The cursor may stand in a bar.
  if (process.stderr.isTTY) process.stderr.write('\n');
  process.exit(EXIT.interrupted);
});

process.exitCode = await main(process.argv.slice(2), world);
