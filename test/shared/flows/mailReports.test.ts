import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  neighbours = await startNeighbours(1);
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

it('a closed day is mailed once to its readers, through the queue like any message', async () => {
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
  // It counts for the day on which it was sent, and waits like other mail where that is full.
  expect((await tomorrow.usage.today()).scopes.find(({ scope }) => scope === 'app:hve-mailer')).toMatchObject(
    {
      used: 1,
    },
  );
});

it('nobody is mailed without the setting; who turns it on gets the day before, and no older one', async () => {
  const world = makeWorld();
  const { tomorrow, report } = await closedDay(world, {});
  await tomorrow.mailReports();
  expect(await reportsIn(tomorrow, report)).toEqual([]);
  await tomorrow.close();

  const later = await world.instance(DAY + 19 * HOUR);
  const tooLate = await world.instance(DAY + 21 * HOUR);
  await tooLate.mailReports();
  expect(await reportsIn(tooLate, report)).toEqual([]);
  await later.mailReports();
  expect(await reportsIn(later, report)).toEqual([reportMessageId(report)]);
});

it('after a long standstill the last three days are mailed, and the older ones only closed', async () => {
  const world = makeWorld();
  const today = await world.instance(0);
  await send(today, [`a${worlds}@contoso.com`]);
  await today.close();
  const later = await world.instance(6 * DAY);
  const reports = await later.closeDay();
  expect(reports).toHaveLength(6);
  await later.mailReports();
  const mailed = await reportsIn(later, reports[0]!);
  const lastThree = reports
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .slice(-3)
    .map(reportMessageId);
  expect(mailed.toSorted()).toEqual(lastThree.toSorted());
});

it('two instances at once hand in one message, and it goes once', async () => {
  const world = makeWorld();
  const { tomorrow, report } = await closedDay(world);
  const other = await world.instance(DAY);
  await Promise.all([tomorrow.mailReports(), other.mailReports(), other.mailReports()]);
  await tomorrow.drain();
  expect(await reportsIn(other, report)).toEqual([reportMessageId(report)]);
  expect(await neighbours.inbox(world.reader)).toHaveLength(1);
});

it('wherever the process ends, the mail is neither lost nor doubled', async () => {
  const world = makeWorld();
  const { report } = await closedDay(world);
  // Behind the report's row, before each effect of handing in: the touch of the day, the insert, the item.
  const crash = async (): Promise<never> => Promise.reject(new Crash());
  const deaths: ((ports: Ports) => Ports)[] = [
    (ports) => ({ ...ports, days: { ...ports.days, touch: crash } }),
    (ports) => ({ ...ports, store: { ...ports.store, insert: crash } }),
    (ports) => ({
      ...ports,
      store: { ...ports.store, insert: async (...of) => ports.store.insert(...of).then(crash) },
    }),
  ];
  for (const death of deaths) {
    const dying = await world.instance(DAY, undefined, death);
    await expect(dying.mailReports()).rejects.toThrow(Crash);
  }
  const heir = await world.instance(DAY + HOUR);
  await heir.mailReports();
  expect(await reportsIn(heir, report)).toEqual([reportMessageId(report)]);
  // The item was never put: the sweep sees to the row when it is overdue, like to any.
  expect(await heir.drain()).toBe(0);
  await heir.sweep();
  await heir.drain();
  await heir.mailReports();
  await heir.drain();
  expect(await neighbours.inbox(world.reader)).toHaveLength(1);
});

it('what stands in the way of one hour does not in the next: the facts, or Storage', async () => {
  const world = makeWorld();
  const { report } = await closedDay(world);
  const failing = await world.instance(DAY, undefined, (ports) => ({
    ...ports,
    standings: { ...ports.standings, readAll: async () => Promise.reject(new Error('no answer')) },
  }));
  await expect(failing.mailReports()).rejects.toThrow('no answer');
  const next = await world.instance(DAY + HOUR);
  await next.mailReports();
  expect(await reportsIn(next, report)).toEqual([reportMessageId(report)]);
});

it('while the window is full it waits, and does not count for the day that it tells of', async () => {
  const world = makeWorld();
  const settings = { HVE_REPORT_RECIPIENTS: world.reader, HVE_LIMIT_RECIPIENTS_PER_DAY: '1' };
  const { tomorrow, report } = await closedDay(world, settings);
  await send(tomorrow, [`b${worlds}@contoso.com`]);
  await tomorrow.mailReports();
  await tomorrow.drain();
  expect(await tomorrow.messages.message(reportMessageId(report))).toMatchObject({
    status: 'deferred',
    waitsFor: 'quota:tenant',
  });
  expect(await neighbours.inbox(world.reader)).toEqual([]);
});

it('more than fifty readers get it in several deliveries that name nobody', async () => {
  const world = makeWorld();
  const readers = Array.from({ length: 60 }, (_, n) => `many${worlds}n${n}@contoso.com`);
  const { tomorrow, report } = await closedDay(world, { HVE_REPORT_RECIPIENTS: readers.join(',') });
  await tomorrow.mailReports();
  await tomorrow.drain();
  const view = await tomorrow.messages.message(reportMessageId(report));
  expect(view).toMatchObject({ status: 'sent', counts: { accepted: 60 } });
  expect(view!.deliveries).toHaveLength(2);
});

it('a reader who cannot be sent to is told in the log, and the closed day stands', async () => {
  const world = makeWorld();
  const { tomorrow, report } = await closedDay(world);
  await tomorrow.appBook.write({
    name: 'hve-mailer',
    accounts: ['gone@contoso.com'],
    highestPriority: null,
    quotaPerDay: null,
  });
  const limited = await world.instance(DAY);
  await limited.mailReports();
  expect(limited.lines.filter((line) => line.startsWith('error'))).toEqual([
    expect.stringMatching(new RegExp(`^error the report of ${report.day} cannot be mailed: .*from`)),
  ]);
  expect(await reportsIn(limited, report)).toEqual([]);
});

it('tells of the day what its record says: who failed and why, what waits, what is given up', async () => {
  const world = makeWorld();
  const today = await world.instance(0);
  await neighbours.setFault({
    reply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found',
    stage: 'rcpt',
    address: 'gone@contoso.com',
  });
  await send(today, ['gone@contoso.com', `ok${worlds}@contoso.com`]);
  await send(today, ['gone@contoso.com'], { app: 'crm' });
  await send(today, []);
  await neighbours.clearFaults();
  await today.close();
  const tomorrow = await world.instance(DAY);
  const [report] = await tomorrow.closeDay();
  expect(report).toMatchObject({
    messages: 3,
    accepted: 1,
    failed: 2,
    unknown: 0,
    held: 0,
    byStatus: { partially_sent: 1, failed: 1, rejected: 1 },
    failures: {
      causes: [
        { cause: 'no such recipient', remedy: 'correct the address', recipients: 2, messages: 2 },
        { cause: 'rejected: the message was not valid', recipients: 0, messages: 1 },
      ],
      others: { recipients: 0, messages: 0 },
    },
  });
  expect(report!.failures!.causes[0]!.apps.toSorted()).toEqual(['crm', 'payroll']);
  await tomorrow.mailReports();
  await tomorrow.drain();
  const [mail] = await neighbours.inbox(world.reader);
  expect(mail!.subject).toBe(`${report!.day}: 3 recipients, 2 failed, 1 message rejected — action needed`);
  const eml = await (await fetch(`${neighbours.simulator.inboxUrl}/messages/${mail!.id}.eml`)).text();
  const parsed = await simpleParser(eml);
  expect(parsed.text).toContain('2 recipients of 2 messages: no such recipient');
  expect(parsed.text).toContain('Dead letters open: 3');
  expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
  expect(`${parsed.text}${String(parsed.html)}`).not.toContain('gone@');
});
