import { expect, test } from 'vitest';
import { importAtOnce } from '../../../bench/coldstart/unbundle.ts';

test('what is imported late stands at the head, once', () => {
  const source = `export async function f() {
  const { a } = await import('./a.ts');
  return [a, await import('@azure/identity'), await import('./a.ts')];
}`;
  expect(importAtOnce(source)).toBe(`import * as imported0 from './a.ts';
import * as imported1 from '@azure/identity';
export async function f() {
  const { a } = await Promise.resolve(imported0);
  return [a, await Promise.resolve(imported1), await Promise.resolve(imported0)];
}`);
});

test('what imports nothing late stays as it is', () => {
  const source = `import { a } from './a.ts';\nexport const b = import.meta.dirname + a;\n`;
  expect(importAtOnce(source)).toBe(source);
});
