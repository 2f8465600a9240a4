import { describe, expect, it } from 'vitest';
import { needsOf, PATHS } from '../../../dashboard/page/needs.ts';
import type { Reading } from '../../../dashboard/page/reading.ts';

/** Nothing is known yet but these. */
const reader =
  (known: Readonly<Record<string, unknown>>) =>
  <Value>(path: string): Reading<Value> => ({
    value: (known[path] ?? null) as Value | null,
    at: 0,
    problem: null,
  });

describe('what a view reads', () => {
  it('is read more often while a message is on its way', () => {
    const path = PATHS.message('01K9');
    const pace = (status: string): number =>
      needsOf(
        { view: 'message', id: '01K9' },
        reader({ [path]: { status, counts: { recipients: 1 } } }),
      ).find((need) => need.path === path)!.everyMs;
    expect(pace('sending')).toBeLessThan(pace('deferred'));
    expect(pace('queued')).toBe(pace('sending'));
    expect(pace('sent')).toBe(pace('deferred'));
  });

  it('of a large message on its way is its counts, and all of it again once it has moved on', () => {
    const [message, counts] = [PATHS.message('01K9'), PATHS.operation('01K9')];
    const needs = (status: string): Record<string, number> => {
      const known = {
        [message]: { status: 'sending', counts: { recipients: 4000 } },
        [counts]: { status, counts: { recipients: 4000 } },
      };
      const of = needsOf({ view: 'message', id: '01K9' }, reader(known));
      return Object.fromEntries(of.map(({ path, everyMs }) => [path, everyMs]));
    };
    expect(needs('sending')[message]).toBeGreaterThan(needs('sending')[counts]!);
    expect(needs('sent')[message]).toBe(needs('sent')[counts]);
  });

  it('has the report of the day before the window’s, once that is known', () => {
    const paths = (known: Readonly<Record<string, unknown>>): string[] =>
      needsOf({ view: 'overview' }, reader(known)).map(({ path }) => path);
    expect(paths({})).not.toContain('usage?day=2026-02-28');
    expect(paths({ usage: { window: { day: '2026-03-01' } } })).toContain('usage?day=2026-02-28');
  });

  it('asks for more dead letters to look for a cause among them, which the API knows no filter for', () => {
    expect(PATHS.deadLetters({ app: 'a', cause: 'no such recipient' })).toBe('dead-letters?app=a&limit=200');
    expect(PATHS.deadLetters({ app: 'a' })).toBe('dead-letters?app=a&limit=50');
  });
});
