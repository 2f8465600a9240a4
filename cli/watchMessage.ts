import { operationSchema, type Operation } from './answers.ts';
import type { Api } from './api.ts';
import { CliError } from './cliError.ts';
import { EXIT } from './exitCodes.ts';
import { isOver } from './outcome.ts';
import { makeLookAtWait } from './lookAtWait.ts';
import { makeProgress } from './progress.ts';
import type { Screen } from './screen.ts';
import type { World } from './world.ts';

/** Soon at first, since most mail is gone in a second; then so seldom that a day's watching costs nothing. */
const LOOK_AFTER_MS = { first: 250, most: 5000, growth: 1.5 };
/** The app may be deployed, or the line be down, while somebody watches. */
const FAILURES_AT_MOST = 10;

/**
 * Looks until the message is final, held or scheduled, or `withinMs` are over (null: however long it takes). It asks for the operation,
 * which needs no right to read messages. Throws what the API says, or after ten looks in a row without an answer.
 */
export async function watchMessage(
  api: Api,
  id: string,
  withinMs: number | null,
  { world, screen }: { readonly world: World; readonly screen: Screen },
): Promise<Operation> {
  const progress = makeProgress(world, screen.hasBlocks);
  const endsAt = withinMs === null ? Infinity : world.now() + withinMs;
  const lookAtWait = makeLookAtWait(api, world);
  let delayMs = LOOK_AFTER_MS.first;
  let failures = 0;
  try {
    for (;;) {
      try {
        const operation = operationSchema.parse(await api.get(`operations/${encodeURIComponent(id)}`));
        failures = 0;
        progress.show(operation, await lookAtWait(operation));
        if (isOver(operation.status) || world.now() >= endsAt) return operation;
      } catch (error) {
        failures += 1;
        if (!mayPass(error) || failures >= FAILURES_AT_MOST || world.now() >= endsAt) throw error;
      }
      await world.sleep(Math.min(delayMs, Math.max(0, endsAt - world.now())));
      delayMs = Math.min(LOOK_AFTER_MS.most, delayMs * LOOK_AFTER_MS.growth);
    }
  } finally {
    progress.end();
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof CliError && (error.exitCode === EXIT.unreachable || error.exitCode === EXIT.notNow);
}
