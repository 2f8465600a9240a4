import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a stopped process would need if this one died meanwhile: it cannot end with its parent while it is stopped. */
const RESUME = `setTimeout(() => { try { process.kill(Number(process.argv[1]), 'SIGCONT') } catch {} }, Number(process.argv[2]))`;
const RESUME_LATER_MS = 5000;

/**
 * Stops a process (SIGSTOP) for that long, or until the signal aborts; resolves when it runs again. A helper resumes it
 * even where this process is killed.
 */
export async function pauseProcess(pid: number, forMs: number, signal: AbortSignal): Promise<void> {
  const helper = spawn(process.execPath, ['-e', RESUME, String(pid), String(forMs + RESUME_LATER_MS)], {
    detached: true,
    stdio: 'ignore',
  });
  // Without the helper the pause goes on all the same; only the death of this process would then leave it stopped.
  helper.once('error', () => undefined);
  helper.unref();
  send(pid, 'SIGSTOP');
  try {
    await sleep(forMs, undefined, { signal }).catch(() => undefined);
  } finally {
    send(pid, 'SIGCONT');
    helper.kill();
  }
}

/** It may have ended by itself. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
