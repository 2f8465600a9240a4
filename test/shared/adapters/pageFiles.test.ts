import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePageFiles } from '../../../shared/adapters/pageFiles.ts';

describe('the files of the page', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'page-files-'));
    mkdirSync(join(folder, 'page'));
    writeFileSync(join(folder, 'secret.txt'), 'beside it');
    writeFileSync(join(folder, 'page', 'index.html'), '<p>');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are read with a fingerprint that goes by the content, and kept', async () => {
    const files = makePageFiles(join(folder, 'page'));
    const first = await files.read('index.html');
    expect(new TextDecoder().decode(first?.bytes)).toBe('<p>');
    writeFileSync(join(folder, 'page', 'index.html'), '<p>another');
    expect(await files.read('index.html')).toBe(first);
    const other = await makePageFiles(join(folder, 'page')).read('index.html');
    expect(other?.fingerprint).not.toBe(first?.fingerprint);
  });

  it('are those of the folder only', async () => {
    const files = makePageFiles(join(folder, 'page'));
    for (const name of ['', '.', '..', '../secret.txt', 'page/index.html', 'missing.js']) {
      expect([name, await files.read(name)]).toEqual([name, null]);
    }
  });

  it('are looked for again where one was missing', async () => {
    const files = makePageFiles(join(folder, 'page'));
    expect(await files.read('late.js')).toBeNull();
    writeFileSync(join(folder, 'page', 'late.js'), 'x');
    expect(await files.read('late.js')).not.toBeNull();
  });
});
