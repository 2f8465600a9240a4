/** A process that is one contender: what it uses of the processor is that contender's, and no other has been there before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { serveCalls } from '../serveCalls.ts';
import type { Runner, Target } from './contender.ts';
import { contenderNamed } from './contenders.ts';

export interface StartArgument {
  readonly contender: string;
  readonly target: Target;
}

export interface Measured {
  readonly perSecond: number;
  /** For each mail, of this whole process; null: it is not what sends. */
  readonly cpuMs: number | null;
}

let runner: Runner | undefined;
let isOver = false;
let sent = 0;
/** Settles only when it is over, or has failed. */
let running: Promise<void> = Promise.resolve();

serveCalls({
  async start({ contender, target }: StartArgument): Promise<void> {
    runner = await contenderNamed(contender).start(target);
    running = runner.run(
      () => isOver,
      () => {
        sent += 1;
      },
    );
    // Whoever measures or stops is told.
    running.catch(() => undefined);
  },
  async warmUp(ms: number): Promise<void> {
    await pause(ms);
  },
  /** In the middle of it all: nothing begins or ends with the measurement. */
  async measure(ms: number): Promise<Measured> {
    const before = { sent, cpu: process.cpuUsage(), at: performance.now() };
    await pause(ms);
    const cpu = process.cpuUsage(before.cpu);
    const mails = sent - before.sent;
    const tookMs = performance.now() - before.at;
    return {
      perSecond: (mails * 1000) / tookMs,
      cpuMs: (cpu.user + cpu.system) / 1000 / Math.max(mails, 1),
    };
  },
  async stop(): Promise<void> {
    isOver = true;
    await running;
    await runner?.close();
  },
});

/** Rejects where the contender fails meanwhile. */
async function pause(ms: number): Promise<void> {
  await Promise.race([sleep(ms), running]);
}
