import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ensureCertificates } from '../../../local/certificates.ts';
import type { StoredMail } from '../../../local/simulator/mailStore.ts';
import { mailText, startLoggedIn, transact } from './smtpDialogue.ts';
import type { TestSimulator } from './testSimulator.ts';

/** For forty mails that are written to the disk, each before it is acknowledged. */
const PATIENCE_MS = 60_000;
const SCRIPT = fileURLToPath(new URL('simulatorProcess.ts', import.meta.url));

type Running = Pick<TestSimulator, 'smtp' | 'inboxUrl'> & { kill(): Promise<void> };

async function startProcess(dir: string): Promise<Running> {
  const child = spawn(process.execPath, [SCRIPT, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    ...(JSON.parse(line) as Pick<TestSimulator, 'smtp' | 'inboxUrl'>),
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test(
  'every mail that was acknowledged before a SIGKILL is in the inbox after it',
  { timeout: 4 * PATIENCE_MS },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hve-simulator-'));
    try {
      const { ca } = await ensureCertificates(dir);
      const acknowledged: string[] = [];
      let killed = 0;
      for (let round = 1; round <= 2; round++) {
        const running = await startProcess(dir);
        const simulator: TestSimulator = {
          ...running,
          ca,
          stateDir: dir,
          stop: running.kill,
          end: running.kill,
        };
        // Four clients send without a pause, so that the kill falls in the middle of something.
        const clients = Promise.allSettled(
          [1, 2, 3, 4].map(async (client) => {
            const dialogue = await startLoggedIn(simulator);
            for (let i = 1; ; i++) {
              const subject = `round ${round} client ${client} mail ${i}`;
              const reply = await transact(dialogue, mailText({ Subject: subject }, 'x'.repeat(20_000)));
              if (!reply.startsWith('250 ')) throw new Error(reply);
              acknowledged.push(subject);
            }
          }),
        );
        await expect
          .poll(() => acknowledged.length, { interval: 5, timeout: PATIENCE_MS })
          .toBeGreaterThan(round * 40);
        await running.kill();
        for (const client of await clients) {
          if (client.status === 'rejected') killed++;
        }
      }
      expect(killed).toBe(8);

      const last = await startProcess(dir);
      const mails = (await (await fetch(`${last.inboxUrl}/messages`)).json()) as StoredMail[];
      const emls = await Promise.all(
        mails.map((mail) =>
          fetch(`${last.inboxUrl}/messages/${mail.id}.eml`).then((response) => response.arrayBuffer()),
        ),
      );
      await last.kill();
      const kept = new Set(mails.map((mail) => mail.subject));
      expect(acknowledged.filter((subject) => !kept.has(subject))).toEqual([]);
      expect(kept.size).toBe(mails.length);
      expect(emls.map((eml) => eml.byteLength)).toEqual(mails.map((mail) => mail.sizeBytes));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
);
