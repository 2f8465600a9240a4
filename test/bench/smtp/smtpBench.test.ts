import { expect, test } from 'vitest';
import { bench } from '../../../bench/smtp/bench.ts';

test('every contender gets mail through to the sink, and each is set against the peer', async () => {
  const lines: string[] = [];
  const args = ['--seconds', '1', '--connections', '1', '--rtt', '2', '--server', '0'];
  const { figures, isGood } = await bench.run(args, (line) => lines.push(line));
  expect(isGood).toBe(true);
  const rates = Object.entries(figures).filter(([name]) => name.endsWith('_per_second'));
  expect(rates).toHaveLength(8);
  expect(rates.filter(([, perSecond]) => Number(perSecond) <= 0)).toEqual([]);
  expect(lines.join('\n')).toMatch(/nodemailer pool +\S+ +1 ×/);
});
