import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../../local/simulator/faults.ts';
import { findBrowser, startBrowser } from '../../browser.ts';
import { quietPort } from '../../quietPort.ts';
import {
  ACCOUNT,
  makeClient,
  readJson,
  setFault,
  startTestSimulator,
  type TestSimulator,
} from './testSimulator.ts';

const browserPath = findBrowser();

/** What would show that the sender's markup ran in the page. */
const EVIL = '<img src=x onerror="document.title=\'evil\'"><script>document.title="evil"</script>';

describe.skipIf(browserPath === null)('the inbox page', () => {
  let simulator: TestSimulator;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await startBrowser(browserPath ?? '');
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    simulator = await startTestSimulator();
    page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    await simulator.end();
  });

  const send = async (mail: Parameters<ReturnType<typeof makeClient>['sendMail']>[0]): Promise<void> => {
    const client = makeClient(simulator);
    await client.sendMail({
      from: { name: 'Contoso', address: ACCOUNT.address },
      to: 'ann@contoso.com',
      text: 'x',
      ...mail,
    });
    client.close();
  };
  const open = async (path = '/'): Promise<void> => {
    await page.goto(simulator.inboxUrl + path);
    await page.getByText('Live', { exact: true }).waitFor();
  };
  const mail = (subject: string): ReturnType<Page['locator']> =>
    page.locator('#mails a', { hasText: subject });

  test('says how to send while it is empty, and shows a mail as soon as it comes', async () => {
    await open();
    await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
    expect(await page.locator('#empty').textContent()).toContain(`127.0.0.1:${simulator.smtp.port}`);
    await send({ subject: 'Just arrived' });
    await mail('Just arrived').waitFor();
    expect(await page.locator('#empty').isVisible()).toBe(false);
    expect(await page.locator('#totals').textContent()).toBe('1 mail to 1 recipient');
    expect(complaints).toEqual([]);
  });

  test('shows header, recipients, text, HTML and attachments of the selected mail', async () => {
    await send({
      subject: 'Payslip',
      bcc: 'audit@contoso.com',
      replyTo: 'hr@contoso.com',
      text: 'as text',
      html: '<p>as <b>markup</b></p>',
      attachments: [{ filename: 'März.pdf', content: Buffer.alloc(12_345) }],
    });
    await open();
    await mail('Payslip').click();
    const detail = page.locator('#detail');
    await detail.getByRole('heading', { name: 'Payslip' }).waitFor();
    const facts = await detail.locator('.facts').textContent();
    for (const fact of ['Contoso <hve@contoso.com>', 'hr@contoso.com', 'audit@contoso.comBcc'])
      expect(facts).toContain(fact);
    await page.frameLocator('#detail iframe').getByText('as markup').waitFor();
    await detail.getByRole('tab', { name: 'HTML' }).press('ArrowRight');
    expect(await detail.locator('pre').textContent()).toBe('as text');
    await detail.getByRole('tab', { name: 'Headers' }).click();
    expect(await detail.locator('table').textContent()).toContain('MIME-Version');
    const attachment = detail.getByRole('link', { name: 'März.pdf 12 kB' });
    const [download] = await Promise.all([page.waitForEvent('download'), attachment.click()]);
    expect(download.suggestedFilename()).toBe('März.pdf');
    expect(await detail.getByRole('link', { name: 'Source (.eml)' }).getAttribute('href')).toMatch(
      /^\/messages\/.+\.eml$/,
    );
    expect(complaints).toEqual([]);
  });

  test("never runs a sender's markup and loads nothing for it", async () => {
    // A server that counts who comes: the browser reports also the requests that it then blocks.
    let visits = 0;
    const tracker = createServer((_request, response) => {
      visits++;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(tracker, 'listening');
    onTestFinished(() => void tracker.close());
    const trackerUrl = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}`;
    await send({
      from: { name: EVIL, address: ACCOUNT.address },
      subject: EVIL,
      text: EVIL,
      html: `${EVIL}<p>seen</p><img src="${trackerUrl}/x.png"><form action="/faults" method="post"></form>`,
      attachments: [{ filename: `${EVIL}.html`, content: EVIL, contentType: 'text/html' }],
    });
    await open();
    await mail('onerror').click();
    await page.frameLocator('#detail iframe').getByText('seen').waitFor();
    for (const tab of ['Text', 'Headers']) await page.getByRole('tab', { name: tab }).click();
    expect(await page.title()).toBe('Inbox – HVE simulator');
    expect(await page.locator('#detail img, #mails img, #detail script').count()).toBe(0);
    // Opened by itself the mail's HTML is harmless too.
    const [listed] = await readJson<{ id: string }[]>(simulator, '/messages');
    await page.goto(`${simulator.inboxUrl}/messages/${listed?.id}.html`);
    await page.getByText('seen').waitFor();
    expect(await page.title()).not.toBe('evil');
    expect(visits).toBe(0);
    await fetch(trackerUrl);
    expect(visits).toBe(1);
  });

  test('marks a repeat and leads to the earlier mail', async () => {
    const identity = {
      subject: 'Same',
      messageId: '<1@contoso.com>',
      date: new Date('2026-11-24T08:00:00Z'),
    };
    await send({ ...identity, text: 'once' });
    await send({ ...identity, text: 'twice' });
    await open();
    await mail('Same').nth(1).waitFor();
    await expect.poll(() => page.locator('#mails .repeat').count()).toBe(1);
    await page.locator('#mails a').first().click();
    await page.getByRole('link', { name: 'earlier mail' }).click();
    await page.locator('#detail pre', { hasText: 'once' }).waitFor();
    await expect.poll(() => page.locator('#mails a[aria-current=true]').count()).toBe(1);
  });

  test('counts many recipients', async () => {
    await send({ subject: 'Many', to: Array.from({ length: 50 }, (_, i) => `r${i}@contoso.com`) });
    await open();
    await mail('Many').getByText('+49').waitFor();
    await mail('Many').click();
    await page.getByText('50 recipients', { exact: true }).click();
    await page.locator('.addresses li', { hasText: 'r49@contoso.com' }).waitFor();
    expect(await page.locator('.addresses li').count()).toBe(50);
  });

  test('is used with the keyboard: arrows, search, Escape', async () => {
    for (const subject of ['Alpha', 'Beta', 'Gamma']) await send({ subject });
    await open();
    await mail('Gamma').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.locator('#detail h2', { hasText: 'Gamma' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.locator('#detail h2', { hasText: 'Beta' }).waitFor();
    await page.keyboard.press('k');
    await page.locator('#detail h2', { hasText: 'Gamma' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Select a mail.').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('alp');
    await expect.poll(() => page.locator('#mails a').count()).toBe(1);
    expect(await page.locator('#totals').textContent()).toBe('1 found');
  });

  test('sets a known fault, names what is wrong with another, and clears them', async () => {
    await open();
    await page.getByRole('button', { name: 'Faults' }).click();
    await page.getByLabel('Known trouble').selectOption({ label: 'No such recipient (550 5.1.10)' });
    await page.getByLabel('In percent of cases').fill('12,5');
    await page.getByLabel('How many times').fill('3');
    await page.getByLabel('Only for the recipient').fill('ann@contoso.com');
    await page.getByRole('button', { name: 'Set fault' }).click();
    await page.locator('#fault-list', { hasText: 'in 12.5 % of cases · 3 more times' }).waitFor();
    expect(await readJson<Fault[]>(simulator, '/faults')).toMatchObject([
      { stage: 'rcpt', share: 0.125, count: 3, address: 'ann@contoso.com' },
    ]);

    await page.getByRole('textbox', { name: 'Reply' }).fill('250 2.0.0 OK');
    await page.getByLabel('How many times').fill('some');
    await page.getByRole('button', { name: 'Set fault' }).click();
    await page.getByText('count must be a whole number').waitFor();
    await page.getByText('reply must be "drop", "stall"').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();

    await setFault(simulator, { reply: 'drop', stage: 'end-of-data' });
    await page.locator('#fault-banner', { hasText: 'and 1 more' }).waitFor();
    await page.locator('#banner-clear').click();
    await page.locator('#fault-banner').waitFor({ state: 'hidden' });
    expect(await readJson<Fault[]>(simulator, '/faults')).toEqual([]);
  });

  test('deletes all mails once that was confirmed', async () => {
    await send({ subject: 'Old' });
    await open();
    await mail('Old').waitFor();
    page.once('dialog', (dialog) => void dialog.dismiss());
    await page.getByRole('button', { name: 'Delete all' }).click();
    expect(await readJson<unknown[]>(simulator, '/messages')).toHaveLength(1);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Delete all' }).click();
    await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
    expect(await readJson<unknown[]>(simulator, '/messages')).toEqual([]);
  });

  test('at 375 px shows list or mail, nothing wider than the screen, and the back button works', async () => {
    await page.setViewportSize({ width: 375, height: 700 });
    await send({
      subject: 'A subject that is far too long for a telephone, whatever one does with it'.repeat(2),
    });
    await open();
    const width = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth');
    await mail('A subject').waitFor();
    expect(await page.locator('#detail').isVisible()).toBe(false);
    expect(await width()).toBe(375);
    await mail('A subject').click();
    await page.getByRole('link', { name: '← Inbox' }).waitFor();
    expect(await page.locator('#mails').isVisible()).toBe(false);
    expect(await width()).toBe(375);
    await page.goBack();
    await mail('A subject').waitFor();
    expect(await page.locator('#mails').isVisible()).toBe(true);
  });

  test('follows the light or dark scheme of the system', async () => {
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    await open();
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(light).toBe('rgb(243, 244, 246)');
    expect(await ground()).toBe('rgb(20, 22, 26)');
  });

  test('comes back by itself when the simulator was stopped and started again', async () => {
    await simulator.end();
    const inboxPort = await quietPort();
    simulator = await startTestSimulator({ inboxPort });
    await open();
    await simulator.end();
    await page.getByText('Reconnecting…').waitFor();
    simulator = await startTestSimulator({ inboxPort });
    await page.getByText('Live', { exact: true }).waitFor();
    expect(complaints.filter((complaint) => !complaint.includes('net::ERR_'))).toEqual([]);
  });
});
