import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrowser, startBrowser } from '../browser.ts';

const executable = findBrowser();
const PREVIEW = fileURLToPath(new URL('../../dashboard/parts/preview.ts', import.meta.url));
/** About that of the largest HTML that a message may carry, in characters. */
const LARGE = 2_000_000;

describe.skipIf(executable === null)('the preview of a message that is meant to break it', () => {
  let browser: Browser;
  let code: string;
  beforeAll(async () => {
    browser = await startBrowser(executable!);
    const bundle = await build({
      stdin: {
        contents: `import { makePreview } from ${JSON.stringify(PREVIEW)};
          const previewOf = makePreview('https://app.invalid/preview.css');
          globalThis.srcdocOf = (html) => {
            const frame = {};
            previewOf(html).attributes.onMount(frame);
            return String(frame.srcdoc);
          };`,
        resolveDir: '/',
      },
      bundle: true,
      write: false,
      format: 'iife',
      logLevel: 'silent',
    });
    code = bundle.outputFiles[0]!.text;
  });
  afterAll(async () => browser.close());

  /** `html` in the words of the page: two megabytes need not go there. */
  async function srcdocOf<Value>(html: string, read: string): Promise<Value> {
    const page = await browser.newPage();
    try {
      await page.evaluate(code);
      return await page.evaluate<Value>(`(${read})(srcdocOf(${html}))`);
    } finally {
      await page.close();
    }
  }

  test('costs what it is long, where tags begin and never end', async () => {
    const seen = await srcdocOf<string>(
      `'<a'.repeat(${LARGE / 2}) + '> the end'`,
      '(text) => text.slice(-40)',
    );
    expect(seen).toContain('</html>');
  });

  test('has room for any number of elements side by side', async () => {
    const lines = `'<p>' + '<br>'.repeat(${LARGE / 8}) + '</p><x-own>' + '<i></i>'.repeat(${LARGE / 8}) + '</x-own>'`;
    const read = "(text) => [text.split('<br>').length, text.split('<i>').length]";
    expect(await srcdocOf(lines, read)).toEqual([LARGE / 8 + 1, LARGE / 8 + 1]);
  });

  test('is what the last message says, not the one before', async () => {
    const html = `'<p>one</p>') + srcdocOf('<p>two</p>') + srcdocOf('<p>two</p>'`;
    const read = "(text) => [text.split('<p>one').length, text.split('<p>two').length]";
    expect(await srcdocOf(html, read)).toEqual([2, 3]);
  });
});
