import { existsSync, readFileSync } from 'node:fs';

/** Such a process ends as soon as it notices that its parent is gone: milliseconds. */
const DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** What the command line of a process of the stack contains. */
const OURS = /azurite|[\\/]local[\\/]host[\\/]main\.ts/;

/** Waits until none of these processes of a killed instance runs any more; gives up silently after ten seconds. */
export async function waitForProcesses(pids: readonly number[]): Promise<void> {
  const startedAt = performance.now();
  while (pids.some(runs) && performance.now() - startedAt < DEADLINE_MS) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}

/** Where there is a /proc it tells ours from others that got the same number, and from the dead nobody has buried yet. */
function runs(pid: number): boolean {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return OURS.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
