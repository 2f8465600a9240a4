import { describe, expect, it } from 'vitest';
import type { Route } from '../../../dashboard/page/route.ts';
import { hashOf, parseRoute } from '../../../dashboard/page/route.ts';

describe('the address of a view', () => {
  it.each<[string, Route]>([
    ['#/', { view: 'overview' }],
    ['#/accounts', { view: 'accounts' }],
    ['#/messages', { view: 'messages', query: {} }],
    ['#/messages?status=failed&app=a%26b', { view: 'messages', query: { status: 'failed', app: 'a&b' } }],
    ['#/messages/01K9', { view: 'message', id: '01K9' }],
    ['#/dead-letters?reason=expired', { view: 'deadLetters', query: { reason: 'expired' } }],
    ['#/dead-letters/2026-11-24.item%2F1', { view: 'deadLetter', id: '2026-11-24.item/1' }],
  ])('%s is read and written', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(hashOf(route)).toBe(hash);
  });

  it.each(['', '#', '#/nonsense', '#/nonsense/x?y=z'])('%j is the overview', (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'overview' });
  });

  it('is read though it is broken, and leaves out what is empty', () => {
    expect(parseRoute('#/messages/%E0%A4%A')).toEqual({ view: 'message', id: '%E0%A4%A' });
    expect(parseRoute('#/messages?app=&tag=x')).toEqual({ view: 'messages', query: { tag: 'x' } });
    expect(hashOf({ view: 'messages', query: { app: '', tag: 'x' } })).toBe('#/messages?tag=x');
  });
});
