import { expect, test } from 'vitest';
import { bench } from '../../../bench/memory/bench.ts';

/** Two servers and some processes start for each, on a machine that may do much else. */
const PATIENCE_MS = 300_000;

test(
  'every kind goes every way, beside the peer, all of it at the same time',
  { timeout: PATIENCE_MS },
  async () => {
    const lines: string[] = [];
    const args = [
      '--deliveries',
      '3',
      '--bytes',
      '300000',
      '--rounds',
      '1',
      '--transports',
      'fastChunking,nodemailer',
    ];
    const { figures, isGood } = await bench.run(args, (line) => lines.push(line));
    expect(isGood).toBe(true);
    expect(figures['at_once']).toBe(3);
    const peaks = Object.entries(figures).filter(([name]) => name.endsWith('_mb'));
    expect(peaks.map(([name]) => name)).toEqual(
      ['claimCheck', 'attachmentBlob', 'posted', 'split'].flatMap((kind) => [
        `${kind}_fastChunking_mb`,
        `${kind}_nodemailer_mb`,
      ]),
    );
    // A process of Node with nothing in it has 40.
    expect(peaks.filter(([, mb]) => Number(mb) < 40)).toEqual([]);
    expect(lines.join('\n')).toMatch(/one message to many, split: nodemailer +\d+ +1\/1\.0/);
  },
);

test('24 mails of 10 MB in flight at once stay below 400 MB', { timeout: PATIENCE_MS }, async () => {
  const args = ['--rounds', '1', '--kinds', 'attachmentBlob', '--transports', 'fastChunking'];
  const { figures, isGood } = await bench.run(args, () => undefined);
  expect(figures).toMatchObject({ at_once: 24 });
  // The mails alone have 175.
  expect(figures['attachmentBlob_fastChunking_mb']).toBeGreaterThan(175);
  expect(figures['attachmentBlob_fastChunking_mb']).toBeLessThan(400);
  expect(isGood).toBe(true);
});
