/** The dashboard in a browser, watched: whatever it complains of, and whatever it asks of anybody, is noted. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { PATIENCE_MS } from '../e2e/harness.ts';

export interface OpenedDashboard extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, of the console, and violations of the Content-Security-Policy. */
  readonly complaints: readonly string[];
  /** Requests to anywhere but the app itself. */
  readonly foreign: readonly string[];
  go(hash: string): Promise<void>;
}

/** In the words of a page: its types are not those of Node. */
const NOTE_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('Content-Security-Policy: ' + violatedDirective + ' ' + blockedURI))`;

/** The browser notes every answer that is no success; a health that is failing is one. */
const ANSWERED = /^Failed to load resource: the server responded with a status of/;

const DESKTOP = { width: 1280, height: 900 };

export async function openDashboard(
  browser: Browser,
  functions: string,
  hash = '#/',
  options: BrowserContextOptions = {},
): Promise<OpenedDashboard> {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce', ...options });
  // As long as a busy machine may take for what the page waits for: a delivery, an answer every fifteen seconds.
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const isComplaint = message.type() === 'error' || message.type() === 'warning';
    if (isComplaint && !ANSWERED.test(message.text())) complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`a script asked: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(functions)) foreign.push(request.url());
  });
  await page.addInitScript(NOTE_VIOLATIONS);
  const go = async (to: string): Promise<void> => {
    await page.goto(`${functions}/api/dashboard${to}`);
    await page.locator('#title').waitFor();
  };
  await go(hash);
  return { page, complaints, foreign, go, [Symbol.asyncDispose]: async () => context.close() };
}
