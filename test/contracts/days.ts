import { beforeEach, describe, expect, it } from 'vitest';
import { addDays } from '../../shared/core/calendarDay.ts';
import type { DayReport } from '../../shared/core/records.ts';
import type { Days } from '../../shared/ports.ts';
import { DAY, NOON, collect } from './sampleMessages.ts';

/** The contract of the port Days. Each `open` gives days that nobody touched. */
export function describeDays(title: string, open: () => Promise<Days>): void {
  describe(`Days: ${title}`, () => {
    let days: Days;
    beforeEach(async () => {
      days = await open();
    });

    async function only(): Promise<Awaited<ReturnType<Days['touched']>>[number]> {
      const [first, ...others] = await days.touched();
      expect(others).toEqual([]);
      return first!;
    }

    it('R3: a touch never goes back', async () => {
      await days.touch(DAY, NOON);
      await days.touch(DAY, NOON - 1000);
      expect((await only()).value).toEqual({ day: DAY, touchedAt: NOON, earliestDue: null });
      await days.touch(DAY, NOON + 1000);
      expect((await only()).value.touchedAt).toBe(NOON + 1000);
    });

    it('R3: of many touches at once the largest stands', async () => {
      const instants = Array.from({ length: 10 }, (_, n) => NOON + ((n * 7) % 10));
      await Promise.all(instants.map(async (at) => days.touch(DAY, at)));
      expect((await only()).value.touchedAt).toBe(NOON + 9);
    });

    it('notes what a scan saw, by the ETag that was read before it', async () => {
      await days.touch(DAY, NOON);
      expect(await days.noteScan(DAY, NOON + 60_000, (await only()).etag)).toBe(true);
      expect((await only()).value).toEqual({ day: DAY, touchedAt: NOON, earliestDue: NOON + 60_000 });
      expect(await days.noteScan(DAY, 'quiet', (await only()).etag)).toBe(true);
      expect((await only()).value).toEqual({ day: DAY, touchedAt: NOON, earliestDue: 'quiet' });
    });

    it('does not note a scan when the day was touched during it', async () => {
      await days.touch(DAY, NOON);
      const { etag } = await only();
      await days.touch(DAY, NOON + 1);
      expect(await days.noteScan(DAY, 'quiet', etag)).toBe(false);
      expect((await only()).value.earliestDue).toBeNull();
    });

    it.each([1, 0, -1])('forgets what a scan saw with a touch %i ms after the last one', async (later) => {
      await days.touch(DAY, NOON);
      await days.noteScan(DAY, 'quiet', (await only()).etag);
      const { etag } = await only();
      await days.touch(DAY, NOON + later);
      const touchedAt = Math.max(NOON, NOON + later);
      expect((await only()).value).toEqual({ day: DAY, touchedAt, earliestDue: null });
      expect(await days.noteScan(DAY, 'quiet', etag)).toBe(false);
    });

    it('forgets a day by its ETag, and not one that was touched meanwhile', async () => {
      await days.touch(DAY, NOON);
      const { etag } = await only();
      await days.touch(DAY, NOON + 1);
      await days.forget(DAY, etag);
      await days.forget(DAY, (await only()).etag);
      expect(await days.touched()).toEqual([]);
      await days.forget(DAY, etag);
    });

    it('notes nothing of a day that was forgotten', async () => {
      await days.touch(DAY, NOON);
      const { etag } = await only();
      await days.forget(DAY, etag);
      expect(await days.noteScan(DAY, 'quiet', etag)).toBe(false);
      expect(await days.touched()).toEqual([]);
    });

    it('keeps days apart', async () => {
      await days.touch(DAY, NOON);
      await days.touch('2026-11-25', NOON + 5);
      expect((await days.touched()).map(({ value }) => value.day)).toEqual([DAY, '2026-11-25']);
    });

    it('knows when the sweep was here last', async () => {
      expect(await days.lastBeat()).toBeNull();
      await days.beat(NOON);
      await days.beat(NOON + 60_000);
      expect(await days.lastBeat()).toBe(NOON + 60_000);
      expect(await days.touched()).toEqual([]);
    });

    it('closes a day once', async () => {
      expect(await days.readReport(DAY)).toBeNull();
      expect(await days.insertReport(report(5))).toBe(true);
      expect(await days.insertReport(report(6))).toBe(false);
      expect(await days.readReport(DAY)).toEqual(report(5));
      expect(await days.touched()).toEqual([]);
    });

    it('keeps a report with thousands of scopes', async () => {
      const scopes = Array.from({ length: 3000 }, (_, n) => {
        const byHour = Array.from({ length: 24 }, (_, hour) => (n * (hour + 7)) % 50);
        return { scope: `app:application-${n}`, limit: null, recipients: n, ledger: n, byHour };
      });
      const large = { ...report(1), scopes };
      await days.insertReport(large);
      expect(await days.readReport(DAY)).toEqual(large);
    });

    it('reads a report that the first version wrote, without curves and cost', async () => {
      const { costUsd: _later, ...first } = report(3);
      const old = { ...first, scopes: first.scopes.map(({ byHour: _none, ...scope }) => scope) };
      await days.insertReport(old);
      expect(await days.readReport(DAY)).toEqual(old);
      expect(await collect(days.reports(DAY, DAY))).toEqual([old]);
    });

    it('has the reports of a range of days, both included, the newest first, over months and years', async () => {
      const of = (day: string, messages: number): DayReport => ({ ...report(messages), day });
      const all = ['2024-12-31', '2025-01-01', '2025-12-31', '2026-01-01', '2026-01-02', '2026-03-10'];
      for (const [n, day] of all.entries()) await days.insertReport(of(day, n));
      await days.touch('2026-01-01', NOON);
      await days.beat(NOON);
      const between = async (from: string, to: string): Promise<string[]> =>
        (await collect(days.reports(from, to))).map(({ day }) => day);
      expect(await between('2024-12-31', '2026-03-10')).toEqual(all.toReversed());
      expect(await between('2025-12-31', '2026-01-01')).toEqual(['2026-01-01', '2025-12-31']);
      expect(await between('2026-01-03', '2026-03-09')).toEqual([]);
      expect(await between('2026-03-10', '2026-03-09')).toEqual([]);
      expect((await collect(days.reports('2026-01-02', '2026-01-02')))[0]).toEqual(of('2026-01-02', 4));
    });

    it('removes the reports of the days before one, and nothing else', async () => {
      const all = ['2025-06-30', '2025-12-31', '2026-01-01', '2026-01-02'];
      for (const day of all) await days.insertReport({ ...report(1), day });
      await days.touch('2025-06-30', NOON);
      await days.beat(NOON);
      expect(await days.removeReports('2025-06-30')).toBe(0);
      expect(await days.removeReports('2026-01-02')).toBe(3);
      expect(await days.removeReports('2026-01-02')).toBe(0);
      const left = await collect(days.reports('2025-01-01', '2026-12-31'));
      expect(left.map(({ day }) => day)).toEqual(['2026-01-02']);
      expect(await days.touched()).toHaveLength(1);
      expect(await days.lastBeat()).toBe(NOON);
    });

    it('has each of 70 days in a row once', async () => {
      const row = Array.from({ length: 70 }, (_, n) => addDays(DAY, -n));
      await Promise.all(row.map(async (day) => days.insertReport({ ...report(1), day })));
      const read = await collect(days.reports(addDays(DAY, -69), DAY));
      expect(read.map(({ day }) => day)).toEqual(row);
    });
  });
}

function report(messages: number): DayReport {
  return {
    day: DAY,
    timeZone: 'Europe/Vienna',
    closedAt: NOON,
    messages,
    byStatus: { sent: messages },
    scopes: [{ scope: 'tenant', limit: 100_000, recipients: 7, ledger: 7, byHour: [0, 7] }],
    accepted: 7,
    unknownSpends: 0,
    costUsd: 0.000294,
  };
}
