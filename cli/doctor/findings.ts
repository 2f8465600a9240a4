import type { Check } from '../answers.ts';

export const fine = (name: string, detail: string): Check => ({
  name,
  status: 'ok',
  detail,
  cause: null,
  remedy: null,
  command: null,
});

export function wrong(
  name: string,
  status: 'degraded' | 'failing',
  words: { readonly cause: string; readonly remedy: string; readonly command?: string },
): Check {
  const { cause, remedy, command = null } = words;
  return { name, status, detail: null, cause, remedy, command };
}
