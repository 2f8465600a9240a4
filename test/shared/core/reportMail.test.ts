/** The two bodies of the daily report, and the message that they go in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bar, columnChart } from '../../../shared/core/htmlCharts.ts';
import { escapeHtml, nameHtml } from '../../../shared/core/htmlMail.ts';
import { timeOfMessageId, isMessageId } from '../../../shared/core/messageId.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';
import { renderReportHtml } from '../../../shared/core/reportHtml.ts';
import { reportMessage, reportMessageId } from '../../../shared/core/reportMessage.ts';
import { renderReportText } from '../../../shared/core/reportText.ts';
import { instantWords, money, share } from '../../../shared/core/reportWords.ts';
import { mailFlaws } from './mailFlaws.ts';
import {
  CLOSED_AT,
  hugeNow,
  hugeReport,
  oldReport,
  sampleFailure,
  sampleReport,
  sampleScope,
  writeReport,
} from './sampleReports.ts';

const SAMPLES = {
  'a busy day': writeReport(
    {
      failed: 3,
      held: 1,
      unknown: 2,
      failures: { causes: [sampleFailure()], others: { recipients: 1, messages: 1 } },
      scopes: [
        sampleScope('tenant', 7, { ledger: 5, limit: 10, byHour: [3, 4] }),
        sampleScope('external', 0, { ledger: null }),
      ],
    },
    {
      waiting: [{ room: 'quota:tenant', recipients: 1234 }],
      deadLetters: { open: 500, isMore: true },
      dashboardUrl: 'https://mail.contoso.com/api/dashboard?a=1&b=2',
    },
    [sampleReport({ day: '2026-11-27', costUsd: 1 })],
  ),
  'a quiet day': writeReport({
    messages: 0,
    accepted: 0,
    byStatus: {},
    apps: [],
    scopes: [sampleScope('tenant', 0), sampleScope('external', 0)],
  }),
  'a huge day': writeReport(hugeReport(), hugeNow()),
  'a day of the first version': writeReport(oldReport(true)),
  'a day of 25 hours': writeReport({
    day: '2026-10-25',
    scopes: [sampleScope('tenant', 25, { byHour: Array<number>(25).fill(1) }), sampleScope('external', 0)],
  }),
};
const html = (name: keyof typeof SAMPLES): string => renderReportHtml(SAMPLES[name]);
const text = (name: keyof typeof SAMPLES): string => renderReportText(SAMPLES[name]);
const names = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];

describe('the HTML of a report', () => {
  it.each(names)('has nothing that Outlook does not show, and nothing from elsewhere: %s', (name) => {
    expect(mailFlaws(html(name))).toEqual([]);
  });

  it.each(names)('is not cut off by a mail program, and fits into the row of its message: %s', (name) => {
    expect(Buffer.byteLength(html(name))).toBeLessThan(100_000);
  });

  it.each(names)(
    'says its language, title and headings; its tables of data have headings of their own: %s',
    (name) => {
      const page = html(name);
      expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
      expect(page).toContain(`<title>${escapeHtml(SAMPLES[name].subject)}</title>`);
      expect(page.match(/<h1/g)).toHaveLength(1);
      const tables = page.split('<table').slice(1);
      for (const table of tables) expect(table).toMatch(/^[^>]* (?:role="presentation"|aria-label="[^"]+")/);
      const ofData = tables.filter((table) => /^[^>]*aria-label/.test(table));
      expect(ofData.length).toBeGreaterThan(1);
      for (const table of ofData) expect(table).toMatch(/<th scope="col"[^>]*>[^<]+<\/th>/);
      expect(page).toContain('<th scope="row"');
    },
  );

  it.each([
    ['<style>td{}</style>', 'a style sheet'],
    ['<td class="wide">', 'a style sheet'],
    ['<td onclick="x()">', 'a script'],
    ['<svg width="1"></svg>', 'a picture, a frame or a form'],
    ['<td style="background-image:none">', 'a background picture'],
    ['<td style="background:red">', 'a background picture'],
    ['<div style="display:flex">', 'flex or grid'],
    ['<div style="position: absolute">', 'a position'],
    ['<td style="opacity:0.5">', 'a transformation or an animation'],
    ['<td style="width:calc(1px)">', 'a function that Word does not know'],
    ['<td style="width:2rem">', 'a length that Word does not know'],
    ['<td style="margin:4px">', 'a margin on something that is no text'],
    ['<p style="padding:4px">', 'padding on something that is no cell'],
    ['<img src="cid:x">', 'something from elsewhere'],
    ['<td background="x">', 'something from elsewhere'],
    ['see https://contoso.com', 'something from elsewhere'],
    ['<td style="max-width:9px">', 'max-width without a width: <td style="max-width:9px">'],
    ['<td style="background-color:red">', 'a background without bgcolor: <td style="background-color:red">'],
    [
      '<table cellpadding="0" cellspacing="0" border="0">',
      'a table without a width: <table cellpadding="0" cellspacing="0" border="0">',
    ],
    ['<table width="100%">', 'a table with space of its own'],
  ])('would be found to have %s', (html, flaw) => {
    expect(mailFlaws(html)).toContain(flaw);
  });

  it('opens and closes every element in order', () => {
    for (const name of names) expect(unbalanced(html(name))).toEqual([]);
    expect(unbalanced('<table><tr><td></tr></table>')).not.toEqual([]);
  });

  it('shows as text whatever comes from outside', () => {
    const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>" onload="x' & &amp;`;
    const page = renderReportHtml(
      writeReport(
        {
          timeZone: 'Europe/Vienna',
          failed: 1,
          failures: {
            causes: [sampleFailure({ cause: evil, remedy: evil, apps: [evil] })],
            others: { recipients: 0, messages: 0 },
          },
          apps: [{ app: evil, messages: 1, accepted: 0, failed: 1, unknown: 0 }],
          scopes: [
            sampleScope('tenant', 1, { byHour: [1] }),
            sampleScope('external', 0),
            sampleScope(`account:${evil}`, 1, { ledger: 9 }),
          ],
        },
        {
          waiting: [{ room: `account:${evil}`, recipients: 1 }],
          standings: [{ name: evil, trouble: null, pausedByPerson: { since: 0, reason: evil } }],
          scopes: [{ scope: `app:${evil}`, limit: 5, used: 1, forecast: { reachedAt: null } }],
          dashboardUrl: `https://x/"><script>alert(1)</script>`,
        },
      ),
    );
    expect(page).not.toMatch(/<script|<img|onload="|onerror=alert\(1\)>/i);
    expect(page.split('&lt;script&gt;').length).toBeGreaterThan(8);
    expect(mailFlaws(page)).toEqual([]);
    expect(unbalanced(page)).toEqual([]);
  });

  it('breaks a long name at its joints only', () => {
    expect(nameHtml('a.b@contoso.com <x>')).toBe('a<wbr>.b<wbr>@contoso<wbr>.com &lt;x&gt;');
    expect(nameHtml('HVE_INTERNAL_DOMAINS')).toBe('HVE<wbr>_INTERNAL<wbr>_DOMAINS');
  });
});

describe('a bar', () => {
  it('is never wider than its column, and shows nothing as nothing and part as part', () => {
    const amount = fc.integer({ min: 0, max: 2_000_000_000 });
    fc.assert(
      fc.property(amount, amount, (part, whole) => {
        const percent = share(part, whole);
        const widths = [...bar(percent).matchAll(/<td width="(\d+)%"/g)].map(([, width]) => Number(width));
        expect(widths.reduce((sum, width) => sum + width, 0)).toBe(100);
        expect(percent === 0).toBe(part === 0);
        expect(percent === 100).toBe(part > 0 && part >= whole);
      }),
    );
  });

  it.each([1, 23, 24, 25])('%i columns fit side by side, each as high as the chart', (count) => {
    const chart = columnChart(
      Array.from({ length: count }, (_, n) => ({ label: `${n}`, percent: Math.min(100, n * 5) })),
      'what it shows',
    );
    const widths = [...chart.matchAll(/<td width="(\d+)%" valign/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(count);
    expect(widths.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(100);
    const heights = [...chart.matchAll(/<td height="(\d+)"/g)].map(([, height]) => Number(height));
    expect(heights.reduce((sum, height) => sum + height, 0)).toBe(count * 80);
    const spans = [...chart.matchAll(/colspan="(\d+)"/g)].map(([, span]) => Number(span));
    expect(spans.reduce((sum, span) => sum + span, 0)).toBe(count);
    expect(chart).toContain('role="img" aria-label="what it shows"');
  });
});

describe('the text of a report', () => {
  it('says what the HTML says', () => {
    const page = html('a busy day')
      .replaceAll(/<wbr>/g, '')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll('&amp;', '&');
    const plain = text('a busy day').replaceAll(/\n\s*/g, ' ');
    const facts = [
      'action needed',
      'Saturday 28 November 2026',
      'Europe/Vienna',
      'https://mail.contoso.com/api/dashboard?a=1&b=2',
      'the record has 7, the ledger only 5',
      'no such recipient',
      'Correct the address.',
      'For whoever runs the app.',
      'payroll, crm',
      'external recipients',
      'Fri 27 Nov',
      'no report',
      'Now (2026-11-29 01:07)',
      'for the limit of all recipients',
      '1,234',
      '500 or more',
      'reached at about 15:40',
      'not reached today',
      'USD 1.00 for the month so far',
      'too late to be compared',
    ];
    expect(facts.filter((fact) => !plain.includes(fact))).toEqual([]);
    const link = 'https://mail.contoso.com/api/dashboard?a=1&b=2';
    expect(facts.filter((fact) => !page.includes(fact))).toEqual([link]);
    expect(html('a busy day')).toContain(`href="${escapeHtml(link)}"`);
  });

  it('keeps to its width and has its numbers under each other', () => {
    const lines = names.filter((name) => name !== 'a huge day').flatMap((name) => text(name).split('\n'));
    expect(lines.filter(({ length }) => length > 78)).toEqual([]);
    const plain = renderReportText(writeReport()).split('\n');
    const used = plain.slice(plain.indexOf('Used of the limits') + 2).slice(0, 4);
    expect(used).toEqual([
      '12,345  of   100,000  [##..................] 12 %  all recipients',
      ' 1,990  of     2,000  [###################.] 99 %  external recipients',
      ' 9,000      no limit                               hve@contoso.com',
      ' 3,345  of     5,000  [#############.......] 67 %  payroll@contoso.com',
    ]);
  });

  it('of a quiet day is short, and says that nothing needs a person', () => {
    const plain = text('a quiet day');
    expect(plain.split('\n').length).toBeLessThan(50);
    expect(plain).toMatch(/^no mail\n/);
    expect(plain).toContain('Nothing needs a person.');
    expect(plain).not.toMatch(/Failures by cause|By app|By hour|Cost/);
  });
});

describe('the message of a report', () => {
  it.each(names)('is one that every app could hand in: %s', (name) => {
    const value = reportMessage(SAMPLES[name], ['a@contoso.com', 'b@contoso.com']);
    const parsed = parseMessage(value, { now: CLOSED_AT });
    expect(parsed).toMatchObject({
      ok: true,
      message: {
        app: 'hve-mailer',
        priority: 'normal',
        from: { sender: null },
        headers: [{ name: 'Auto-Submitted', value: 'auto-generated' }],
        idempotencyKey: null,
      },
    });
  });

  it('has an id that follows from the report alone, another for each day', () => {
    const id = reportMessageId(sampleReport());
    expect(isMessageId(id)).toBe(true);
    expect(timeOfMessageId(id)).toBe(CLOSED_AT);
    expect(reportMessageId(sampleReport({ accepted: 1, failed: 5 }))).toBe(id);
    // Days that are closed in one go.
    expect(reportMessageId(sampleReport({ day: '2026-11-27' }))).not.toBe(id);
  });
});

describe('the words of a report', () => {
  it('never show something as nothing', () => {
    expect([0.001, 0.0049, 0.005, 1234.5].map(money)).toEqual([
      'less than USD 0.01',
      'less than USD 0.01',
      'USD 0.01',
      'USD 1,234.50',
    ]);
  });

  it('give times in the zone of the window', () => {
    expect(instantWords(CLOSED_AT, 'Europe/Vienna')).toBe('2026-11-29 01:07');
    expect(instantWords(CLOSED_AT, 'America/New_York')).toBe('2026-11-28 19:07');
  });
});

/** Elements that are closed out of order, or never. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, close, name = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (['meta', 'br', 'wbr'].includes(name)) continue;
    if (close === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}
