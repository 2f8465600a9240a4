/**
 * `npm run pictures`: draws the dashboard as the README and docs/dashboard.md show it, of an organisation on a Tuesday afternoon. The
 * local stack is started at several hours of that day and the day before, so that all that is seen has really happened.
 */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { formatIsoDuration } from '../../local/isoDuration.ts';
import { startStack } from '../../local/stack/startStack.ts';
import type { Stack } from '../../local/stack/startStack.ts';
import { findBrowser, startBrowser } from '../browser.ts';
import { projectRoot } from '../tools.ts';
import type { Organisation } from './organisation.ts';
import { makeOrganisation, MAILBOX_FULL, NO_MAILBOX, staff, writeHistory } from './organisation.ts';

const LIMIT = 20_000;
const HISTORY_DAYS = 30;
const DAY_MS = 86_400_000;
const TUESDAY = 2;
const folder = join(projectRoot, 'docs', 'images');

const day = nextTuesday();
const yesterday = new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
const stateDir = await mkdtemp(join(tmpdir(), 'hve-pictures-'));
try {
  await during(`${yesterday}T10:12:00Z`, async (organisation, stack) => {
    // Before any day is closed, so that yesterday's report is one of them.
    await writeHistory(stack.endpoints(), day, HISTORY_DAYS, LIMIT);
    await failuresOfYesterday(organisation);
  });
  for (const [time, recipients] of [
    ['06:20', 400],
    ['07:15', 900],
    ['08:05', 2100],
    ['09:10', 2600],
    ['10:30', 1700],
    ['11:45', 900],
    ['13:20', 1300],
  ] as const) {
    await during(`${day}T${time}:00Z`, async (organisation) => usualHour(organisation, recipients));
  }
  await during(`${day}T14:38:00Z`, async (organisation, stack, now) => {
    await now14(organisation);
    await draw(stack, now);
  });
} finally {
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
}

function nextTuesday(): string {
  const date = new Date(Date.now() + DAY_MS);
  while (date.getUTCDay() !== TUESDAY) date.setTime(date.getTime() + DAY_MS);
  return date.toISOString().slice(0, 10);
}

async function during(
  at: string,
  run: (organisation: Organisation, stack: Stack, now: () => number) => Promise<void>,
): Promise<void> {
  const offsetMs = Date.parse(at) - Date.now();
  console.log(`${at} …`);
  const stack = await startStack({
    stateDir,
    bundle: join(projectRoot, 'dist', 'main.cjs'),
    hostJson: join(projectRoot, 'host.json'),
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HVE_'))),
      HVE_LOCAL_CLOCK_OFFSET: formatIsoDuration(offsetMs),
      HVE_LIMIT_RECIPIENTS_PER_DAY: String(LIMIT),
    },
    say: (line) => console.log(line),
    onHostLine: () => undefined,
  });
  try {
    await run(makeOrganisation(stack.endpoints()), stack, () => Date.now() + offsetMs);
  } finally {
    await stack.stop();
  }
}

async function failuresOfYesterday(organisation: Organisation): Promise<void> {
  const gone = ['t.berg', 'm.okafor', 'l.sanchez'].map((name) => `${name}@contoso.com`);
  for (const address of gone) await organisation.fault({ stage: 'rcpt', reply: NO_MAILBOX, address });
  const ids = await Promise.all(
    gone.map((to) =>
      organisation.submit({
        app: 'payroll',
        from: 'payroll@contoso.com',
        to,
        subject: `Payslip November 2026 for ${to.split('@')[0]}`,
        text: 'Your payslip is attached.',
        reference: `PAY-2026-11-${to.slice(0, 2)}`,
      }),
    ),
  );
  for (const id of ids) await organisation.until(id, 'failed');
  await organisation.clearFaults();
}

async function usualHour(organisation: Organisation, recipients: number): Promise<void> {
  const id = await organisation.submit({
    app: 'intranet',
    to: staff(Math.round(recipients * 0.8)),
    subject: 'News of the day',
    html: '<h1>News</h1><p>What is new today.</p>',
    priority: 'bulk',
    tags: ['news'],
  });
  const payslips = await organisation.submit({
    app: 'payroll',
    from: 'payroll@contoso.com',
    to: staff(Math.round(recipients * 0.19), 'employee'),
    subject: 'Your payslip for November is ready',
    text: 'Open the portal to read it.',
  });
  const offer = await organisation.submit({
    app: 'crm',
    to: staff(Math.max(5, Math.round(recipients * 0.01)), 'buyer', 'fabrikam.com'),
    subject: 'Our offer for the coming year',
    text: 'As discussed.',
  });
  for (const one of [id, payslips, offer]) await organisation.until(one, 'sent');
}

async function now14(organisation: Organisation): Promise<void> {
  await organisation.put('apps/crm', { quotaPerDay: 500 });
  const done = [
    await organisation.submit({
      app: 'portal',
      to: 'ann.lee@contoso.com',
      subject: 'Reset your password',
      text: 'x',
      priority: 'critical',
    }),
    await organisation.submit({
      app: 'monitoring',
      to: 'ops@contoso.com',
      subject: 'Disk usage of db-07 is back to normal',
      text: 'x',
    }),
    await organisation.submit({
      app: 'crm',
      to: staff(3, 'lead', 'fabrikam.com'),
      subject: 'Offer 2026-1187',
      text: 'x',
      reference: 'OFFER-1187',
    }),
  ];
  for (const id of done) await organisation.until(id, 'sent');
  await organisation.fault({ stage: 'rcpt', reply: MAILBOX_FULL, address: 'j.moreau@contoso.com' });
  const part = await organisation.submit({
    app: 'expenses',
    to: ['j.moreau@contoso.com', 'c.ito@contoso.com'],
    subject: 'Your expense report was approved',
    text: 'x',
  });
  await organisation.until(part, 'partially_sent');
  await organisation.submit({
    app: 'facilities',
    to: staff(40),
    subject: 'Water is off in building 4 on Sunday',
    text: 'x',
    sendAt: new Date(Date.now() + 30 * DAY_MS).toISOString(),
  });
  await organisation.fault({
    stage: 'end-of-data',
    reply: '451 4.7.0 Temporary server error. Please try again later',
    share: 0.42,
  });
  const large = await organisation.submit({
    app: 'intranet',
    to: staff(3200),
    subject: 'Town hall on Thursday: agenda and questions',
    html: '<p>See you there.</p>',
    priority: 'bulk',
    tags: ['town-hall'],
  });
  await organisation.untilAccepted(large, 1500);
  await organisation.submit({
    app: 'portal',
    to: 'kim.voss@contoso.com',
    subject: 'Your sign-in from a new device',
    text: 'x',
    priority: 'critical',
  });
}

async function draw(stack: Stack, now: () => number): Promise<void> {
  const executable = findBrowser();
  if (executable === null) throw new Error('no browser: nothing can be drawn');
  await mkdir(folder, { recursive: true });
  const browser = await startBrowser(executable);
  const shots = [
    ['dashboard-light', 'light', 1280, 1290],
    ['dashboard-dark', 'dark', 1280, 1290],
    ['dashboard-phone', 'light', 375, 1400],
  ] as const;
  try {
    for (const [name, colorScheme, width, height] of shots) {
      const page = await browser.newPage({
        colorScheme,
        viewport: { width, height },
        timezoneId: 'UTC',
        reducedMotion: 'reduce',
      });
      await page.clock.install({ time: now() });
      await open(page, `${stack.endpoints().functions}/api/dashboard`);
      await page.screenshot({ path: join(folder, `${name}.png`) });
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  for (const title of ['Quota', 'Hour by hour', 'In progress', 'Latest messages']) {
    await page.getByRole('heading', { name: title, exact: true }).waitFor();
  }
  await page.locator('.group').first().waitFor();
  await page.locator('.chart').nth(1).waitFor();
}
