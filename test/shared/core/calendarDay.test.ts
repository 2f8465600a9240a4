import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimeZone, makeCalendar, nextDay, previousDay } from '../../../shared/core/calendarDay.ts';
import { HOUR_MS } from '../../../shared/core/window.ts';

describe('the calendar of a zone', () => {
  it.each([
    ['UTC', '2026-11-24', '2026-11-24T00:00:00Z'],
    ['Europe/Vienna', '2026-11-24', '2026-11-23T23:00:00Z'],
    ['Asia/Kolkata', '2026-11-24', '2026-11-23T18:30:00Z'],
    ['Pacific/Kiritimati', '2026-11-24', '2026-11-23T10:00:00Z'],
    ['Pacific/Pago_Pago', '2026-11-24', '2026-11-24T11:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
  ])('%s: the day %s begins at %s', (zone, day, start) => {
    const calendar = makeCalendar(zone);
    const startMs = Date.parse(start);
    expect(new Date(calendar.startOf(day)).toISOString()).toBe(new Date(startMs).toISOString());
    expect(calendar.dayOf(startMs)).toBe(day);
    expect(calendar.dayOf(startMs - 1)).toBe(previousDay(day));
  });

  it('of UTC, which asks Intl for nothing, says what Intl says', () => {
    const [own, byIntl] = [makeCalendar('UTC'), makeCalendar('Etc/UTC')];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.parse('2100-01-01T00:00:00Z') }), (timeMs) => {
        const day = own.dayOf(timeMs);
        expect([day, own.startOf(day)]).toEqual([byIntl.dayOf(timeMs), byIntl.startOf(day)]);
      }),
    );
  });

  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-11-24', 24],
  ])('in Vienna %s has %i hours', (day, hours) => {
    const calendar = makeCalendar('Europe/Vienna');
    expect(calendar.startOf(nextDay(day)) - calendar.startOf(day)).toBe(hours * HOUR_MS);
  });

  it('goes from day to day over the ends of months and years', () => {
    expect(nextDay('2026-12-31')).toBe('2027-01-01');
    expect(nextDay('2028-02-28')).toBe('2028-02-29');
    expect(previousDay('2027-01-01')).toBe('2026-12-31');
  });

  it('tells a zone from what is none', () => {
    expect(isTimeZone('Europe/Vienna')).toBe(true);
    expect(isTimeZone('Europe/Atlantis')).toBe(false);
    expect(() => makeCalendar('Europe/Atlantis')).toThrow(RangeError);
  });
});
