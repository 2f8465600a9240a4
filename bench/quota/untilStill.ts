import { setTimeout as pause } from 'node:timers/promises';
import { utcDay } from '../../shared/core/messageId.ts';
import type { Ports } from '../../shared/ports.ts';
import type { MailerCrowd } from './mailerCrowd.ts';
import type { RecordFacts } from './readRecord.ts';
import { readRecord } from './readRecord.ts';
import { takenOf } from './watchLedger.ts';

/** The claims of the dead are over after 17 minutes, divided by the time scale. */
const CLAIMS_OVER_MS = 17 * 60_000;
/** For the work itself, on a machine under load. */
const WORK_MS = 150_000;
const LOOK_AGAIN_MS = 400;

/** Nothing moves, no lease is open, and a sweep later it is all the same. What was taken, by scope. */
export async function untilStill({
  crowd,
  ports,
  timeScale,
}: {
  crowd: MailerCrowd;
  ports: Ports;
  timeScale: number;
}): Promise<Record<string, number>> {
  const withinMs = CLAIMS_OVER_MS / timeScale + WORK_MS;
  const deadlineMs = performance.now() + withinMs;
  let before = '';
  let record: RecordFacts | null = null;
  while (performance.now() < deadlineMs) {
    await crowd.sweep().catch(() => undefined);
    const state = await ports.ledger.read();
    record = await readRecord(ports.store, utcDay(ports.clock.now()));
    const taken = takenOf(state);
    const isQuiet = state.leases.length === 0 && record.moving === 0;
    const looks = isQuiet ? JSON.stringify([taken, record.byStatus, record.waiting]) : '';
    if (isQuiet && looks === before) return taken;
    before = looks;
    await pause(LOOK_AGAIN_MS);
  }
  throw new Error(`it did not become still within ${withinMs / 1000} s: ${JSON.stringify(record?.byStatus)}`);
}
