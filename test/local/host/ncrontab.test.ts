import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../local/host/ncrontab.ts';

describe('an NCRONTAB schedule', () => {
  it.each([
    ['0 * * * * *', '2026-11-24T08:00:00.000Z', '2026-11-24T08:01:00.000Z'],
    ['0 * * * * *', '2026-11-24T08:00:59.999Z', '2026-11-24T08:01:00.000Z'],
    ['*/5 * * * * *', '2026-11-24T08:00:01.000Z', '2026-11-24T08:00:05.000Z'],
    ['0 5 * * * *', '2026-11-24T23:05:00.000Z', '2026-11-25T00:05:00.000Z'],
    ['0 0 9-17/4 * * *', '2026-11-24T13:00:00.000Z', '2026-11-24T17:00:00.000Z'],
    ['0 30 9 * * MON-FRI', '2026-11-27T09:30:00.000Z', '2026-11-30T09:30:00.000Z'],
    ['0 0 0 * * 7', '2026-11-24T00:00:00.000Z', '2026-11-29T00:00:00.000Z'],
    ['0 0 0 1 JAN *', '2026-11-24T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['0 0 0 29 2 *', '2026-11-24T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
    ['10,40 59 23 31 12 *', '2026-12-31T23:59:10.000Z', '2026-12-31T23:59:40.000Z'],
    ['*/10 * * * *', '2026-11-24T08:09:59.000Z', '2026-11-24T08:10:00.000Z'],
    ['0 20/15 * * * *', '2026-11-24T08:36:00.000Z', '2026-11-24T08:50:00.000Z'],
    // Day and weekday, not day or weekday.
    ['0 0 0 13 * FRI', '2026-11-24T00:00:00.000Z', '2027-08-13T00:00:00.000Z'],
  ])('%s after %s is due at %s', (expression, after, due) => {
    expect(new Date(parseSchedule(expression).next(Date.parse(after))).toISOString()).toBe(due);
  });

  it.each([
    '',
    '* * * *',
    '60 * * * * *',
    '* * * * * MOON',
    '* * * 0 * *',
    '5-1 * * * * *',
    '*/0 * * * * *',
    'a * * * * *',
  ])('refuses "%s" and says so', (expression) => {
    expect(() => parseSchedule(expression)).toThrow(RangeError);
  });

  it('says of a day that never comes that it is never due', () => {
    const schedule = parseSchedule('0 0 0 31 2 *');
    expect(() => schedule.next(0)).toThrow('never due');
  });
});
