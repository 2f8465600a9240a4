import { expect, test } from 'vitest';
import { bench } from '../../../bench/smtp/bench.ts';

test(
  'every contender gets composed mails through to the sink, and each is set against the peer',
  { timeout: 120_000 },
  async () => {
    const lines: string[] = [];
    const args = ['--seconds', '1', '--warm', '1', '--connections', '1', '--rtt', '2', '--server', '0'];
    const { figures, isGood } = await bench.run(args, (line) => lines.push(line));
    expect(isGood).toBe(true);
    const rates = Object.entries(figures).filter(([name]) => name.endsWith('_per_second'));
    expect(rates).toHaveLength(8);
    expect(rates.filter(([, perSecond]) => Number(perSecond) <= 0)).toEqual([]);
    expect(figures).toMatchObject({ nodemailer_pool_c1_r10_b2000_rtt2_server0_times: 1, marks_met: 0 });
    expect(lines.join('\n')).toMatch(/nodemailer pool +\S+ +1 ×/);
  },
);
