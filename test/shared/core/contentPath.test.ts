import { describe, expect, it } from 'vitest';
import { parseContentPath } from '../../../shared/core/contentPath.ts';

describe('parseContentPath', () => {
  it('takes a blob with its container, and where it is allowed without', () => {
    expect(parseContentPath('mail-content/a/b.pdf', false)).toEqual({ ok: true, path: 'a/b.pdf' });
    expect(parseContentPath('a/b c-ü.pdf', true)).toEqual({ ok: true, path: 'a/b c-ü.pdf' });
    expect(parseContentPath('a?b#c%2e%2e', true)).toEqual({ ok: true, path: 'a?b#c%2e%2e' });
    expect(parseContentPath('mail-content', true)).toEqual({ ok: true, path: 'mail-content' });
  });

  it.each([
    'mail-payloads/a',
    '$root/a',
    'azure-webjobs-secrets/host.json',
    'https://contoso.blob.core.windows.net/mail-content/a',
    'file:///etc/passwd',
    'C:/Windows/win.ini',
    '//server/share/a',
  ])('reads nothing elsewhere: %s', (text) => {
    expect(parseContentPath(text, true)).toMatchObject({ ok: false, code: 'blob_elsewhere' });
    expect(parseContentPath(text, false)).toMatchObject({ ok: false, code: 'blob_elsewhere' });
  });

  it.each([
    '',
    '/a',
    '/etc/passwd',
    'a/',
    'a//b',
    'mail-content/',
    '.',
    '..',
    '../a',
    'a/../b',
    'mail-content/../mail-payloads/a',
    'mail-content/./a',
    'a\\b',
    '\\\\server\\share',
    'a\nb',
    'a\0',
    `mail-content/${'a'.repeat(1025)}`,
  ])('takes no path for a name: %j', (text) => {
    expect(parseContentPath(text, true)).toMatchObject({ ok: false, code: 'blob_invalid' });
  });

  it('wants the container in a claim check', () => {
    expect(parseContentPath('other/a.json', false)).toMatchObject({ ok: false, code: 'blob_elsewhere' });
    expect(parseContentPath('a.json', false)).toMatchObject({ ok: false, code: 'blob_elsewhere' });
  });
});
