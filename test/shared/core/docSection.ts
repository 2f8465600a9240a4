import { expect } from 'vitest';

/** The document with what stands between `<!-- name… -->` and `<!-- end of name -->` made anew. */
export function withSection(document: string, name: string, section: string): string {
  const begin = document.search(new RegExp(`<!-- ${name}(?=[ :])`));
  const from = document.indexOf('-->', begin) + '-->'.length;
  const to = document.indexOf(`<!-- end of ${name} -->`);
  expect(begin, `the comment for ${name}`).toBeGreaterThan(-1);
  expect(to, `the end of ${name}`).toBeGreaterThan(from);
  return `${document.slice(0, from)}\n\n${section}\n\n${document.slice(to)}`;
}
