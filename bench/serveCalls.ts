/** The side of `remoteProcess.ts` that is called: runs in the process that a benchmark has started. */
import type { Answer, Call } from './remoteProcess.ts';

/** Several calls run at once; each is answered with what its handler gives, or with what it threw. */
export function serveCalls(handlers: Readonly<Record<string, (argument: never) => Promise<unknown>>>): void {
  process.on('message', (message: Call) => {
    void answer(handlers, message).then((answer) => process.send?.(answer));
  });
}

async function answer(
  handlers: Readonly<Record<string, (argument: never) => Promise<unknown>>>,
  { call, name, argument }: Call,
): Promise<Answer> {
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`it has no ${name}`);
    return { call, result: await handler(argument as never) };
  } catch (error) {
    return { call, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
