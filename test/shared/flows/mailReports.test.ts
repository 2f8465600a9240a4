import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays } from '../../../shared/core/calendarDay.ts';
import { makeMessageId, utcDay } from '../../../shared/core/messageId.ts';
import type { DayReport } from '../../../shared/core/records.ts';
import { reportMessageId } from '../../../shared/core/reportMessage.ts';
import type { Ports } from '../../../shared/ports.ts';
import { collect } from '../../contracts/sampleMessages.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { Crash, startNeighbours } from './mailerHarness.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const READER = 'operators@contoso.com';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(100);
});
afterAll(async () => neighbours.end());

let worlds = 0;

/** Instances over tables of their own, each so many hours ahead of the real clock; each world has a reader of its own. */
function makeWorld(reader: string | null = `reader${++worlds}@contoso.com`) {
  const HVE_TABLE_PREFIX = `reports${++worlds}x`;
  const later = (ports: Ports, ms: number): Ports => ({
    ...ports,
    clock: { ...ports.clock, now: () => ports.clock.now() + ms },
  });
  return {
    reader: reader ?? READER,
    async instance(
      ms: number,
      settings: Record<string, string> = reader === null ? {} : { HVE_REPORT_RECIPIENTS: reader },
      wrap: (ports: Ports) => Ports = (ports) => ports,
    ): Promise<TestMailer> {
      return neighbours.mailer({ HVE_TABLE_PREFIX, ...settings }, (ports) => wrap(later(ports, ms)));
    },
  };
}

async function send(mailer: TestMailer, to: readonly string[], more: object = {}): Promise<void> {
  const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
  await mailer.takeFromOutbox.take(id, { to, subject: 's', text: 't', app: 'payroll', ...more });
}

/** A day with one mail, closed by an instance for which it is tomorrow. */
async function closedDay(world: ReturnType<typeof makeWorld>, settings?: Record<string, string>) {
  const today = await world.instance(0, settings);
  await send(today, [`a${worlds}@contoso.com`]);
  await today.close();
  const tomorrow = await world.instance(DAY, settings);
  const [report] = await tomorrow.closeDay();
  return { tomorrow, report: report! };
}

const reportsIn = async (mailer: TestMailer, { closedAt }: DayReport): Promise<string[]> => {
  const heads = mailer.ports.store.listHeads(utcDay(closedAt), '', 'Z', { app: 'hve-mailer' });
  return (await collect(heads)).map(({ id }) => id);
};

it('a closed day is mailed once to each recipient, through the queue like any message', async () => {
  const world = makeWorld();
  const { tomorrow, report } = await closedDay(world);
  await tomorrow.mailReports();
  // It is handed in, and no timer waits for SMTP.
  expect(await neighbours.inbox(world.reader)).toEqual([]);
  await tomorrow.drain();
  await tomorrow.mailReports();
  await tomorrow.drain();
  const mails = await neighbours.inbox(world.reader);
  expect(mails.map(({ subject }) => subject)).toEqual([`${report.day}: 1 recipient`]);
  expect(await reportsIn(tomorrow, report)).toEqual([reportMessageId(report)]);
  expect(await tomorrow.messages.message(reportMessageId(report))).toMatchObject({
    app: 'hve-mailer',
    status: 'sent',
    priority: 'normal',
    reference: `daily-report-${report.day}`,
    tags: ['daily-report'],
  });
});
