import { describe, expect, it } from 'vitest';
import { viewAccount } from '../../../shared/core/accountView.ts';
import type { Standing } from '../../../shared/core/records.ts';
import { NOON } from '../../contracts/sampleMessages.ts';

const ACCOUNT = { address: 'hve@contoso.com', pool: null };
const trouble = (action: 'pause' | 'throttle', cause: string): Partial<Standing> => ({
  trouble: {
    action,
    cause,
    remedy: 'mend it',
    reply: '4xx',
    since: NOON,
    until: NOON + 60_000,
    stepMs: 60_000,
  },
});
const byPerson = (reason: string): Partial<Standing> => ({ pausedByPerson: { since: NOON, reason } });
const standing = (changes: Partial<Standing>): Standing => ({
  name: 'x',
  trouble: null,
  pausedByPerson: null,
  ...changes,
});

describe('an account', () => {
  it('is active where nothing stands in its way', () => {
    const active = {
      address: 'hve@contoso.com',
      status: 'active',
      by: null,
      until: null,
      cause: null,
      remedy: null,
      pool: null,
      waiting: 0,
    };
    expect(viewAccount(ACCOUNT, null, null, 0)).toEqual(active);
    expect(viewAccount(ACCOUNT, standing({}), standing({}), 0)).toEqual(active);
  });

  it('says cause, remedy and until when of a trouble by reply', () => {
    const own = standing(trouble('pause', 'wrong password'));
    expect(viewAccount(ACCOUNT, own, null, 12)).toEqual({
      address: 'hve@contoso.com',
      status: 'paused',
      by: 'reply',
      until: new Date(NOON + 60_000).toISOString(),
      cause: 'wrong password',
      remedy: 'mend it',
      pool: null,
      waiting: 12,
    });
    expect(viewAccount(ACCOUNT, standing(trouble('throttle', 'too fast')), null, 0).status).toBe('throttled');
  });

  it('shows a person’s pause where both hold, and how it ends', () => {
    const own = standing({ ...trouble('throttle', 'too fast'), ...byPerson('audit') });
    expect(viewAccount(ACCOUNT, own, null, 0)).toMatchObject({
      status: 'paused',
      by: 'person',
      until: null,
      cause: 'audit',
      remedy: expect.stringContaining('POST /api/accounts/hve@contoso.com/resume'),
    });
  });

  it('is stopped by what stops everything; its own comes first', () => {
    const paused = standing(byPerson('migration'));
    expect(viewAccount(ACCOUNT, null, paused, 0)).toMatchObject({
      status: 'paused',
      by: 'person',
      cause: 'everything is paused: migration',
      remedy: expect.stringContaining('POST /api/resume'),
    });
    expect(viewAccount(ACCOUNT, standing(byPerson('audit')), paused, 0).cause).toBe('audit');
    const dns = standing(trouble('pause', 'DNS'));
    expect(viewAccount(ACCOUNT, null, dns, 0)).toMatchObject({ by: 'reply', cause: 'the whole tenant: DNS' });
  });
});
