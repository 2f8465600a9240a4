/** The dashboard where the app asks for keys, as in Azure: `npm start -- --auth`. */
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { readKeyFile } from '../../local/host/keys.ts';
import { findBrowser, startBrowser } from '../browser.ts';
import { makeState, PATIENCE_MS, startTestStack } from '../e2e/harness.ts';
import type { TestStack, TestState } from '../e2e/harness.ts';
import { audit } from './audit.ts';
import type { OpenedDashboard } from './openDashboard.ts';
import { openDashboard } from './openDashboard.ts';

const browserPath = findBrowser();

vi.setConfig({ testTimeout: 2 * PATIENCE_MS, hookTimeout: 2 * PATIENCE_MS });

let state: TestState;
let running: TestStack;
let browser: Browser;
let functions: string;
let key: string;

beforeAll(async () => {
  if (browserPath === null) return;
  [state, browser] = await Promise.all([makeState(), startBrowser(browserPath)]);
  running = await startTestStack(state, {}, { auth: true });
  ({ functions } = running.stack.endpoints());
  key = running.stack.key() ?? '';
});
afterAll(async () => {
  await browser?.close();
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

async function open(hash?: string, options: BrowserContextOptions = {}): Promise<OpenedDashboard> {
  const opened = await openDashboard(browser, functions, hash, options);
  onTestFinished(async () => opened[Symbol.asyncDispose]());
  return opened;
}

describe.skipIf(browserPath === null)('the dashboard behind keys', () => {
  test('is shown to everybody, asks for the key, and shows nothing without it', async () => {
    const { page, complaints } = await open();
    await page.getByRole('heading', { name: 'The operator’s key' }).waitFor();
    expect(await page.getByRole('meter').count()).toBe(0);
    expect(await page.evaluate('document.activeElement.id')).toBe('key');
    expect(complaints).toEqual([]);
  });

  test('takes the operator’s key, keeps it for the tab, and sends it in a header only', async () => {
    const { page, complaints } = await open();
    const asked: { url: string; key: string | undefined }[] = [];
    page.on('request', (request) => {
      asked.push({ url: request.url(), key: request.headers()['x-functions-key'] });
    });
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.keyboard.press('Enter');
    await page.getByRole('meter').first().waitFor();
    const ofApi = asked.filter(({ url }) => !url.includes('/api/dashboard'));
    expect(ofApi.length).toBeGreaterThan(0);
    for (const one of ofApi) expect(one.key).toBe(key);
    expect(asked.filter(({ url }) => url.includes(key))).toEqual([]);
    await page.reload();
    await page.getByRole('meter').first().waitFor();
    await page.getByRole('button', { name: 'Forget key' }).click();
    await page.getByRole('heading', { name: 'The operator’s key' }).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(complaints).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('asks for it accessibly, in %s', async (colorScheme) => {
    const { page } = await open('#/', { colorScheme, bypassCSP: true });
    expect(await audit(page)).toEqual([]);
  });

  test('says that a wrong key, or a producer’s, is none', async () => {
    const keys = readKeyFile(join(state.dir, 'keys.json'));
    const { page } = await open();
    for (const wrong of ['nonsense', keys?.functions['postMessage']?.['default'] ?? '']) {
      await page.getByLabel('Key', { exact: true }).fill(wrong);
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText('The app did not take that key').waitFor();
      expect(await page.getByRole('meter').count()).toBe(0);
    }
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.keyboard.press('Enter');
    await page.getByRole('meter').first().waitFor();
  });

  test('takes a key of its address once, and takes it out of there', async () => {
    const { page } = await open(`?code=${encodeURIComponent(key)}#/accounts`);
    await page.getByRole('heading', { name: 'Sender accounts' }).waitFor();
    await page.getByText('hve@contoso.com').first().waitFor();
    expect(page.url()).toBe(`${functions}/api/dashboard#/accounts`);
    expect(await page.evaluate('history.length')).toBeLessThanOrEqual(2);
  });
});
