import type { Call, Option } from './command.ts';

export const DEAD_LETTER_OPTIONS = {
  day: { value: 'DAY', help: 'only those of messages of a UTC day, like 2026-11-24' },
  reason: { value: 'REASON', help: 'failed, partially_sent, expired, rejected or comes_back' },
  app: { value: 'NAME', help: 'only those of an app' },
} as const satisfies Readonly<Record<string, Option>>;

export function filterOf({ text }: Pick<Call, 'text'>): Record<string, string> {
  const given = ['day', 'reason', 'app'].flatMap((name) => {
    const value = text(name);
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}
