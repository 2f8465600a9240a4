/** The daily report through the whole stack: mail that fails today, closed and mailed tomorrow, as the inbox received it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { addDays } from '../../shared/core/calendarDay.ts';
import type { DayReport } from '../../shared/core/records.ts';
import { number } from '../../shared/core/reportWords.ts';
import { makeDays } from '../../shared/adapters/storage/days.ts';
import type { DayView } from '../../shared/core/usageView.ts';
import { findBrowser, startBrowser } from '../browser.ts';
import { sampleFailure, sampleReport } from '../shared/core/sampleReports.ts';
import { mailFlaws } from '../shared/core/mailFlaws.ts';
import { chance, openStorage } from '../shared/adapters/storage/openStorage.ts';
import { until } from '../shared/flows/mailerHarness.ts';
import { projectRoot } from '../tools.ts';
import type { StackClient, TestStack, TestState } from './harness.ts';
import { atNoon, makeState, nowAtNoon, PATIENCE_MS, startTestStack } from './harness.ts';

const READERS = ['operators@contoso.com', 'ann@contoso.com'];
/** What a server says of itself and of the recipient is no cause, and never runs. */
const EVIL =
  '550 5.9.9 <script>document.title="evil"</script> <img src=x onerror="document.title=1"> evil@contoso.com';

let state: TestState;
let running: TestStack;
let client: StackClient;
let report: DayView;
/** As the inbox has them: of the day that the stack closed, and of a busy one before it that was closed already. */
let mail: ParsedMail;
let busyMail: ParsedMail;
let timerRuns = 0;

beforeAll(async () => {
  state = await makeState();
  const day = await sendAndFail();
  running = await startTestStack(state, {
    ...atNoon(1),
    HVE_LOCAL_TIME_SCALE: '30',
    HVE_REPORT_RECIPIENTS: READERS.join(','),
  });
  client = running.client;
  const mails = await until(
    'the reports of both days in the inbox',
    async () => {
      timerRuns++;
      await client.post('/admin/functions/closeDay', {});
      const found = (await client.mails()).filter(({ subject }) => / — action needed/.test(subject));
      return found.length === 2 && found;
    },
    3 * PATIENCE_MS,
  );
  report = await client.get<DayView>(`/api/usage?day=${day}`);
  const parse = async (subjectDay: string): Promise<ParsedMail> => {
    const found = mails.find(({ subject }) => subject.startsWith(subjectDay))!;
    return simpleParser(await client.eml(found.id));
  };
  mail = await parse(day);
  busyMail = await parse(addDays(day, -1));
}, 5 * PATIENCE_MS);

afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

/** A day of mail, and the reports of the days before it as if they had been closed. The day. */
async function sendAndFail(): Promise<string> {
  await using stack = await startTestStack(state, atNoon());
  const { put, fault, list, get } = stack.client;
  await fault({
    reply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found',
    stage: 'rcpt',
    address: 'gone@contoso.com',
  });
  await fault({ reply: EVIL, stage: 'rcpt', address: 'evil@contoso.com' });
  const mailOf = (app: string, to: string[]) => ({ app, to, subject: 's', text: 't' });
  await put(mailOf('payroll', ['a@contoso.com', 'b@contoso.com', 'gone@contoso.com']));
  await put(mailOf('crm', ['gone@contoso.com', 'c@example.org']));
  await put(mailOf('crm', ['evil@contoso.com']));
  await put({ app: 'shop', subject: 'without recipients', text: 't' });
  const isFinal = ({ status }: { status: string }): boolean =>
    ['partially_sent', 'failed', 'rejected'].includes(status);
  await until(
    'the four messages are final',
    async () => {
      const all = await list('');
      return all.length === 4 && all.every(isFinal);
    },
    2 * PATIENCE_MS,
  );
  const { window } = await get<{ window: { day: string } }>('/api/usage');
  const { storage } = openStorage('', stack.stack.endpoints().storage);
  const days = makeDays({ storage, chance });
  for (const past of pastReports(window.day)) expect(await days.insertReport(past)).toBe(true);
  return window.day;
}

/** A busy day with failures, whose mail is still to go, and six before it. */
function pastReports(today: string): DayReport[] {
  const busy = sampleReport({
    day: addDays(today, -1),
    timeZone: 'UTC',
    closedAt: nowAtNoon() + DAY_MS - HOUR_MS,
    costUsd: 0.52,
    failed: 5,
    held: 1,
    byStatus: { sent: 4204, failed: 4, held: 1, rejected: 2 },
    failures: {
      causes: [
        sampleFailure(),
        sampleFailure({
          cause: 'HVE does not send to external recipients',
          remedy: 'send it another way; check the accepted domains (HVE_INTERNAL_DOMAINS)',
          recipients: 2,
          messages: 1,
          apps: ['crm'],
        }),
        sampleFailure({
          cause: 'rejected: the message was not valid',
          remedy: 'correct the app that sends it, as the problems of the message say',
          recipients: 0,
          apps: ['shop'],
        }),
      ],
      others: { recipients: 0, messages: 0 },
    },
    apps: [
      { app: 'crm', messages: 4000, accepted: 9000, failed: 4, unknown: 0 },
      { app: 'payroll', messages: 211, accepted: 3345, failed: 1, unknown: 0 },
    ],
  });
  const week = [9120, 11_840, 10_950, 12_010, 4100, 2380];
  const before = week.map((accepted, n) =>
    sampleReport({
      day: addDays(today, -2 - n),
      timeZone: 'UTC',
      closedAt: nowAtNoon() - (n + 1) * DAY_MS,
      accepted,
      failed: n,
      costUsd: (42 * accepted) / 1e6,
    }),
  );
  return [busy, ...before];
}

describe('the mail', () => {
  test('goes to every reader, from the first account, and says in the subject that somebody must act', () => {
    expect(mail.subject).toBe(`${report.day}: 6 recipients, 3 failed, 1 message rejected — action needed`);
    expect(mail.from?.value).toEqual([{ address: 'hve@contoso.com', name: 'hve-mailer' }]);
    expect([mail.to].flat().flatMap((to) => to?.value.map(({ address }) => address))).toEqual(READERS);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
  });

  test('has the figures of the API, in both of its bodies', () => {
    const { accepted, failed, unknown, held, failures, scopes, messages, apps } = report;
    expect({ accepted, failed, unknown, held, messages }).toEqual({
      accepted: 3,
      failed: 3,
      unknown: 0,
      held: 0,
      messages: 4,
    });
    expect(
      failures!.causes.map(({ recipients, messages: of, whoActs }) => [recipients, of, whoActs]),
    ).toEqual([
      [2, 2, 'app'],
      [1, 1, 'app'],
      [0, 1, 'app'],
    ]);
    for (const body of [plainText(mail), htmlText(mail)]) {
      for (const { cause, remedy } of failures!.causes) {
        expect(body).toContain(cause);
        expect(body.toLowerCase()).toContain(remedy.toLowerCase());
      }
    }
    const cells = tableCells(mail);
    for (const { cause, recipients, messages: of } of failures!.causes) {
      const row = cells.find(([name]) => name?.startsWith(cause));
      expect(row?.slice(1)).toEqual([number(recipients), number(of)]);
    }
    for (const { scope, limit, used } of scopes.filter(
      (one) => one.scope === 'tenant' || one.scope === 'external',
    )) {
      const name = scope === 'tenant' ? 'all recipients' : 'external recipients';
      expect(cells.find(([first]) => first === name)?.slice(1, 3)).toEqual([number(used), number(limit!)]);
    }
    for (const { app, accepted: of, failed: not } of apps!.filter((one) => one.accepted + one.failed > 0)) {
      expect(cells.find(([first]) => first === app)?.slice(1, 3)).toEqual([number(of), number(not)]);
    }
    expect(plainText(mail)).toContain('Dead letters open: 4');
  });

  test('has the days before it in its week, those that were closed', () => {
    const isDay = (name = ''): boolean => /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) /.test(name);
    const week = tableCells(mail).filter(([name]) => isDay(name));
    expect(week.map(([, accepted]) => accepted)).toEqual([
      '4,100',
      '12,010',
      '10,950',
      '11,840',
      '9,120',
      '12,345',
      '3',
    ]);
  });

  test('leads to the dashboard at the address of the stack', () => {
    const { functions } = running.stack.endpoints();
    expect(plainText(mail)).toContain(`Dashboard: ${functions}/api/dashboard`);
    expect(String(mail.html)).toContain(`href="${functions}/api/dashboard"`);
  });

  test('holds no address of a recipient, and what a server says is text', () => {
    const both = `${mail.text ?? ''}${String(mail.html)}`;
    for (const address of ['gone@', 'evil@', 'a@contoso', 'example.org']) expect(both).not.toContain(address);
    expect(plainText(mail)).toContain('<script>document.title="evil"</script> <img src=x');
    expect(mailFlaws(String(mail.html))).toEqual([]);
    expect(mailFlaws(String(busyMail.html))).toEqual([]);
  });

  test('is mail like any other: of the app hve-mailer, found by its reference, counted today', async () => {
    const [message] = await client.list(`reference=daily-report-${report.day}`);
    expect(message).toMatchObject({ app: 'hve-mailer', status: 'sent', tags: ['daily-report'] });
    const usage = await client.get<{ scopes: { scope: string; used: number }[] }>('/api/usage');
    expect(usage.scopes.find(({ scope }) => scope === 'app:hve-mailer')?.used).toBe(2 * READERS.length);
  });

  test('went once, however often the timer came', async () => {
    expect(timerRuns).toBeGreaterThan(2);
    const messages = await client.messagesOf('hve-mailer');
    expect(messages.map(({ reference }) => `${reference}`).toSorted()).toEqual([
      `daily-report-${addDays(report.day, -1)}`,
      `daily-report-${report.day}`,
    ]);
    const subjects = (await client.mails())
      .map(({ subject }) => subject)
      .filter((one) => /^\d{4}-/.test(one));
    expect(subjects.toSorted()).toEqual([busyMail.subject, mail.subject]);
  });
});

const browserPath = findBrowser();

describe.skipIf(browserPath === null)('the mail in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(browserPath ?? '');
  });
  afterAll(async () => browser.close());

  async function open(what: ParsedMail, width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    onTestFinished(async () => page.close());
    await page.setContent(String(what.html), { waitUntil: 'load' });
    return page;
  }

  test.each([
    ['desktop', 900, 'report.png'],
    ['phone', 375, 'report-phone.png'],
    ['small phone', 320, null],
  ])('fits the width of a %s, with nothing cut off', async (_, width, picture) => {
    for (const what of [mail, busyMail]) {
      const page = await open(what, width);
      const wide = await page.evaluate(`({
        page: document.documentElement.scrollWidth,
        cells: [...document.querySelectorAll('td, th')]
          .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
          .map((cell) => cell.textContent),
      })`);
      expect(wide).toEqual({ page: width, cells: [] });
      if (picture !== null && what === busyMail && isPictureWanted()) {
        await page.screenshot({ path: join(projectRoot, 'docs', 'images', picture), fullPage: true });
      }
    }
  });

  test('has bars within their columns, as long as their share', async () => {
    const page = await open(busyMail, 900);
    const bars: { meant: number; shown: number }[] = await page.evaluate(`
      [...document.querySelectorAll('td[bgcolor="#1a6fb5"][width]')].map((filled) => ({
        meant: parseInt(filled.getAttribute('width'), 10),
        shown: (100 * filled.getBoundingClientRect().width) / filled.closest('table').getBoundingClientRect().width,
      }))`);
    expect(bars.length).toBeGreaterThan(8);
    for (const { meant, shown } of bars) expect(Math.abs(meant - shown)).toBeLessThan(2);
  });

  test('runs nothing, and fetches nothing', async () => {
    const page = await browser.newPage();
    onTestFinished(async () => page.close());
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.setContent(String(mail.html), { waitUntil: 'load' });
    expect(await page.title()).toBe(mail.subject);
    expect(requests).toEqual([]);
    // Else the check could not fail.
    await page.setContent(
      '<title>x</title><img src="http://127.0.0.1:1/x"><script>document.title="evil"</script>',
    );
    expect([await page.title(), requests.length]).toEqual(['evil', 1]);
  });

  test('is readable for everybody: axe finds nothing', async () => {
    for (const what of [mail, busyMail]) {
      const page = await open(what, 375);
      await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') });
      const { violations }: AxeResults = await page.evaluate(
        `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })`,
      );
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
  });
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The pictures of docs/report.md are made anew only when they are asked for. */
function isPictureWanted(): boolean {
  // oxlint-disable-next-line node/no-process-env -- a switch of whoever runs this test by hand
  return process.env['REPORT_PICTURES'] === '1';
}

function plainText({ text = '' }: ParsedMail): string {
  return text.replaceAll(/\n\s*/g, ' ');
}

/** Without elements, and with what they escape as it is. */
function htmlText({ html }: ParsedMail): string {
  return unescaped(
    String(html)
      .replaceAll('<wbr>', '')
      .replaceAll(/<[^>]+>/g, ' '),
  );
}

function unescaped(html: string): string {
  const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&nbsp;': ' ', '&amp;': '&' };
  return html.replaceAll(
    /&(?:lt|gt|quot|#39|nbsp|amp);/g,
    (entity) => entities[entity as keyof typeof entities],
  );
}

/** The cells of all rows of data, as text. */
function tableCells({ html }: ParsedMail): string[][] {
  const rows = String(html).split('<tr><th scope="row"').slice(1);
  return rows.map((row) =>
    `<th${row.split('</tr>\n')[0]!.split('</tr></tbody>')[0]!}`
      .split(/<\/t[hd]>(?=<td valign|$)/)
      .map((cell) =>
        unescaped(
          cell
            .replaceAll('<wbr>', '')
            .replaceAll('<br>', ' ')
            .replaceAll(/<[^>]+>/g, ''),
        ).trim(),
      )
      .filter((cell) => cell !== ''),
  );
}
